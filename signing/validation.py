"""Validate a PDF: any bytes in, a report out, and never an exception for what is in them.

The checklist of the document, before that of each seal (:mod:`signing.judging.seal_validation`):

1. ``file-structure``: a PDF, undamaged, readable within fixed limits;
2. ``one-revision``: a single revision in a layout all readers read alike, or what the others are;
3. ``nothing-active``: no script, no action but plain links;
4. ``seal-present``: at least one seal;
5. ``archive-timestamps``: each is good and covers what lies before it.

The caller must still ask the issuer whether the certificate record is in force: a good seal
says who sealed and that nothing changed, not that the facts still hold.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from signing.checklist import (
    Checklist,
    Evidence,
    StepFailedError,
    StepUnfinishedError,
    format_failure,
)
from signing.judging.archive_checks import check_archive_timestamps, describe
from signing.judging.seal_validation import SealValidation
from signing.judging.validation_context import ValidationContext
from signing.pdf.document_limits import OBJECT_LIMIT, PAGE_LIMIT, SIZE_LIMIT
from signing.pdf.file_layout import FileLayout, read_layout
from signing.pdf.signature_hole import is_our_writing
from signing.reading.additions import Later
from signing.reading.archive_revisions import find_whole_ends
from signing.reading.bounded_reading import read_facts_bounded
from signing.reading.document_facts import (
    DocumentFacts,
    ObjectsLimitError,
    ReadingTooCostlyError,
    UnreadableDocumentError,
    read_facts,
)
from signing.report import Check, SubIndication, ValidationReport
from signing.revocation.revocation_sources import RevocationSource
from signing.revocation.statuses import RevocationProof
from signing.trust import TrustStore

_TEXT_LIMIT = 128 << 10
"""Bytes of text up to which a plain file is parsed in this process: 0.3 s and 50 MB at worst."""

_AFTER_READING = ("one-revision", "nothing-active", "seal-present", "archive-timestamps")
_SEAL_LIMIT = 50
_COVERED_LIMIT = 4 << 30
"""Bytes that the seals of a file may cover together: they are digested anew for each."""

_CONTAINERS_LIMIT = 2 << 20
"""Bytes that their containers may have together: a parser takes a quarter of a second for 1 MiB."""
# The first of a linearised file's two sections says 0 (ISO 32000-2 annex F).
_REVISION_END = re.compile(rb"startxref\s+[1-9]")
_EXPLAINED = (Later.ARCHIVAL, Later.SIGNED)


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
        fresh_proofs=tuple(fresh_proofs),
        status_source=status_source,
    )
    try:
        return _validate(document, context)
    except Exception as error:  # noqa: BLE001  # a fault between two steps is a defect of ours too
        return _defective(error, at)


def _validate(document: bytes, context: ValidationContext) -> ValidationReport:
    validation = _DocumentValidation(document, context)
    facts = validation.run()
    checks, seals, covered, contained = list(validation.checks), [], 0, 0
    signatures = facts.seals[:_SEAL_LIMIT] if facts else ()
    for index, signature in enumerate(signatures):
        known = validation.context.about(signature.covered_end)
        seal = SealValidation(document, signature, index=index, context=known)
        covered += len(document)
        contained += len(signature.contents.rstrip(b"\x00"))
        within = covered <= _COVERED_LIMIT and contained <= _CONTAINERS_LIMIT
        seal.run() if within else seal.decline()
        seals.append(seal.report())
        checks += seal.checks
    return ValidationReport(checks=tuple(checks), seals=tuple(seals), validated_at=context.at)


def _defective(error: Exception, at: datetime) -> ValidationReport:
    """The report of a validation that could not go on; nothing that was found before counts."""
    steps = Checklist()
    steps.defect("file-structure", error)
    steps.not_reached(*_AFTER_READING)
    return ValidationReport(checks=tuple(steps.checks), validated_at=at)


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
            self._list.not_reached(*_AFTER_READING)
            return None
        try:
            self._one_revision()
        except Exception as error:  # noqa: BLE001  # as in a step
            self._list.defect("one-revision", error)
        self._list.step("nothing-active", lambda: _check_nothing_active(facts))
        self._list.step("seal-present", lambda: _check_seal_present(facts))
        self.context = replace(self.context, material=facts.material)
        self._archive_timestamps(facts)
        return facts

    def _read(self) -> Evidence:
        _check_size(self._document)
        try:
            facts = self._read_facts()
        except ReadingTooCostlyError as error:
            raise StepUnfinishedError("too-costly") from error
        except ObjectsLimitError as error:
            raise StepUnfinishedError("too-many-objects", limit=OBJECT_LIMIT) from error
        except UnreadableDocumentError as error:
            raise format_failure("damaged") from error
        if facts.unsupported_encryption:
            raise StepUnfinishedError("unsupported-encryption")
        if facts.needs_password:
            raise StepFailedError("encrypted", SubIndication.SIGNED_DATA_NOT_FOUND)
        if facts.page_count > PAGE_LIMIT:
            raise StepUnfinishedError("too-many-pages", limit=PAGE_LIMIT, pages=facts.page_count)
        self._facts = facts
        if facts.irregular:
            raise StepFailedError("irregular", SubIndication.SIG_CONSTRAINTS_FAILURE)
        return {"size": len(self._document), "pages": facts.page_count}

    def _read_facts(self) -> DocumentFacts:
        """Read a small plain file that our archiver alone extended here, others in a process.

        Which rules hold for what was added is decided by each seal, not by the layout of the file
        (:mod:`signing.judging.coverage_checks`).
        """
        layout = read_layout(self._document)
        if layout is not None and layout.text_size <= _TEXT_LIMIT:
            ends = find_whole_ends(self._document, layout)
            if len(ends) == len(layout.revisions):
                self._layout = layout
                return read_facts(self._document, whole_ends=ends)
        facts = read_facts_bounded(self._document)
        if facts.whole_ends:
            self._layout = layout
        return facts

    def _one_revision(self) -> None:
        layout = self._layout
        if layout is not None:
            self._list.passed(
                "one-revision",
                "passed" if len(layout.revisions) == 1 else "archived",
                objects=layout.object_count,
                revisions=len(layout.revisions),
            )
            return
        if b"/XRefStm" in self._document:
            self._list.step("one-revision", _refuse_hybrid)
            return
        revisions = len(_REVISION_END.findall(self._document))
        reason = self._history() if revisions > 1 else "other-layout"
        self._list.not_checked("one-revision", reason, revisions=revisions)

    def _archive_timestamps(self, facts: DocumentFacts) -> None:
        timestamps = facts.archive_timestamps
        if not timestamps:
            self._list.not_checked("archive-timestamps", "absent")
            return

        def action() -> Evidence:
            times = check_archive_timestamps(self._document, timestamps, self.context)
            self.context = replace(self.context, archive_times=times)
            return describe(times)

        self._list.step("archive-timestamps", action)

    def _history(self) -> str:
        """What is known of the revisions; those before the first seal are never compared."""
        seals = self._facts.seals if self._facts else ()
        first = min(seals, key=lambda item: item.covered_end, default=None)
        if first is None or first.later is Later.NOTHING:
            return "several"
        if first.later is Later.ARCHIVED_BY_US:
            return str(Later.ARCHIVAL)
        if first.later not in _EXPLAINED or is_our_writing(self._document, first.byte_range[1]):
            return "changed-later"
        return str(first.later)


def _check_size(document: bytes) -> None:
    if not document:
        raise format_failure("empty")
    if len(document) > SIZE_LIMIT:
        raise StepUnfinishedError("too-large", limit=SIZE_LIMIT >> 20)
    if not document.startswith(b"%PDF-"):
        raise format_failure(_what_else(document))


def _refuse_hybrid() -> Evidence:
    # Readers that know cross-reference streams and readers that do not show other objects.
    raise StepFailedError("hybrid", SubIndication.SIG_CONSTRAINTS_FAILURE)


def _what_else(document: bytes) -> str:
    if document.startswith(b"PK"):
        return "zip"
    return "bytes-before" if b"%PDF-" in document else "not-pdf"


def _check_nothing_active(facts: DocumentFacts) -> Evidence:
    if facts.active_kind is not None:
        raise StepFailedError(
            "active", SubIndication.SIG_CONSTRAINTS_FAILURE, kind=facts.active_kind
        )
    return {}


def _check_seal_present(facts: DocumentFacts) -> Evidence:
    count = len(facts.seals)
    if not count:
        raise StepFailedError("none", SubIndication.SIGNED_DATA_NOT_FOUND)
    if count > _SEAL_LIMIT:
        raise StepUnfinishedError("too-many", count=count)
    return {"count": count}
