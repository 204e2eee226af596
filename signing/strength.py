"""Digests and keys that certificates, revocation proofs and paths may use (ETSI TS 119 312).

What the signature of a seal itself may use is wider, and told in
:mod:`signing.cms.signature_checks`.
"""

from cryptography.hazmat.primitives import hashes

MINIMUM_RSA_BITS = 2048

_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def is_strong_digest(digest: hashes.HashAlgorithm | None) -> bool:
    """Whether a signature may be of such a digest; ``None`` is Ed25519, which brings its own."""
    return digest is None or isinstance(digest, _DIGESTS)
