"""Validate a PDF: any bytes in, a report out, and never an exception for what is in them.

The checklist of the document, before that of each seal (:mod:`signing.seal_validation`):

1. ``file-structure``: a PDF, undamaged, readable within fixed limits;
2. ``one-revision``: a single revision in a layout all readers read alike;
3. ``nothing-active``: no script, no action but plain links;
4. ``seal-present``: at least one seal.

The caller must still ask the issuer whether the certificate record is in force: a good seal
says who sealed and that nothing changed, not that the facts still hold.
"""

from datetime import datetime
from time import thread_time

from signing.bounded_reading import ReadingTooCostlyError, read_facts_bounded
from signing.checklist import Checklist, Evidence, StepFailedError
from signing.document_facts import DocumentFacts, UnreadableDocumentError, read_facts
from signing.file_layout import FileLayout, read_layout
from signing.report import Check, SubIndication, ValidationReport
from signing.seal_validation import SealValidation
from signing.trust import TrustStore

SIZE_LIMIT = 64 << 20
"""Bytes; larger files are not looked at."""

_TEXT_LIMIT = 128 << 10
"""Bytes of text up to which a plain file is parsed in this process: 0.3 s and 50 MB at worst."""

_PAGE_LIMIT = 2_000
_SEAL_LIMIT = 50
_SEALS_LIMIT_S = 1.0
"""Seconds of processor time after which no further seal is looked at."""

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
    started = thread_time()
    for index, signature in enumerate(facts.signatures[:_SEAL_LIMIT] if facts else ()):
        if signature.type != _DOCUMENT_TIMESTAMP:
            seal = SealValidation(document, signature, index=index, trust=trust, at=at)
            seal.run() if thread_time() - started < _SEALS_LIMIT_S else seal.decline()
            checks += seal.checks
            seals.append(seal.reported)
    return ValidationReport(checks=tuple(checks), seals=tuple(seals), validated_at=at)


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
            raise _bad(_what_else(document))
        self._layout = layout = read_layout(document)
        try:
            small = layout is not None and layout.text_size <= _TEXT_LIMIT
            facts = read_facts(document, plain=True) if small else read_facts_bounded(document)
        except ReadingTooCostlyError as error:
            raise _bad("too-costly") from error
        except UnreadableDocumentError as error:
            raise _bad("damaged") from error
        if facts.page_count > _PAGE_LIMIT:
            raise _bad("too-many-pages", limit=_PAGE_LIMIT, pages=facts.page_count)
        self._facts = facts
        return {"size": len(document), "pages": facts.page_count}

    def _one_revision(self) -> None:
        layout = self._layout
        if layout is not None:
            self._list.step("one-revision", lambda: {"objects": layout.object_count})
            return
        if b"/XRefStm" in self._document:
            self._list.step("one-revision", _refuse_hybrid)
            return
        # Earlier revisions are not compared; ``whole-file`` says whether all are covered.
        revisions = self._document.count(b"startxref")
        reason = "several" if revisions > 1 else "other-layout"
        self._list.not_checked("one-revision", reason, revisions=revisions)


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
    seals = [item for item in facts.signatures if item.type != _DOCUMENT_TIMESTAMP]
    if not seals:
        raise StepFailedError("none", SubIndication.SIGNED_DATA_NOT_FOUND)
    if len(seals) > _SEAL_LIMIT:
        raise StepFailedError("too-many", SubIndication.GENERIC, count=len(seals))
    return {"count": len(seals)}


def _bad(reason: str, **evidence: int) -> StepFailedError:
    return StepFailedError(reason, SubIndication.FORMAT_FAILURE, **evidence)
