"""Detached JSON Web Signatures, so that anyone's library can verify what the service answers.

* The payload is sent as JSON beside the signature (RFC 7515 appendix F); the caller makes it
  canonical (RFC 8785), so that whoever reads it can make the same bytes again.
* The key is named by its thumbprint (RFC 7638); its public half is a JWK (RFC 7517).
"""

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.algorithms import SignatureAlgorithm
from keys.signing_key import PublicKey, SigningKey

_NAMES = {
    SignatureAlgorithm.P_256: "ES256",
    SignatureAlgorithm.P_384: "ES384",
    SignatureAlgorithm.ED25519: "EdDSA",
    SignatureAlgorithm.RSA_2048: "RS256",
    SignatureAlgorithm.RSA_3072: "RS256",
    SignatureAlgorithm.RSA_2048_PSS: "PS256",
    SignatureAlgorithm.RSA_3072_PSS: "PS256",
}
"""RFC 7518 3.1 and RFC 8037 3.1."""
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384"}


def sign_detached(key: SigningKey, payload: bytes) -> str:
    """Sign a payload and return the compact JWS without it.

    Raises:
        SigningKeyError: The key cannot sign now.
    """
    header = {"alg": _NAMES[key.algorithm], "kid": thumbprint_of(key.public_key)}
    protected = _base64url(json.dumps(header, separators=(",", ":")).encode())
    value = key.sign(f"{protected}.{_base64url(payload)}".encode())
    if isinstance(key.public_key, ec.EllipticCurvePublicKey):
        size = (key.public_key.curve.key_size + 7) // 8
        value = b"".join(part.to_bytes(size, "big") for part in decode_dss_signature(value))
    return f"{protected}..{_base64url(value)}"


def public_jwk(key: SigningKey) -> dict[str, str]:
    """The public half as a JWK, with its use, algorithm and name."""
    name = {"alg": _NAMES[key.algorithm], "kid": thumbprint_of(key.public_key), "use": "sig"}
    return _members_of(key.public_key) | name


def thumbprint_of(public_key: PublicKey) -> str:
    """The thumbprint of a key's required members (RFC 7638 3)."""
    members = json.dumps(_members_of(public_key), separators=(",", ":"), sort_keys=True)
    return _base64url(hashlib.sha256(members.encode()).digest())


def _members_of(public_key: PublicKey) -> dict[str, str]:
    if isinstance(public_key, ed25519.Ed25519PublicKey):
        raw = public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(raw)}
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        size = (public_key.curve.key_size + 7) // 8
        point = public_key.public_numbers()
        curve = _CURVES[public_key.curve.name]
        x, y = (_base64url(part.to_bytes(size, "big")) for part in (point.x, point.y))
        return {"kty": "EC", "crv": curve, "x": x, "y": y}
    numbers = public_key.public_numbers()
    return {"kty": "RSA", "n": _integer(numbers.n), "e": _integer(numbers.e)}


def _integer(value: int) -> str:
    return _base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
