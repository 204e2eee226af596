"""Generating a key in this process's memory: for key files, demonstrations and tests."""

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from keys.algorithms import SignatureAlgorithm
from keys.signing_key import PrivateKey


def generate_private_key(algorithm: SignatureAlgorithm) -> PrivateKey:
    """Generate a key of the given kind in this process's memory."""
    if algorithm is SignatureAlgorithm.P_256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm is SignatureAlgorithm.P_384:
        return ec.generate_private_key(ec.SECP384R1())
    if algorithm is SignatureAlgorithm.ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    bits = algorithm.signature_size_limit * 8
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)
