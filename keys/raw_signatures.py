"""Signing where the digest is computed here and the provider applies the bare primitive.

* ECDSA: the provider signs a digest and answers r and s side by side; CMS carries them as DER.
* RSA PKCS#1 v1.5: the provider pads a DigestInfo; PSS: it pads a digest.
* Ed25519 has no such split (RFC 8032 5.1): the provider gets the data whole.
"""

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from keys.algorithms import SignatureAlgorithm
from keys.errors import KeyAnswerWrongError

_SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017 9.2
_SCALAR_BYTES = {SignatureAlgorithm.P_256: 32, SignatureAlgorithm.P_384: 48}


@dataclass(frozen=True, kw_only=True)
class RawRequest:
    """What a provider is asked for."""

    mechanism: str
    """``ecdsa``, ``eddsa``, ``rsa-pkcs1`` or ``rsa-pss``."""

    data: bytes
    """What the mechanism is applied to."""


def raw_request(algorithm: SignatureAlgorithm, data: bytes) -> RawRequest:
    """What to ask for, to sign ``data`` with an algorithm."""
    if algorithm is SignatureAlgorithm.ED25519:
        return RawRequest(mechanism="eddsa", data=data)
    digest = hashlib.new(algorithm.digest_name, data).digest()
    if algorithm.is_pss:
        return RawRequest(mechanism="rsa-pss", data=digest)
    if algorithm.is_rsa:
        return RawRequest(mechanism="rsa-pkcs1", data=_SHA256_DIGEST_INFO + digest)
    return RawRequest(mechanism="ecdsa", data=digest)


def signature_value(algorithm: SignatureAlgorithm, raw: bytes, *, name: str) -> bytes:
    """The signature as CMS carries it, from a provider's answer.

    Raises:
        KeyAnswerWrongError: The answer is not as long as r and s together.
    """
    size = _SCALAR_BYTES.get(algorithm)
    if size is None:
        return raw
    if len(raw) != 2 * size:
        raise KeyAnswerWrongError(name=name)
    return encode_dss_signature(
        int.from_bytes(raw[:size], "big"), int.from_bytes(raw[size:], "big")
    )
