"""Validate one seal of a document: the steps that concern a single signature.

1. ``container``: the byte range leaves one hole, and in it lies one CMS, strict if it is ours;
2. ``whole-file``: the signature covers the file to its last byte, or what follows is explained;
3. ``algorithms``: digest, scheme and key are strong enough;
4. ``digest``: the covered bytes are unchanged;
5. ``signature``: the signature value verifies;
6. ``signer-binding``: the signed ESS attribute names the signing certificate;
7. ``certification``: what DocMDP permits, and whether the catalog says so;
8. ``timestamp``: a trusted authority saw the signature value;
9. ``certificate-chain``: the certificate chained to a trusted root at that time;
10. ``key-usage``: it may sign documents;
11. ``revocation``: no certificate of the path was revoked when the seal was made;
12. ``revocation-now``: none is now, as far as was asked;
13. ``long-term-material``: the document carries the proofs itself.

A step that needs one that failed is reported as not reached. Whatever can go wrong is inside a step
(:mod:`signing.checklist`).
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from asn1crypto import x509

from signing.checklist import (
    Checklist,
    Evidence,
    Finding,
    StepFailedError,
    StepNotPossibleError,
    StepUnfinishedError,
    parsing,
)
from signing.cms.certificate_types import to_asn1, to_x509
from signing.cms.cms_reader import ParsedCms, parse_cms
from signing.cms.foreign_cms import cut_foreign_container, parse_foreign_cms
from signing.cms.signature_checks import (
    check_algorithms,
    check_binding,
    check_digest,
    check_signature,
    is_familiar,
    names_certificate,
)
from signing.errors import RevocationUnavailableError
from signing.judging.certificate_names import NOBODY, common_name, describe_certificate
from signing.judging.certificate_paths import check_carried, find_path
from signing.judging.coverage_checks import Hole, check_whole_file, cut_container, find_hole
from signing.judging.status_checks import (
    check_status_then,
    find_revocation,
    is_proven,
)
from signing.judging.timestamp_checks import CheckedTimestamp, check_order, check_timestamp
from signing.judging.validation_context import ValidationContext
from signing.levels import Level
from signing.pdf.pdf_dates import parse_pdf_date
from signing.reading.signature_fields import SignatureFacts
from signing.report import Check, Outcome, ReportedSeal, SubIndication

_AFTER_CONTAINER = (
    "whole-file",
    "algorithms",
    "digest",
    "signature",
    "signer-binding",
    "certification",
    "timestamp",
    "certificate-chain",
    "key-usage",
    "revocation",
    "revocation-now",
    "long-term-material",
)
_CADES = "/ETSI.CAdES.detached"
_SUB_FILTERS = (_CADES, "/adbe.pkcs7.detached")
_PERMITTING = (2, 3)  # ISO 32000-2 table 257
_USAGES = {"digital_signature", "non_repudiation"}
# RFC 9336 documentSigning, and the purposes that were used before it existed; then
# Adobe's and Microsoft's own.
_PURPOSES = {
    "1.3.6.1.5.5.7.3.36",
    "email_protection",
    "any_extended_key_usage",
    "adobe_authentic_documents_trust",
    "microsoft_document_signing",
}


_UNKNOWN = ReportedSeal(
    field_name="",
    signer_name="",
    organisation="",
    issuer_name="",
    certificate_serial="",
    reason="",
    location="",
    claimed_at=None,
    timestamp_at=None,
    level=None,
)


class SealValidation:
    """Validates one seal; :meth:`run` once, :meth:`report`, then read :attr:`checks`."""

    def __init__(
        self,
        document: bytes,
        facts: SignatureFacts,
        *,
        index: int,
        context: ValidationContext,
    ) -> None:
        self._document, self._facts, self._context = document, facts, context
        self._list = Checklist(seal=index)
        self._hole: Hole | None = None
        self._container: ParsedCms | None = None
        self._signer = NOBODY
        self._timestamp: CheckedTimestamp | None = None
        self._path: tuple[x509.Certificate, ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """The steps so far."""
        return tuple(self._list.checks)

    def run(self) -> None:
        """Do every step that can be done."""
        step = self._list.step
        step("container", self._read_container)
        container, hole = self._container, self._hole
        if container is None or hole is None:
            self._list.not_reached(*_AFTER_CONTAINER)
            return
        step("whole-file", lambda: check_whole_file(self._document, hole, self._facts))
        step("algorithms", lambda: check_algorithms(container))
        step("digest", lambda: self._check_digest(container))
        step("signature", lambda: self._check_signature(container))
        step("signer-binding", lambda: self._check_binding(container))
        step("certification", self._check_certification)
        step("timestamp", lambda: self._check_timestamp(container))
        step("certificate-chain", lambda: self._check_chain(container))
        step("key-usage", lambda: _check_usage(container.certificate))
        step("revocation", self._status_then)
        step("revocation-now", self._status_now)
        step("long-term-material", self._check_material)

    def report(self) -> ReportedSeal:
        """The seal as it presents itself; to be asked for before :attr:`checks`."""
        try:
            return self._reported()
        except Exception as error:  # noqa: BLE001  # as in a step
            self._list.defect("container", error)
            return _UNKNOWN

    def decline(self) -> None:
        """Record that the limit for this document was used up by other seals."""
        self._list.step("container", _decline)
        self._list.not_reached(*_AFTER_CONTAINER)

    def _read_container(self) -> Evidence | Finding:
        if self._facts.sub_filter not in _SUB_FILTERS:
            # These include lawful forms that this validator does not support.
            raise StepFailedError("sub-filter", SubIndication.GENERIC)
        self._hole = find_hole(self._document, self._facts)
        container, size = self._parse_container(self._hole)
        self._signer = describe_certificate(container.certificate)
        self._container = container
        evidence = {"size": size, "form": self._facts.sub_filter[1:], **container.notes}
        if not self._signer.is_readable:
            return Finding(reason="odd-name", evidence=evidence)
        return evidence

    def _parse_container(self, hole: Hole) -> tuple[ParsedCms, int]:
        if hole.ours:
            encoded = cut_container(self._facts.contents)
            return parse_cms(encoded, content_type="data"), len(encoded)
        encoded, notes = cut_foreign_container(self._facts.contents)
        known = (*self._context.trust.intermediates, *self._context.trust.roots)
        container = parse_foreign_cms(
            encoded, content_type="data", known=map(to_asn1, known), notes=notes
        )
        return container, len(encoded)

    def _digest(self, container: ParsedCms) -> bytes:
        try:
            if self._hole is None or not is_familiar(container):
                raise StepNotPossibleError("not-reached")
        except StepFailedError as unknown:  # ``algorithms`` said why
            raise StepNotPossibleError("not-reached") from unknown
        return self._hole.digest(self._document, container.digest_name)

    def _check_digest(self, container: ParsedCms) -> Evidence:
        digest = self._digest(container)
        if not container.has_attributes and self._facts.sub_filter != _CADES:
            # The signature value is of the content itself (RFC 5652 5.4).
            raise StepNotPossibleError("direct")
        return check_digest(container, digest)

    def _check_signature(self, container: ParsedCms) -> Evidence | Finding:
        return check_signature(container, self._digest(container), content_type="data")

    def _check_binding(self, container: ParsedCms) -> Evidence:
        # EN 319 142-1 6.3 requires the attribute; ISO 32000-2 12.8.3.3 does not.
        if self._facts.sub_filter != _CADES and not names_certificate(container):
            raise StepNotPossibleError("absent")
        return check_binding(container, allow_v1=not container.strict)

    @property
    def _is_ours(self) -> bool:
        """Whether the seal is written as this package writes them: those permit no change."""
        return self._hole is not None and self._hole.ours

    def _check_certification(self) -> Evidence:
        permission = self._facts.permission
        if permission is None:
            # In other seals an approval signature is lawful; it only promises less.
            raise StepNotPossibleError("approval")
        if self._facts.certifies and permission in _PERMITTING and not self._is_ours:
            # Lawful in other seals; ``whole-file`` tells whether the permission was used.
            raise StepNotPossibleError("changes-permitted", permission=permission)
        if not self._facts.certifies:
            raise StepFailedError("not-in-catalog", SubIndication.SIG_CONSTRAINTS_FAILURE)
        if permission != 1:
            reason = "not-ours" if self._is_ours else "unknown"
            raise StepFailedError(reason, SubIndication.SIG_CONSTRAINTS_FAILURE)
        return {"permission": 1}

    def _check_timestamp(self, container: ParsedCms) -> Evidence:
        token = container.token
        if token is None:
            raise StepNotPossibleError("absent")
        checked = check_timestamp(
            token,
            lambda name: hashlib.new(name, container.signature).digest(),
            context=self._context,
            proven_at=self._context.proven_at,
            carried=container.certificates,
            strict=container.strict,
        )
        check_order(parse_pdf_date(self._facts.claimed), checked)
        self._timestamp = checked
        return {"time": checked.at.isoformat(), "authority": checked.authority}

    def _check_chain(self, container: ParsedCms) -> Evidence:
        # Without a proven time only validity now counts (EN 319 102-1 5.6.2.3).
        moment = self._proven_at
        self._path = find_path(
            container.certificate,
            container.certificates,
            roots=self._context.trust.roots,
            intermediates=self._context.trust.intermediates,
            at=moment,
        )
        if container.strict:  # in foreign seals needless certificates are common
            others = self._timestamp.path if self._timestamp else ()
            check_carried(container.certificates, self._path, others)
        return {
            "root": common_name(self._path[0].subject),
            "length": len(self._path),
            "at": moment.isoformat(),
        }

    @property
    def _proven_at(self) -> datetime:
        """When the seal is known to have existed (the best signature time)."""
        return self._timestamp.at if self._timestamp else self._context.proven_at

    def _ask_about_now(self) -> None:
        """Fetch the present status; a source that does not answer leaves it open."""
        source = self._context.status_source
        if source is None:
            return
        certificates = [to_x509(item) for item in self._path]
        fetched = []
        for issuer, certificate in pairwise(certificates):
            with suppress(RevocationUnavailableError):
                fetched.append(source.fetch(certificate, issuer))
        self._context = replace(self._context, fresh_proofs=(*self._context.fresh_proofs, *fetched))

    def _status_then(self) -> Evidence:
        if not self._path:
            raise StepNotPossibleError("not-reached")
        self._ask_about_now()
        if not self._context.proofs and not self._signer.names_revocation_source:
            raise StepNotPossibleError("no-source", serial=self._signer.serial)
        return check_status_then(
            self._path,
            self._context.proofs,
            at=self._proven_at,
            now=self._context.at,
            claimed=parse_pdf_date(self._facts.claimed),
        )

    def _status_now(self) -> Evidence | Finding:
        context = self._context
        if not self._path:
            raise StepNotPossibleError("not-reached")
        later = find_revocation(self._path, context.fresh_proofs, at=context.at)
        if later is None or later.revoked_at is None:
            if is_proven(self._path, context.fresh_proofs, at=context.at, now=context.at):
                return {"at": context.at.isoformat()}
            raise StepNotPossibleError("not-asked")
        since = later.revoked_at.isoformat()
        if later.revoked_at > self._proven_at:
            # Good when it was used; what was sealed before stays sealed.
            return Finding(reason="later", evidence={"since": since})
        raise StepFailedError("revoked", SubIndication.REVOKED_NO_POE, since=since)

    def _check_material(self) -> Evidence:
        material = self._context.material
        if not material.proofs:
            raise StepNotPossibleError("absent")
        if not self._path or not self._timestamp:
            raise StepNotPossibleError("not-reached")
        if not self._has_material(self._path) or not self._has_material(self._timestamp.path):
            raise StepNotPossibleError("incomplete", proofs=len(material.proofs))
        return {"certificates": len(material.certificates), "proofs": len(material.proofs)}

    def _has_material(self, path: Sequence[x509.Certificate]) -> bool:
        proofs, now = self._context.material.proofs, self._context.at
        return is_proven(path, proofs, at=self._proven_at, now=now)

    def _reported(self) -> ReportedSeal:
        return ReportedSeal(
            field_name=self._facts.field_name,
            signer_name=self._signer.name,
            organisation=self._signer.organisation,
            issuer_name=self._signer.issuer,
            certificate_serial=self._signer.serial,
            reason=self._facts.reason,
            location=self._facts.location,
            claimed_at=parse_pdf_date(self._facts.claimed),
            timestamp_at=self._timestamp.at if self._timestamp else None,
            level=self._level(),
            signature_algorithm=self._container.signature_algorithm if self._container else "",
        )

    def _level(self) -> Level | None:
        if self._facts.sub_filter != _CADES:
            return None
        needed = {"container", "digest", "signature", "signer-binding"}
        passed = {check.name for check in self.checks if check.outcome is Outcome.PASSED}
        if not needed <= passed:
            return None
        if not self._timestamp:
            return Level.B_B
        if "long-term-material" not in passed:
            return Level.B_T
        return Level.B_LTA if self._context.archive_times else Level.B_LT


def _decline() -> Evidence:
    raise StepUnfinishedError("too-costly")


def _check_usage(certificate: x509.Certificate) -> Evidence:
    with parsing():
        usage = certificate.key_usage_value
        granted = set() if usage is None else set(usage.native)
        purposes = certificate.extended_key_usage_value
        names = [] if purposes is None else list(purposes.native)
    if not granted & _USAGES or (names and not _PURPOSES & set(names)):
        raise StepFailedError("wrong", SubIndication.CHAIN_CONSTRAINTS_FAILURE)
    return {"usage": ", ".join(sorted(granted)), "purposes": ", ".join(names)}
