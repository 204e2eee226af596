"""The one Protocol every key provider satisfies."""

from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from keys.algorithms import SignatureAlgorithm

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


class SigningKey(Protocol):
    """A private key that signs and never leaves its provider (签名私钥).

    Implementations may be called from several threads and hold whatever is costly (the
    parsed key, a token session) for their whole life.
    """

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        ...

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """What :meth:`sign` produces."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Sign ``data``, with the digest of :attr:`algorithm`; Ed25519 takes it whole.

        Returns:
            The signature value as CMS carries it: DER for ECDSA, else the octets.

        Raises:
            SigningKeyError: The provider cannot sign now.
        """
        ...


def digest_of(algorithm: SignatureAlgorithm) -> hashes.SHA256 | hashes.SHA384:
    """The digest that ECDSA and RSA sign."""
    return hashes.SHA384() if algorithm.digest_name == "sha384" else hashes.SHA256()


def pss_of(digest: hashes.HashAlgorithm) -> padding.PSS:
    """The padding of RSA-PSS; the salt is as long as the digest (RFC 4055 3.1)."""
    return padding.PSS(padding.MGF1(digest), digest.digest_size)


def sign_in_process(key: PrivateKey, algorithm: SignatureAlgorithm, data: bytes) -> bytes:
    """Sign with a key object held in this process's memory."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    digest = digest_of(algorithm)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(digest))
    scheme = pss_of(digest) if algorithm.is_pss else padding.PKCS1v15()
    return key.sign(data, scheme, digest)
