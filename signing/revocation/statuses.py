"""What a CRL or an OCSP response says of a certificate (RFC 5280 clause 5, RFC 6960).

* A proof counts only if it is of the certificate's own issuer and its signature verifies with a
  strong digest: a CRL signed by the issuer itself; an OCSP response signed by the issuer or by a
  responder that the issuer certified for it and exempted from revocation
  (id-pkix-ocsp-nocheck, RFC 6960 4.2.2.2).
* Indirect, delta and partial lists are not judged; nor is anything with a critical extension
  that is not known here.
* A proof speaks for a time if it was made then or later, or if it was still current then.
* A certificate that had expired may have left the list, so a later list says nothing of it.
* A proof that is dated later than now says nothing but a revocation.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from cryptography import x509

from signing.cms.certificate_types import to_der
from signing.parser_errors import PARSER_ERRORS, ask_for, ask_parser, let_mistake_pass
from signing.revocation.ocsp_responses import read_ocsp_response
from signing.revocation.revocation_errors import UnusableProofError
from signing.strength import is_strong_digest

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_TOLERANCE = timedelta(minutes=5)
_REMEMBERED, _REMEMBERED_SIZE = 256, 64 << 10


class ProofKind(enum.Enum):
    """How the revocation status was had."""

    CRL = "crl"
    OCSP = "ocsp"


@dataclass(frozen=True, kw_only=True)
class RevocationProof:
    """One CRL or one OCSP response, as its issuer encoded it."""

    kind: ProofKind
    """Which of the two."""

    encoded: bytes
    """DER: a CertificateList or an OCSPResponse."""


@dataclass(frozen=True, kw_only=True)
class CertificateStatus:
    """What a proof says of one certificate."""

    kind: ProofKind
    """What kind of proof it was."""

    this_update: datetime
    """When the issuer knew this."""

    next_update: datetime | None
    """When it promised to know more."""

    revoked_at: datetime | None
    """Since when the certificate is revoked."""

    expires_at: datetime
    """When the certificate itself ends."""

    def speaks_for(self, at: datetime, *, now: datetime) -> bool:
        """Whether the status at that time can be told from it, now."""
        if self.revoked_at is not None and self.revoked_at <= at:
            return True
        if self.this_update > now + _TOLERANCE:
            return False
        if self.this_update >= at:
            return self.this_update <= self.expires_at
        return self.next_update is not None and at <= self.next_update + _TOLERANCE

    def is_current(self, at: datetime) -> bool:
        """Whether it was made by then and has not been overtaken."""
        if self.next_update is None:
            return False
        return self.this_update - _TOLERANCE <= at <= self.next_update


def read_status(
    proof: RevocationProof, *, certificate: x509.Certificate, issuer: x509.Certificate
) -> CertificateStatus:
    """What the proof says of the certificate.

    Args:
        proof: A CRL or OCSP response.
        certificate: Whose status.
        issuer: Who issued it.

    Raises:
        UnusableProofError: It says nothing of this certificate that could be trusted.
    """
    encoded = (to_der(certificate), to_der(issuer))
    read = _try if len(proof.encoded) <= _REMEMBERED_SIZE else _try.__wrapped__
    found = read(proof, *encoded)
    if isinstance(found, str):
        raise UnusableProofError(found)
    return found


def find_status(
    proofs: Iterable[RevocationProof],
    *,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    at: datetime,
    now: datetime,
) -> CertificateStatus | None:
    """The status at a time, from whichever proof tells it; the earliest revocation wins.

    Args:
        proofs: Those at hand.
        certificate: Whose status.
        issuer: Who issued it.
        at: The time asked about.
        now: The time of asking.

    Returns:
        ``None`` if no proof speaks for that time.
    """
    speaking = []
    for proof in proofs:
        try:
            status = read_status(proof, certificate=certificate, issuer=issuer)
        except UnusableProofError:
            continue
        if status.speaks_for(at, now=now):
            speaking.append(status)
    revocations = [(status.revoked_at, status) for status in speaking if status.revoked_at]
    if revocations:
        return min(revocations, key=lambda pair: pair[0])[1]
    return max(speaking, key=lambda status: status.this_update, default=None)


@lru_cache(_REMEMBERED)
def _try(proof: RevocationProof, certificate: bytes, issuer: bytes) -> CertificateStatus | str:
    """What the proof says, or why it says nothing; either recurs in every file of a seal."""
    try:
        return _read(proof, certificate, issuer)
    except UnusableProofError as error:
        return error.reason
    except PARSER_ERRORS as error:
        let_mistake_pass(error)
        return "unreadable"


def _read(proof: RevocationProof, certificate: bytes, issuer: bytes) -> CertificateStatus:
    subject, authority = (
        ask_parser(x509.load_der_x509_certificate, item) for item in (certificate, issuer)
    )
    if proof.kind is ProofKind.OCSP:
        answer = read_ocsp_response(proof.encoded, certificate=subject, issuer=authority)
        times = (answer.this_update, answer.next_update, answer.revoked_at)
    else:
        times = _read_list(proof.encoded, subject, authority)
    return CertificateStatus(
        kind=proof.kind,
        this_update=times[0],
        next_update=times[1],
        revoked_at=times[2],
        expires_at=ask_for(subject, "not_valid_after_utc"),
    )


def _read_list(
    encoded: bytes, certificate: x509.Certificate, issuer: x509.Certificate
) -> tuple[datetime, datetime | None, datetime | None]:
    revocations = ask_parser(x509.load_der_x509_crl, encoded)
    _check_list(revocations, certificate, issuer)
    entry = ask_parser(
        revocations.get_revoked_certificate_by_serial_number, certificate.serial_number
    )
    if entry is not None and any(item.critical for item in ask_for(entry, "extensions")):
        raise UnusableProofError("critical-extension")
    revoked_at = None if entry is None else ask_for(entry, "revocation_date_utc")
    updates = (ask_for(revocations, name) for name in ("last_update_utc", "next_update_utc"))
    return *updates, revoked_at


def _check_list(
    revocations: x509.CertificateRevocationList,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
) -> None:
    named = (certificate, "issuer"), (issuer, "subject"), (revocations, "issuer")
    if len({ask_for(*part).public_bytes() for part in named}) > 1:
        raise UnusableProofError("other-issuer")
    if not is_strong_digest(ask_for(revocations, "signature_hash_algorithm")):
        raise UnusableProofError("weak")
    _check_scope(revocations, certificate)
    if not _may_sign_lists(issuer):
        raise UnusableProofError("issuer-usage")
    key: Any = ask_parser(issuer.public_key)  # of a kind that signs, or it raises
    if not ask_parser(revocations.is_signature_valid, key):
        raise UnusableProofError("signature")


def _check_scope(
    revocations: x509.CertificateRevocationList, certificate: x509.Certificate
) -> None:
    for extension in ask_for(revocations, "extensions"):
        value = extension.value
        if isinstance(value, x509.DeltaCRLIndicator):
            raise UnusableProofError("delta")
        if isinstance(value, x509.IssuingDistributionPoint):
            _check_distribution_point(value, certificate)
        elif extension.critical:
            raise UnusableProofError("critical-extension")


def _check_distribution_point(
    point: x509.IssuingDistributionPoint, certificate: x509.Certificate
) -> None:
    issues = _is_issuer(certificate)
    partial = point.indirect_crl or point.only_some_reasons or point.only_contains_attribute_certs
    if partial or (point.only_contains_user_certs and issues):
        raise UnusableProofError("partial")
    if (point.only_contains_ca_certs and not issues) or not _is_named(point, certificate):
        raise UnusableProofError("partial")


def _is_named(point: x509.IssuingDistributionPoint, certificate: x509.Certificate) -> bool:
    """Whether the certificate's own distribution points lead to this list (RFC 5280 6.3.3 b 2)."""
    if point.full_name is None:
        return point.relative_name is None
    try:
        points = _extension(certificate, x509.CRLDistributionPoints)
    except x509.ExtensionNotFound:
        return False
    own = {name for item in points for name in item.full_name or ()}
    return not own.isdisjoint(point.full_name)


def _is_issuer(certificate: x509.Certificate) -> bool:
    try:
        return _extension(certificate, x509.BasicConstraints).ca
    except x509.ExtensionNotFound:
        return False


def _may_sign_lists(issuer: x509.Certificate) -> bool:
    try:
        return _extension(issuer, x509.KeyUsage).crl_sign
    except x509.ExtensionNotFound:
        return False


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension:
    extensions: x509.Extensions = ask_for(certificate, "extensions")
    return extensions.get_extension_for_class(kind).value
