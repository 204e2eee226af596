"""Validate a PDF: any bytes in, a report out, and never an exception for what is in them.

The checklist of the document, before that of each seal (:mod:`signing.seal_validation`):

1. ``file-structure``: a PDF, undamaged, readable within fixed limits;
2. ``one-revision``: a single revision in a layout all readers read alike, or what the others are;
3. ``nothing-active``: no script, no action but plain links;
4. ``seal-present``: at least one seal.

The caller must still ask the issuer whether the certificate record is in force: a good seal
says who sealed and that nothing changed, not that the facts still hold.
"""

import re
from datetime import datetime

from signing.bounded_reading import read_facts_bounded
from signing.checklist import Checklist, Evidence, StepFailedError
from signing.document_facts import (
    DocumentFacts,
    SignatureFacts,
    UnreadableDocumentError,
    read_facts,
)
from signing.file_layout import FileLayout, read_layout
from signing.later_revisions import Later
from signing.report import Check, ReportedSeal, SubIndication, ValidationReport
from signing.seal_validation import SealValidation
from signing.trust import TrustStore

SIZE_LIMIT = 64 << 20
"""Bytes; larger files are not looked at."""

_PAGE_LIMIT = 2_000
_SEAL_LIMIT = 50
# The first of a linearised file's two sections says 0 (ISO 32000-2 annex F).
_REVISION_END = re.compile(rb"startxref\s+[1-9]")
_EXPLAINED = (Later.ARCHIVAL, Later.SIGNED)
_DOCUMENT_TIMESTAMP = "/DocTimeStamp"


def validate_document(document: bytes, *, trust: TrustStore, at: datetime) -> ValidationReport:
    """Validate every seal of a document (验章).

    Args:
        document: Any bytes.
        trust: Whom to trust.
        at: The time to validate for, aware; usually now.

    Returns:
        The checklist; its verdict is that of the weakest step.
    """
    validation = _DocumentValidation(document)
    facts = validation.run()
    checks, seals = list(validation.checks), []
    for index, signature in enumerate(facts.signatures if facts else ()):
        if signature.type != _DOCUMENT_TIMESTAMP:
            seal_checks, seal = _validate_seal(document, signature, index, trust, at)
            checks += seal_checks
            seals.append(seal)
    return ValidationReport(checks=tuple(checks), seals=tuple(seals), validated_at=at)


def _validate_seal(
    document: bytes, signature: SignatureFacts, index: int, trust: TrustStore, at: datetime
) -> tuple[tuple[Check, ...], ReportedSeal]:
    validation = SealValidation(document, signature, index=index, trust=trust, at=at)
    validation.run()
    return validation.checks, validation.reported


class _DocumentValidation:
    def __init__(self, document: bytes) -> None:
        self._document = document
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
            self._list.not_reached("one-revision", "nothing-active", "seal-present")
            return None
        self._one_revision()
        self._list.step("nothing-active", lambda: _check_nothing_active(facts))
        self._list.step("seal-present", lambda: _check_seal_present(facts))
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
        if facts.needs_password:
            raise StepFailedError("encrypted", SubIndication.SIGNED_DATA_NOT_FOUND)
        if facts.page_count > _PAGE_LIMIT:
            raise _bad("too-many-pages", limit=_PAGE_LIMIT, pages=facts.page_count)
        self._facts = facts
        if facts.irregular:
            raise StepFailedError("irregular", SubIndication.SIG_CONSTRAINTS_FAILURE)
        return {"size": len(document), "pages": facts.page_count}

    def _one_revision(self) -> None:
        layout = self._layout
        if layout is not None:
            self._list.step("one-revision", lambda: {"objects": layout.object_count})
            return
        revisions = len(_REVISION_END.findall(self._document))
        reason = self._history() if revisions > 1 else "other-layout"
        self._list.not_checked("one-revision", reason, revisions=revisions)

    def _history(self) -> str:
        """What is known of the revisions; those before the first seal are never compared."""
        signatures = self._facts.signatures if self._facts else ()
        seals = [item for item in signatures if item.type != _DOCUMENT_TIMESTAMP]
        first = min(seals, key=lambda item: sum(item.byte_range[2:]), default=None)
        if first is None or first.later is Later.NOTHING:
            return "several"
        return str(first.later) if first.later in _EXPLAINED else "changed-later"


def _check_nothing_active(facts: DocumentFacts) -> Evidence:
    if facts.active_kind is not None:
        raise StepFailedError(
            "active", SubIndication.SIG_CONSTRAINTS_FAILURE, kind=facts.active_kind
        )
    return {}


def _check_seal_present(facts: DocumentFacts) -> Evidence:
    seals = [item for item in facts.signatures if item.type != _DOCUMENT_TIMESTAMP]
    if not seals:
        raise StepFailedError("none", SubIndication.SIGNED_DATA_NOT_FOUND)
    if len(seals) > _SEAL_LIMIT:
        raise StepFailedError("too-many", SubIndication.GENERIC, count=len(seals))
    return {"count": len(seals)}


def _bad(reason: str, **evidence: int) -> StepFailedError:
    return StepFailedError(reason, SubIndication.FORMAT_FAILURE, **evidence)
