"""What follows the revision that a signature covers?

1. the covered bytes end with a revision of their own, and the signature came with it;
2. every byte that follows belongs to a revision (:mod:`signing.reading.appended_bytes`);
3. pyHanko's difference analysis can explain each later object, revision by revision;
4. pikepdf, asked independently, finds the same pages, and that an archive did add something
   (:mod:`signing.reading.shown_content`).

An answer better than *changed* needs all four. It is given in the bounded child process, for both
parsers unpack what a stranger packed.
"""

import enum
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from io import BytesIO
from types import FrameType

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm, enumerate_sig_fields

from signing.pdf.reader_warnings import is_regular
from signing.reading.appended_bytes import check_appended_revisions
from signing.reading.difference_policy import POLICY
from signing.reading.shown_content import is_same_store, shows_the_same

_SIZE_LIMIT = 24 << 20  # bytes; both parsers keep much of the file in memory
_TIME_LIMIT_S = 2.0  # of the 4 s that the child process has
_DEPTH_LIMIT = 16
_ENDING = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z")
_ENDING_SIZE = 100
_NONE = generic.ArrayObject()


class Later(enum.StrEnum):
    """What was added after a signature."""

    NOTHING = "nothing"
    ARCHIVAL = "archival"
    """Only validation material and document timestamps (ETSI EN 319 142-1 5.4.2, 5.4.3)."""
    SIGNED = "signed-again"
    """Besides, further signatures without visible area."""
    SIGNED_VISIBLY = "signed-visibly"
    """Further signatures that can be seen, and may cover something."""
    FORM_FILLED = "form-filled"
    """Values of form fields."""
    CHANGED = "changed"
    """Anything else, or what nobody can explain."""
    NOT_COMPARED = "not-compared"
    """The comparison took too long or too much memory."""


class _TooLongError(Exception):
    pass


class _UnexplainedError(Exception):
    pass


def compare_later(
    document: bytes, signatures: Sequence[tuple[tuple[int, ...], int | None]]
) -> list[Later]:
    """What was added after each signature.

    All of them share one limit of processor time; what is left when it ends is not compared.

    Args:
        document: The file.
        signatures: Byte range as written, and DocMDP /P (``None`` if it is no certification).
    """
    comparison = _Comparison(document)
    found: list[Later] = []
    try:
        with _processor_time(_TIME_LIMIT_S):
            for byte_range, permission in signatures:
                found.append(comparison.compare(byte_range, permission))
    except (_TooLongError, MemoryError, RecursionError):
        found += [Later.NOT_COMPARED] * (len(signatures) - len(found))
    return found


class _Comparison:
    def __init__(self, document: bytes) -> None:
        self._document = document

    @cached_property
    def _reader(self) -> PdfFileReader:
        reader = PdfFileReader(BytesIO(self._document), strict=False)
        if reader.encrypted:
            reader.decrypt("")
        return reader

    def compare(self, byte_range: tuple[int, ...], permission: int | None) -> Later:
        covered_end = sum(byte_range[2:4])
        if covered_end == len(self._document):
            return Later.NOTHING
        if len(self._document) > _SIZE_LIMIT:
            return Later.NOT_COMPARED
        try:
            return self._compare(byte_range, covered_end, permission)
        except (_TooLongError, MemoryError, RecursionError):
            raise
        except Exception:  # noqa: BLE001  # hostile input makes parsers raise anything
            return Later.CHANGED

    def _compare(
        self, byte_range: tuple[int, ...], covered_end: int, permission: int | None
    ) -> Later:
        reader, document = self._reader, self._document
        revision = _signed_revision(reader, document, covered_end)
        signature = _find_signature(reader, byte_range, revision)
        check_appended_revisions(document, reader, revision=revision, covered_end=covered_end)
        found = POLICY.review_file(
            reader,
            revision,
            field_mdp_spec=_locked_fields(signature),
            doc_mdp=None if permission is None else MDPPerm(permission),
        )
        kind = _kind(reader, found) if isinstance(found, DiffResult) else Later.CHANGED
        if kind not in (Later.ARCHIVAL, Later.SIGNED):
            return kind
        with _opened(document[:covered_end]) as before, _opened(document) as after:
            brings_material = kind is Later.SIGNED or not is_same_store(before, after)
            alike = shows_the_same(before, after) and brings_material and is_regular(before)
        return kind if alike else Later.CHANGED


def _signed_revision(reader: PdfFileReader, document: bytes, covered_end: int) -> int:
    ending = _ENDING.search(document, max(0, covered_end - _ENDING_SIZE), covered_end)
    startxref = None if ending is None else int(ending[1])
    for revision in range(reader.xrefs.total_revisions):
        if reader.xrefs.get_xref_container_info(revision).end_location > covered_end:
            break
        if reader.xrefs.get_startxref_for_revision(revision) == startxref:
            return revision
    raise _UnexplainedError


def _find_signature(
    reader: PdfFileReader, byte_range: tuple[int, ...], revision: int
) -> generic.DictionaryObject:
    """The signature dictionary, if it was last written in the revision it signs."""
    for _, _, field in enumerate_sig_fields(reader, filled_status=True):
        reference = field.get_object().raw_get("/V").reference
        signature: generic.DictionaryObject = reference.get_object()
        if tuple(map(int, signature["/ByteRange"])) != byte_range:
            continue
        if reader.xrefs.get_last_change(reference) == revision:
            return signature
    raise _UnexplainedError


def _locked_fields(signature: generic.DictionaryObject) -> FieldMDPSpec | None:
    for reference in signature.get("/Reference", _NONE).get_object():
        if reference.get_object()["/TransformMethod"] == "/FieldMDP":
            return FieldMDPSpec.from_pdf_object(reference.get_object()["/TransformParams"])
    return None


def _kind(reader: PdfFileReader, found: DiffResult) -> Later:
    if found.modification_level <= ModificationLevel.LTA_UPDATES:
        return Later.ARCHIVAL
    if found.modification_level > ModificationLevel.FORM_FILLING:
        return Later.CHANGED
    signatures = {name: field for name, _, field in enumerate_sig_fields(reader)}
    if not found.changed_form_fields <= signatures.keys():
        return Later.FORM_FILLED
    changed = [signatures[name] for name in found.changed_form_fields]
    if not changed or any(_is_visible(field.get_object(), 0) for field in changed):
        return Later.SIGNED_VISIBLY
    return Later.SIGNED


def _is_visible(field: generic.DictionaryObject, depth: int) -> bool:
    if "/Rect" in field:
        left, bottom, right, top = field["/Rect"]
        if left != right and bottom != top:
            return True
    kids = field.get("/Kids", _NONE).get_object()
    return depth > _DEPTH_LIMIT or any(_is_visible(kid.get_object(), depth + 1) for kid in kids)


def _opened(document: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(document), attempt_recovery=False, suppress_warnings=True)


@contextmanager
def _processor_time(limit_s: float) -> Iterator[None]:
    """Stop by an exception after so much processor time; only the main thread can be stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _TooLongError

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
