"""Read an OCSP response about one certificate (RFC 6960 clause 4.2).

1. the status is *successful* and exactly one answer is about this certificate;
2. its issuer hashes are those of the issuer;
3. it is signed by the issuer, or by a responder with extended key usage OCSPSigning that the
   issuer itself certified, valid when the response was made, with id-pkix-ocsp-nocheck;
4. the digests of the signatures are strong, that of the responder's certificate too;
5. the answer is *good* or *revoked*; *unknown* is no answer.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.cms.certificate_types import to_asn1
from signing.parser_errors import UnreadableError, ask_for, ask_parser
from signing.revocation.revocation_errors import UnusableProofError
from signing.strength import is_strong_digest

# Not signatures, but the names of issuer and key: RFC 6960 4.1.1 leaves SHA-1 to these.
_IDENTIFYING_DIGESTS = ("sha1", "sha256")


@dataclass(frozen=True, kw_only=True)
class OcspAnswer:
    """What a responder says of one certificate."""

    this_update: datetime
    """When it knew this."""
    next_update: datetime | None
    """When it will know more."""
    revoked_at: datetime | None
    """Since when the certificate is revoked."""


def read_ocsp_response(
    encoded: bytes, *, certificate: x509.Certificate, issuer: x509.Certificate
) -> OcspAnswer:
    """Read and verify a response; see the module's numbered rules.

    Raises:
        UnusableProofError: A rule is broken.
        UnreadableError: It is not an OCSP response.
    """
    response = ask_parser(ocsp.load_der_ocsp_response, encoded)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise UnusableProofError("refused")
    _check_extensions(encoded)
    answers = [
        answer
        for answer in ask_parser(list, ask_for(response, "responses"))
        if answer.serial_number == certificate.serial_number and _is_of(answer, issuer)
    ]
    if len(answers) != 1:
        raise UnusableProofError("other-certificate")
    _check_signature(response, issuer)
    if ask_for(answers[0], "certificate_status") is ocsp.OCSPCertStatus.UNKNOWN:
        raise UnusableProofError("unknown")
    return OcspAnswer(
        this_update=ask_for(answers[0], "this_update_utc"),
        next_update=ask_for(answers[0], "next_update_utc"),
        revoked_at=ask_for(answers[0], "revocation_time_utc"),
    )


def _check_extensions(encoded: bytes) -> None:
    """No extension of the response or of an answer is critical; none is known here."""
    data = asn1_ocsp.OCSPResponse.load(encoded).response_data
    extensions = list(data["response_extensions"])
    for answer in data["responses"]:
        extensions += answer["single_extensions"]
    if any(extension["critical"].native for extension in extensions):
        raise UnusableProofError("critical-extension")


def responder_certificates(encoded: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates a response carries along.

    Raises:
        ValueError: It is not a successful OCSP response.
    """
    return tuple(ocsp.load_der_ocsp_response(encoded).certificates)


def _is_of(answer: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    name = ask_for(answer, "hash_algorithm").name
    if name not in _IDENTIFYING_DIGESTS:
        return False
    subject = hashlib.new(name, ask_for(issuer, "subject").public_bytes()).digest()
    return (answer.issuer_name_hash, answer.issuer_key_hash) == (subject, _key_hash(issuer, name))


def _key_hash(certificate: x509.Certificate, name: str) -> bytes:
    digest: bytes = getattr(to_asn1(certificate).public_key, name)
    return digest


def _check_signature(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> None:
    responder = _responder(response, issuer)
    digest = ask_for(response, "signature_hash_algorithm")
    if not is_strong_digest(digest):
        raise UnusableProofError("weak")
    key, signed = ask_parser(responder.public_key), response.tbs_response_bytes
    try:
        if isinstance(key, rsa.RSAPublicKey) and digest is not None:
            ask_parser(key.verify, response.signature, signed, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
            ask_parser(key.verify, response.signature, signed, ec.ECDSA(digest))
        elif isinstance(key, ed25519.Ed25519PublicKey) and digest is None:
            ask_parser(key.verify, response.signature, signed)
        else:
            raise UnusableProofError("key-kind")
    except InvalidSignature as error:
        raise UnusableProofError("signature") from error


def _responder(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> x509.Certificate:
    if _is_named(response, issuer):
        return issuer
    carried: list[x509.Certificate] = ask_parser(list, ask_for(response, "certificates"))
    for certificate in carried:
        if _is_named(response, certificate):
            _check_delegation(certificate, issuer, at=ask_for(response, "produced_at_utc"))
            return certificate
    raise UnusableProofError("responder")


def _is_named(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    if response.responder_key_hash is not None:
        return response.responder_key_hash == _key_hash(certificate, "sha1")
    return bool(ask_for(response, "responder_name") == ask_for(certificate, "subject"))


def _check_delegation(
    certificate: x509.Certificate, issuer: x509.Certificate, *, at: datetime
) -> None:
    if not is_strong_digest(ask_for(certificate, "signature_hash_algorithm")):
        raise UnusableProofError("weak")
    try:
        ask_parser(certificate.verify_directly_issued_by, issuer)
        extensions: x509.Extensions = ask_for(certificate, "extensions")
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        extensions.get_extension_for_class(x509.OCSPNoCheck)
    except (InvalidSignature, UnreadableError, x509.ExtensionNotFound) as error:
        raise UnusableProofError("responder") from error
    begin, end = (ask_for(certificate, f"not_valid_{name}_utc") for name in ("before", "after"))
    if ExtendedKeyUsageOID.OCSP_SIGNING not in purposes or not begin <= at <= end:
        raise UnusableProofError("responder")
