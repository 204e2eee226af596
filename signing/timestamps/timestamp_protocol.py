"""RFC 3161 requests and responses, without any network.

A response is accepted only if

1. it parses and its status is *granted*;
2. its imprint is the digest that was sent, by the same algorithm;
3. its nonce is the one that was sent, and its policy the one that was asked for;
4. its signature verifies up to a trusted root at the time it states, by a certificate whose
   extended key usage is timeStamping, critical and alone (RFC 3161 2.3);
5. its signed ESS attribute names that certificate (RFC 3161 2.4.1, RFC 5816).
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import cms, tsp
from cryptography import x509
from rfc3161_client import (
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from signing.cms import der
from signing.errors import (
    TimestampMalformedError,
    TimestampMismatchError,
    TimestampRefusedError,
    TimestampUntrustedError,
)

SHA256_OID = "2.16.840.1.101.3.4.2.1"
SHA256_ALGORITHM = der.sequence(der.object_identifier(SHA256_OID), der.NULL)
_GRANTED = 0


@dataclass(frozen=True, kw_only=True)
class TimestampRequest:
    """A request as sent: what the answer must match."""

    digest: bytes
    """SHA-256 of what is to be timestamped."""

    nonce: int
    """Random, so that an old answer cannot be played back."""

    encoded: bytes
    """DER TimeStampReq, asking for the authority's certificate."""

    policy: str | None = None
    """Object identifier of the policy asked for; ``None`` leaves it to the authority."""


def make_request(digest: bytes, *, policy: str | None = None) -> TimestampRequest:
    """A request with a fresh nonce, for a token under a policy if one is given."""
    nonce = secrets.randbits(64) | 1 << 63
    imprint = der.sequence(SHA256_ALGORITHM, der.octet_string(digest))
    wanted = b"" if policy is None else der.object_identifier(policy)
    encoded = der.sequence(der.integer(1), imprint, wanted, der.integer(nonce), der.BOOLEAN_TRUE)
    return TimestampRequest(digest=digest, nonce=nonce, encoded=encoded, policy=policy)


def check_response(
    encoded: bytes, request: TimestampRequest, *, roots: Sequence[x509.Certificate], authority: str
) -> bytes:
    """Check a response against its request; see the module's numbered rules.

    Args:
        encoded: The answer as it came.
        request: What was sent.
        roots: Trusted roots of timestamp authorities.
        authority: What to call the authority in an error.

    Returns:
        The DER TimeStampToken.

    Raises:
        TimestampMalformedError: Rule 1, not a response.
        TimestampRefusedError: Rule 1, another status.
        TimestampMismatchError: Rules 2 and 3.
        TimestampUntrustedError: Rules 4 and 5.
    """
    response = _parse(encoded, authority)
    token = _token(response, authority)
    _check_match(response, request, authority)
    try:
        VerifierBuilder(roots=list(roots), nonce=request.nonce).build().verify(
            response, request.digest
        )
    except (VerificationError, ValueError) as error:
        raise TimestampUntrustedError(authority=authority) from error
    _check_certificate_binding(token, authority)
    return token


def _parse(encoded: bytes, authority: str) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(encoded)
        status = response.status
    except ValueError as error:
        raise TimestampMalformedError(authority=authority) from error
    if status != _GRANTED:
        raise TimestampRefusedError(authority=authority, status=status)
    return response


def _token(response: TimeStampResponse, authority: str) -> bytes:
    try:
        return response.time_stamp_token()
    except ValueError as error:
        raise TimestampMalformedError(authority=authority) from error


def _check_match(response: TimeStampResponse, request: TimestampRequest, authority: str) -> None:
    try:
        info = response.tst_info
        imprint = info.message_imprint
        algorithm, message = imprint.hash_algorithm.dotted_string, imprint.message
        nonce, policy = info.nonce, info.policy.dotted_string
    except ValueError as error:
        raise TimestampMalformedError(authority=authority) from error
    if algorithm != SHA256_OID or message != request.digest:
        raise TimestampMismatchError(authority=authority, part="imprint")
    if nonce != request.nonce:
        raise TimestampMismatchError(authority=authority, part="nonce")
    if request.policy not in (None, policy):
        raise TimestampMismatchError(authority=authority, part="policy")


def _check_certificate_binding(token: bytes, authority: str) -> None:
    try:
        if not _certificate_is_bound(token):
            raise TimestampUntrustedError(authority=authority)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TimestampMalformedError(authority=authority) from error


def _certificate_is_bound(token: bytes) -> bool:
    signed_data = cms.ContentInfo.load(token)["content"]
    (signer,) = signed_data["signer_infos"]
    identifier = signer["sid"].chosen
    for choice in signed_data["certificates"]:
        certificate = choice.chosen
        if (
            certificate.serial_number == identifier["serial_number"].native
            and certificate.issuer.dump() == identifier["issuer"].dump()
        ):
            return _ess_names(signer, certificate.dump())
    return False


def _ess_names(signer: cms.SignerInfo, certificate: bytes) -> bool:
    for attribute in signer["signed_attrs"]:
        kind = attribute["type"].native
        if kind in ("signing_certificate", "signing_certificate_v2"):
            first: tsp.ESSCertIDv2 = attribute["values"][0]["certs"][0]
            name = "sha1"
            if kind == "signing_certificate_v2":
                name = first["hash_algorithm"]["algorithm"].native
            expected: bytes = first["cert_hash"].native
            return hashlib.new(name, certificate).digest() == expected
    return False
