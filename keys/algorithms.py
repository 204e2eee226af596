"""The signature algorithms a seal may use.

* P-256 by default; RSA-2048/3072 and P-384 are supported (GB/T and SM2 have their own lane).
* RSA signs with PKCS#1 v1.5, which every PDF reader verifies.
* The digest follows the strength of the key (ETSI TS 119 312 clauses 5 and 6).
"""

import enum

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from keys.errors import KeyUnsupportedError


class SignatureAlgorithm(enum.Enum):
    """A key type together with the digest it signs (签名算法)."""

    P_256 = "ecdsa-p256-sha256"
    P_384 = "ecdsa-p384-sha384"
    RSA_2048 = "rsa2048-pkcs1-sha256"
    RSA_3072 = "rsa3072-pkcs1-sha256"

    @property
    def digest_name(self) -> str:
        """Name of the digest as :mod:`hashlib` spells it."""
        return "sha384" if self is SignatureAlgorithm.P_384 else "sha256"

    @property
    def is_rsa(self) -> bool:
        """Whether this is PKCS#1 v1.5 rather than ECDSA."""
        return self in (SignatureAlgorithm.RSA_2048, SignatureAlgorithm.RSA_3072)

    @property
    def signature_size_limit(self) -> int:
        """Bytes the longest possible signature value takes."""
        return _SIZE_LIMITS[self]


_SIZE_LIMITS = {
    SignatureAlgorithm.P_256: 72,  # DER SEQUENCE of two INTEGERs of at most 33 bytes
    SignatureAlgorithm.P_384: 104,
    SignatureAlgorithm.RSA_2048: 256,
    SignatureAlgorithm.RSA_3072: 384,
}

_CURVES = {"secp256r1": SignatureAlgorithm.P_256, "secp384r1": SignatureAlgorithm.P_384}
_MODULI = {2048: SignatureAlgorithm.RSA_2048, 3072: SignatureAlgorithm.RSA_3072}


def algorithm_of(public_key: PublicKeyTypes, *, name: str) -> SignatureAlgorithm:
    """The algorithm a key signs with.

    Args:
        public_key: The public half.
        name: What the custodian calls the key, for the error.

    Raises:
        KeyUnsupportedError: The kind, curve or size is not one seals may use.
    """
    found: SignatureAlgorithm | None = None
    kind = type(public_key).__name__
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        kind = public_key.curve.name
        found = _CURVES.get(kind)
    elif isinstance(public_key, rsa.RSAPublicKey):
        kind = f"RSA-{public_key.key_size}"
        found = _MODULI.get(public_key.key_size)
    if found is None:
        raise KeyUnsupportedError(name=name, kind=kind)
    return found
