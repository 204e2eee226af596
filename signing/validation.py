"""Validate a PDF: any bytes in, a report out, and never an exception for what is in them.

The checklist of the document, before that of each seal (:mod:`signing.seal_validation`):

1. ``file-structure``: a PDF, undamaged, readable within fixed limits;
2. ``one-revision``: a single revision in a layout all readers read alike, or archiving ones
   after it;
3. ``nothing-active``: no script, no action but plain links;
4. ``seal-present``: at least one seal;
5. ``archive-timestamps``: each is good and covers what lies before it.

The caller must still ask the issuer whether the certificate record is in force: a good seal
says who sealed and that nothing changed, not that the facts still hold.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from signing.archive_checks import check_archive_timestamps, describe
from signing.archive_revisions import find_whole_ends
from signing.bounded_reading import read_facts_bounded
from signing.checklist import Checklist, Evidence, StepFailedError
from signing.document_facts import (
    DOCUMENT_TIMESTAMP,
    DocumentFacts,
    SignatureFacts,
    UnreadableDocumentError,
    read_facts,
)
from signing.file_layout import FileLayout, read_layout
from signing.report import Check, ReportedSeal, SubIndication, ValidationReport
from signing.revocation import RevocationProof
from signing.revocation_sources import RevocationSource
from signing.seal_validation import SealValidation
from signing.trust import TrustStore
from signing.validation_context import ValidationContext

SIZE_LIMIT = 64 << 20
"""Bytes; larger files are not looked at."""

_PAGE_LIMIT = 2_000
_SEAL_LIMIT = 50


def validate_document(
    document: bytes,
    *,
    trust: TrustStore,
    at: datetime,
    fresh_proofs: Sequence[RevocationProof] = (),
    status_source: RevocationSource | None = None,
) -> ValidationReport:
    """Validate every seal of a document (验章).

    Args:
        document: Any bytes.
        trust: Whom to trust.
        at: The time to validate for, aware; usually now.
        fresh_proofs: Revocation proofs fetched now; without them only those in the document count.
        status_source: Whom to ask about the present status of a seal's certificates; asked only
            about certificates that lead to a trusted root, and whether it answers or not.

    Returns:
        The checklist; its verdict is that of the weakest step.
    """
    context = ValidationContext(
        trust=trust,
        at=at,
        proven_at=at,
        whole_ends=(len(document),),
        fresh_proofs=tuple(fresh_proofs),
        status_source=status_source,
    )
    validation = _DocumentValidation(document, context)
    facts = validation.run()
    checks, seals = list(validation.checks), []
    for index, signature in enumerate(facts.signatures if facts else ()):
        if signature.type != DOCUMENT_TIMESTAMP:
            seal_checks, seal = _validate_seal(document, signature, index, validation.context)
            checks += seal_checks
            seals.append(seal)
    return ValidationReport(checks=tuple(checks), seals=tuple(seals), validated_at=at)


def _validate_seal(
    document: bytes, signature: SignatureFacts, index: int, context: ValidationContext
) -> tuple[tuple[Check, ...], ReportedSeal]:
    validation = SealValidation(document, signature, index=index, context=context)
    validation.run()
    return validation.checks, validation.reported


class _DocumentValidation:
    def __init__(self, document: bytes, context: ValidationContext) -> None:
        self._document = document
        self.context = context
        self._list = Checklist()
        self._layout: FileLayout | None = None
        self._facts: DocumentFacts | None = None

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(self._list.checks)

    def run(self) -> DocumentFacts | None:
        self._list.step("file-structure", self._read)
        facts = self._facts
        if facts is None:
            self._list.not_reached(
                "one-revision", "nothing-active", "seal-present", "archive-timestamps"
            )
            return None
        self._one_revision()
        self._list.step("nothing-active", lambda: _check_nothing_active(facts))
        self._list.step("seal-present", lambda: _check_seal_present(facts))
        self.context = replace(self.context, material=facts.material)
        self._archive_timestamps(facts)
        return facts

    def _read(self) -> Evidence:
        document = self._document
        if not document:
            raise _bad("empty")
        if len(document) > SIZE_LIMIT:
            raise _bad("too-large", limit=SIZE_LIMIT >> 20)
        if not document.startswith(b"%PDF-"):
            raise _bad("zip" if document.startswith(b"PK") else "not-pdf")
        self._layout = read_layout(document)
        try:
            plain = self._layout is not None
            facts = read_facts(document, plain=True) if plain else read_facts_bounded(document)
        except UnreadableDocumentError as error:
            raise _bad("damaged") from error
        if facts.page_count > _PAGE_LIMIT:
            raise _bad("too-many-pages", limit=_PAGE_LIMIT, pages=facts.page_count)
        self._facts = facts
        return {"size": len(document), "pages": facts.page_count}

    def _one_revision(self) -> None:
        layout = self._layout
        if layout is not None and self._is_whole(layout):
            self._list.passed(
                "one-revision",
                "passed" if len(layout.revisions) == 1 else "archived",
                objects=layout.object_count,
                revisions=len(layout.revisions),
            )
            return
        # Earlier revisions are not compared; ``whole-file`` says whether all are covered.
        revisions = self._document.count(b"startxref")
        reason = "several" if revisions > 1 else "other-layout"
        self._list.not_checked("one-revision", reason, revisions=revisions)

    def _is_whole(self, layout: FileLayout) -> bool:
        """Whether there is one revision, but for archiving ones; whole ends are noted."""
        if len(layout.revisions) > 1:
            ends = find_whole_ends(self._document, layout)
            self.context = replace(self.context, whole_ends=ends)
        return len(self.context.whole_ends) == len(layout.revisions)

    def _archive_timestamps(self, facts: DocumentFacts) -> None:
        timestamps = [item for item in facts.signatures if item.type == DOCUMENT_TIMESTAMP]
        if not timestamps:
            self._list.not_checked("archive-timestamps", "absent")
            return

        def action() -> Evidence:
            times = check_archive_timestamps(self._document, timestamps, self.context)
            self.context = replace(self.context, archive_times=times, proven_at=times[0])
            return describe(times)

        self._list.step(
            "archive-timestamps", action, unreadable=SubIndication.SIG_CONSTRAINTS_FAILURE
        )


def _check_nothing_active(facts: DocumentFacts) -> Evidence:
    if facts.active_kind is not None:
        raise StepFailedError(
            "active", SubIndication.SIG_CONSTRAINTS_FAILURE, kind=facts.active_kind
        )
    return {}


def _check_seal_present(facts: DocumentFacts) -> Evidence:
    seals = [item for item in facts.signatures if item.type != DOCUMENT_TIMESTAMP]
    if not seals:
        raise StepFailedError("none", SubIndication.SIGNED_DATA_NOT_FOUND)
    if len(seals) > _SEAL_LIMIT:
        raise StepFailedError("too-many", SubIndication.GENERIC, count=len(seals))
    return {"count": len(seals)}


def _bad(reason: str, **evidence: int) -> StepFailedError:
    return StepFailedError(reason, SubIndication.FORMAT_FAILURE, **evidence)
