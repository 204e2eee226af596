"""Messages of the Cloud Signature Consortium API v2 for signing a digest; no network.

* ``credentials/info`` (11.5), ``credentials/authorize`` (11.6), ``signatures/signHash`` (11.10).
* Whatever a server leaves out or spells otherwise is an answer that is not one.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography import x509

from keys.algorithms import SignatureAlgorithm
from keys.errors import KeyAnswerWrongError, KeyLockedError, KeyUnsupportedError
from keys.signing_key import PublicKey

_RSA_PSS = "1.2.840.113549.1.1.10"
_SIGN_ALGORITHMS = {
    SignatureAlgorithm.P_256: "1.2.840.10045.4.3.2",
    SignatureAlgorithm.P_384: "1.2.840.10045.4.3.3",
    SignatureAlgorithm.RSA_2048: "1.2.840.113549.1.1.11",
    SignatureAlgorithm.RSA_3072: "1.2.840.113549.1.1.11",
    SignatureAlgorithm.RSA_2048_PSS: _RSA_PSS,
    SignatureAlgorithm.RSA_3072_PSS: _RSA_PSS,
}
_DIGESTS = {"sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2"}
# RSASSA-PSS-params of SHA-256, MGF1 with SHA-256, 32 octets of salt (RFC 4055 3.1).
_PSS_PARAMS = bytes.fromhex(
    "3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108"
    "300d06096086480165030402010500a203020120"
)
SIGNS_NO_DIGEST = "signs-no-digest"
"""Reason of a refusal: the kind is good elsewhere, but not for a method that carries digests."""
_AUTHORISED_BY_TOKEN = {"oauth2code", "oauth2token"}


@dataclass(frozen=True, kw_only=True)
class CredentialInfo:
    """A service's description of one of its keys."""

    public_key: PublicKey
    needs_authorisation: bool
    """Whether each signature needs activation data (SAD)."""


def info_request(credential: str) -> dict[str, Any]:
    """Ask for a key's certificate and how it is authorised."""
    return {"credentialID": credential, "certificates": "single", "authInfo": True}


def read_info(body: dict[str, Any], *, name: str) -> CredentialInfo:
    """Read the answer to :func:`info_request`.

    Raises:
        KeyLockedError: The service has disabled the key.
        KeyUnsupportedError: It is of a kind seals may not use.
        KeyAnswerWrongError: The answer makes no sense.
    """
    try:
        status, mode = str(body["key"]["status"]), str(body["auth"]["mode"])
        content = base64.b64decode(body["cert"]["certificates"][0], validate=True)
        key = x509.load_der_x509_certificate(content).public_key()
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise KeyAnswerWrongError(name=name) from error
    if status != "enabled":
        raise KeyLockedError(name=name)
    if not isinstance(key, PublicKey):
        raise KeyUnsupportedError(name=name, kind=type(key).__name__)
    return CredentialInfo(public_key=key, needs_authorisation=mode not in _AUTHORISED_BY_TOKEN)


def require_supported(algorithm: SignatureAlgorithm, *, name: str) -> None:
    """Accept an algorithm that signs a digest.

    Raises:
        KeyUnsupportedError: Ed25519 signs the data itself, which this method cannot carry.
    """
    if algorithm not in _SIGN_ALGORITHMS:
        raise KeyUnsupportedError(name=name, kind=algorithm.value, reason=SIGNS_NO_DIGEST)


def authorise_request(
    credential: str, algorithm: SignatureAlgorithm, data: bytes, pin: str | None
) -> dict[str, Any]:
    """Ask for activation data for one signature of ``data``."""
    request = {"credentialID": credential, "numSignatures": 1, **_digest(algorithm, data)}
    return request | ({"authData": [{"id": "PIN", "value": pin}]} if pin is not None else {})


def read_activation_data(body: dict[str, Any], *, name: str) -> str:
    """Read the answer to :func:`authorise_request`.

    Raises:
        KeyAnswerWrongError: It holds none.
    """
    found = body.get("SAD")
    if not isinstance(found, str) or not found:
        raise KeyAnswerWrongError(name=name)
    return found


def sign_request(
    credential: str, algorithm: SignatureAlgorithm, data: bytes, activation_data: str | None
) -> dict[str, Any]:
    """Ask for a signature of ``data``."""
    request = {
        "credentialID": credential,
        "signAlgo": _SIGN_ALGORITHMS[algorithm],
        "operationMode": "S",
        **_digest(algorithm, data),
    }
    if algorithm.is_pss:
        request["signAlgoParams"] = base64.b64encode(_PSS_PARAMS).decode()
    return request | ({"SAD": activation_data} if activation_data else {})


def read_signature(body: dict[str, Any], *, name: str) -> bytes:
    """Read the answer to :func:`sign_request`; whether it is a signature is checked elsewhere.

    Raises:
        KeyAnswerWrongError: It does not hold exactly one.
    """
    try:
        (found,) = body["signatures"]
        return base64.b64decode(found, validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise KeyAnswerWrongError(name=name) from error


def _digest(algorithm: SignatureAlgorithm, data: bytes) -> dict[str, Any]:
    digest = hashlib.new(algorithm.digest_name, data).digest()
    return {
        "hashes": [base64.b64encode(digest).decode()],
        "hashAlgorithmOID": _DIGESTS[algorithm.digest_name],
    }
