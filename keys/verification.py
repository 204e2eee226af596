"""Verifying signatures with the public key: a provider's result is never trusted.

* A key replaced under the same name, a device's fault or another key's answer is found here,
  before anything is sealed with it.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding

from keys.algorithms import SignatureAlgorithm
from keys.errors import KeyAnswerWrongError
from keys.signing_key import PublicKey, digest_of, pss_of


def require_signature(
    public_key: PublicKey,
    algorithm: SignatureAlgorithm,
    *,
    data: bytes,
    signature: bytes,
    name: str,
) -> None:
    """Accept a signature of ``data`` by this key.

    Raises:
        KeyAnswerWrongError: It is anything else.
    """
    try:
        if isinstance(public_key, ed25519.Ed25519PublicKey):
            public_key.verify(signature, data)
        elif isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(signature, data, ec.ECDSA(digest_of(algorithm)))
        else:
            digest = digest_of(algorithm)
            scheme = pss_of(digest) if algorithm.is_pss else padding.PKCS1v15()
            public_key.verify(signature, data, scheme, digest)
    except (InvalidSignature, ValueError) as error:
        raise KeyAnswerWrongError(name=name) from error
