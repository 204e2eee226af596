"""The signature algorithms a seal may use.

* P-256 by default; P-384, Ed25519 and RSA-2048/3072 are supported (SM2 has its own lane).
* RSA signs with PKCS#1 v1.5, which every PDF reader verifies, or with PSS where asked for.
* The digest follows the strength of the key (ETSI TS 119 312 clauses 5 and 6); with Ed25519 it
  is SHA-512 (RFC 8419 3.1).
"""

import enum

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from keys.errors import KeyUnsupportedError


class SignatureAlgorithm(enum.Enum):
    """A key type together with the digest it signs (签名算法)."""

    P_256 = "ecdsa-p256-sha256"
    P_384 = "ecdsa-p384-sha384"
    ED25519 = "ed25519"
    RSA_2048 = "rsa2048-pkcs1-sha256"
    RSA_3072 = "rsa3072-pkcs1-sha256"
    RSA_2048_PSS = "rsa2048-pss-sha256"
    RSA_3072_PSS = "rsa3072-pss-sha256"

    @property
    def digest_name(self) -> str:
        """Name of the digest of what is signed, as :mod:`hashlib` spells it."""
        return _DIGESTS.get(self, "sha256")

    @property
    def is_rsa(self) -> bool:
        """Whether the key is an RSA key."""
        return self in _PSS or self in _PSS.values()

    @property
    def is_pss(self) -> bool:
        """Whether RSA signs with PSS rather than PKCS#1 v1.5."""
        return self in _PSS.values()

    @property
    def signature_size_limit(self) -> int:
        """Bytes the longest possible signature value takes."""
        return _SIZE_LIMITS[self]


_DIGESTS = {SignatureAlgorithm.P_384: "sha384", SignatureAlgorithm.ED25519: "sha512"}
_SIZE_LIMITS = {
    SignatureAlgorithm.P_256: 72,  # DER SEQUENCE of two INTEGERs of at most 33 bytes
    SignatureAlgorithm.P_384: 104,
    SignatureAlgorithm.ED25519: 64,
    SignatureAlgorithm.RSA_2048: 256,
    SignatureAlgorithm.RSA_3072: 384,
    SignatureAlgorithm.RSA_2048_PSS: 256,
    SignatureAlgorithm.RSA_3072_PSS: 384,
}

_CURVES = {"secp256r1": SignatureAlgorithm.P_256, "secp384r1": SignatureAlgorithm.P_384}
_MODULI = {2048: SignatureAlgorithm.RSA_2048, 3072: SignatureAlgorithm.RSA_3072}
_PSS = {
    SignatureAlgorithm.RSA_2048: SignatureAlgorithm.RSA_2048_PSS,
    SignatureAlgorithm.RSA_3072: SignatureAlgorithm.RSA_3072_PSS,
}


def algorithm_of(public_key: PublicKeyTypes, *, name: str, pss: bool = False) -> SignatureAlgorithm:
    """The algorithm a key signs with.

    Args:
        public_key: The public half.
        name: What the custodian calls the key, for the error.
        pss: Whether an RSA key is to sign with PSS.

    Raises:
        KeyUnsupportedError: The kind, curve or size is not one seals may use, or PSS is asked of
            a key that is not RSA.
    """
    found: SignatureAlgorithm | None = None
    kind = type(public_key).__name__
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        kind = public_key.curve.name
        found = _CURVES.get(kind)
    elif isinstance(public_key, rsa.RSAPublicKey):
        kind = f"RSA-{public_key.key_size}"
        found = _MODULI.get(public_key.key_size)
    elif isinstance(public_key, ed25519.Ed25519PublicKey):
        found = SignatureAlgorithm.ED25519
    if found is not None and pss:
        found = _PSS.get(found)
    if found is None:
        raise KeyUnsupportedError(name=name, kind=kind)
    return found
