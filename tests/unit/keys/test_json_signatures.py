"""Detached JWS and JWK for every algorithm, checked with the bare primitives."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from keys.algorithms import SignatureAlgorithm
from keys.json_signatures import public_jwk, sign_detached, thumbprint_of
from keys.signing_key import PublicKey
from tests.support.seals import development_key

PAYLOAD = b'{"a":1}'
NAMES = {
    SignatureAlgorithm.P_256: ("ES256", "EC"),
    SignatureAlgorithm.P_384: ("ES384", "EC"),
    SignatureAlgorithm.ED25519: ("EdDSA", "OKP"),
    SignatureAlgorithm.RSA_2048: ("RS256", "RSA"),
    SignatureAlgorithm.RSA_2048_PSS: ("PS256", "RSA"),
}


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verify(key: PublicKey, algorithm: SignatureAlgorithm, value: bytes, signed: bytes) -> None:
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(value, signed)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        half = len(value) // 2
        assert half == (key.curve.key_size + 7) // 8
        r, s = (int.from_bytes(part, "big") for part in (value[:half], value[half:]))
        digest = hashes.SHA384() if algorithm is SignatureAlgorithm.P_384 else hashes.SHA256()
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(digest))
    elif algorithm.is_pss:
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        key.verify(value, signed, pss, hashes.SHA256())
    else:
        key.verify(value, signed, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("algorithm", NAMES, ids=str)
def test_every_algorithm(algorithm: SignatureAlgorithm) -> None:
    key, (name, kind) = development_key(algorithm), NAMES[algorithm]
    protected, middle, value = sign_detached(key, PAYLOAD).split(".")
    jwk = public_jwk(key)
    assert json.loads(decode(protected)) == {"alg": name, "kid": jwk["kid"]}
    assert (middle, jwk["kty"], jwk["alg"]) == ("", kind, name)
    signed = f"{protected}.{base64.urlsafe_b64encode(PAYLOAD).decode().rstrip('=')}".encode()
    verify(key.public_key, algorithm, decode(value), signed)


def test_a_thumbprint_is_the_one_of_the_standard() -> None:
    # RFC 8037 appendix A.3.
    key = ed25519.Ed25519PublicKey.from_public_bytes(
        decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    )
    assert thumbprint_of(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
