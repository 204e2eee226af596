"""Analysis of what follows the revision that a signature covers.

Of a file that our archiver extended, byte for byte (:mod:`signing.reading.archive_revisions`),
nothing else is asked. Of any other, revision by revision:

1. the covered bytes end with a revision of their own, and the signature came with it;
2. every byte that follows belongs to a revision (:mod:`signing.reading.appended_bytes`);
3. pyHanko's difference analysis can explain each later object;
4. pikepdf, asked independently, finds the same pages, and that an archive did add something
   (:mod:`signing.reading.shown_content`);
5. what was added is what archives and signers add, and each of it for one purpose
   (:mod:`signing.reading.added_objects`);
6. PDFium draws the same pictures (:mod:`signing.reading.shown_pictures`).

An answer better than *changed* needs the first four, one that passes all six. It is given in the
bounded child process, for the parsers unpack what a stranger packed. What it may cost is counted
before: objects times revisions, which all signatures share. What cannot be compared within that
is *not compared*, on every machine and under any load.
"""

import re
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm, enumerate_sig_fields

from signing.defects import was_raised_by_us
from signing.pdf.file_layout import read_layout
from signing.pdf.foreign_text import presentable
from signing.pdf.reader_warnings import is_regular
from signing.reading.added_objects import find_oddities
from signing.reading.additions import Addition, Later
from signing.reading.appended_bytes import (
    AppendedRevision,
    UnaccountedBytesError,
    read_appended_revision,
)
from signing.reading.archive_revisions import find_whole_ends
from signing.reading.difference_policy import POLICY
from signing.reading.object_syntax import OddSyntaxError
from signing.reading.shown_content import (
    adds_empty_field,
    is_same_store,
    shows_further_signature,
    shows_the_same,
)
from signing.reading.shown_pictures import NotDrawableError, TooLargeToDrawError, find_unlike

_SIZE_LIMIT = 24 << 20  # bytes; the parsers keep much of the file in memory
_WORK_LIMIT = 60_000
"""Objects of the file times revisions to compare; each costs some 0.15 ms."""

_ENDING = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF[\s\x00]*\Z")
_ENDING_SIZE = 1100
_NONE = generic.ArrayObject()
_LAWFUL = frozenset({"comment", "entry-repeated"})
"""Of the oddities, what the grammar allows."""


_ORDER = (
    *(Later.ARCHIVAL, Later.SIGNED, Later.UNUSUAL, Later.SIGNED_VISIBLY, Later.FORM_FILLED),
    Later.CHANGED,
)
"""In order of severity, least severe first."""


@dataclass(frozen=True, kw_only=True)
class _Step:
    """One revision, compared with the one before it."""

    kind: Later
    oddities: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    brings_material: bool = False


class _UnexplainedError(Exception):
    """A change that no comparison can explain."""


_HOSTILE = (
    _UnexplainedError,
    UnaccountedBytesError,
    OddSyntaxError,
    NotDrawableError,
    pikepdf.PdfError,
)
"""What a hostile or damaged file is answered with; anything else is a fault of ours."""


def compare_later(
    document: bytes, signatures: Sequence[tuple[tuple[int, ...], int | None]]
) -> list[Addition]:
    """What was added after each signature.

    Args:
        document: The file.
        signatures: Byte range as written, and DocMDP /P (``None`` if it is no certification).
    """
    comparison = _Comparison(document, [sum(byte_range[2:4]) for byte_range, _ in signatures])
    try:
        found = [comparison.compare(*signature) for signature in signatures]
        return comparison.with_pictures(found)
    except (MemoryError, RecursionError, TooLargeToDrawError):
        ends = comparison.ends
        return [
            Addition(later=Later.NOTHING if end == len(document) else Later.NOT_COMPARED)
            for end in ends
        ]


class _Comparison:
    def __init__(self, document: bytes, ends: list[int]) -> None:
        self._document, self.ends = document, ends
        self._regions: dict[tuple[int, int], AppendedRevision] = {}
        self._steps: dict[tuple[int, bool], _Step] = {}
        self._states: dict[int, pikepdf.Pdf] = {}

    @cached_property
    def _reader(self) -> PdfFileReader:
        with _asking_pyhanko():
            reader = PdfFileReader(BytesIO(self._document), strict=False)
            if reader.encrypted:
                reader.decrypt("")
            return reader

    @cached_property
    def _our_ends(self) -> tuple[int, ...]:
        """Where a revision ends after which only our archiver's follow."""
        layout = read_layout(self._document)
        return () if layout is None else find_whole_ends(self._document, layout)

    @cached_property
    def _is_too_large(self) -> bool:
        if len(self._document) > _SIZE_LIMIT:
            return True
        with _opened(self._document) as pdf:
            size = int(pdf.trailer.get("/Size", 0))
        revisions = 1 + self._document.count(b"startxref", min(self.ends))
        # What the trailer says is a beginning; then what the sections list.
        return size * revisions > _WORK_LIMIT or self._count_entries() * revisions > _WORK_LIMIT

    def _count_entries(self) -> int:
        xrefs = self._reader.xrefs
        sections = map(xrefs.get_xref_data, range(xrefs.total_revisions))
        return sum(len(one.standard_xrefs) + len(one.xrefs_in_objstm) for one in sections)

    def compare(self, byte_range: tuple[int, ...], permission: int | None) -> Addition:
        covered_end = sum(byte_range[2:4])
        if covered_end == len(self._document):
            return Addition(later=Later.NOTHING)
        if covered_end in self._our_ends:
            return Addition(later=Later.ARCHIVED_BY_US)
        try:
            if self._is_too_large:
                return Addition(later=Later.NOT_COMPARED)
            return self._compare(byte_range, covered_end, permission)
        except _HOSTILE:
            return Addition(later=Later.CHANGED)

    def with_pictures(self, found: list[Addition]) -> list[Addition]:
        """Of those that would pass, only what looks the same still does."""
        passing = [place for place, one in enumerate(found) if one.later in _ORDER[:2]]
        if not passing:
            return found
        revisions = [self._document[: self.ends[place]] for place in passing]
        try:
            unlike = {passing[place] for place in find_unlike(revisions, self._document)}
        except NotDrawableError:
            unlike = set(passing)
        changed = Addition(later=Later.CHANGED)
        return [changed if place in unlike else one for place, one in enumerate(found)]

    def _compare(
        self, byte_range: tuple[int, ...], covered_end: int, permission: int | None
    ) -> Addition:
        revision = self._signed_revision(covered_end)
        locked = self._locked_fields(byte_range, revision)
        steps = list(self._steps_after(revision, covered_end, certified=permission is not None))
        fields = frozenset().union(*(step.fields for step in steps))
        if locked is not None and any(map(locked.is_locked, fields)):
            return Addition(later=Later.CHANGED)
        return _sum_up(steps, fields)

    @cached_property
    def _signatures(self) -> dict[tuple[tuple[int, ...], int], FieldMDPSpec | None]:
        """What each signature locks, by its byte range and the revision that it was written in."""
        with _asking_pyhanko():
            return dict(_read_signatures(self._reader))

    def _locked_fields(self, byte_range: tuple[int, ...], revision: int) -> FieldMDPSpec | None:
        """What it locks, if its dictionary was last written in the revision that it signs."""
        if (byte_range, revision) not in self._signatures:
            raise _UnexplainedError
        return self._signatures[byte_range, revision]

    def _signed_revision(self, covered_end: int) -> int:
        begin = max(0, covered_end - _ENDING_SIZE)
        ending = _ENDING.search(self._document, begin, covered_end)
        startxref = None if ending is None else int(ending[1])
        xrefs = self._reader.xrefs
        for revision in range(xrefs.total_revisions):
            if xrefs.get_xref_container_info(revision).end_location > covered_end:
                break
            if xrefs.get_startxref_for_revision(revision) == startxref:
                return revision
        raise _UnexplainedError

    def _steps_after(self, revision: int, end: int, *, certified: bool) -> Iterator[_Step]:
        total, at = self._reader.xrefs.total_revisions, end
        for later in range(revision + 1, total):
            region = self._region(later, at)
            if (later, certified) not in self._steps:
                self._steps[later, certified] = self._step_or_change(
                    region, at, certified=certified
                )
            yield self._steps[later, certified]
            at = region.end
        if at != len(self._document):
            raise UnaccountedBytesError

    def _step_or_change(self, region: AppendedRevision, begin: int, *, certified: bool) -> _Step:
        """Compare one revision; unexplained changes are cached as well."""
        try:
            return self._step(region, begin, certified=certified)
        except _HOSTILE:
            return _Step(kind=Later.CHANGED)

    def _region(self, revision: int, at: int) -> AppendedRevision:
        if (revision, at) not in self._regions:
            region = read_appended_revision(self._document, self._reader, revision, at)
            self._regions[revision, at] = region
        return self._regions[revision, at]

    def _step(self, region: AppendedRevision, begin: int, *, certified: bool) -> _Step:
        found = self._review(region.number, certified=certified)
        if found.modification_level > ModificationLevel.FORM_FILLING:
            return _Step(kind=Later.CHANGED)
        before, after = self._state(begin), self._state(region.end)
        fields = frozenset(found.changed_form_fields)
        if shows_further_signature(before, after):
            return _Step(kind=Later.SIGNED_VISIBLY, fields=fields)
        if not fields <= self._signature_names:
            return _Step(kind=Later.FORM_FILLED, fields=fields)
        if not (shows_the_same(before, after) and is_regular(before)):
            return _Step(kind=Later.CHANGED, fields=fields)
        oddities = find_oddities(region, before, after)
        if adds_empty_field(before, after):
            oddities |= {"empty-field"}
        is_archival = found.modification_level <= ModificationLevel.LTA_UPDATES
        return _Step(
            kind=Later.ARCHIVAL if is_archival else Later.SIGNED,
            oddities=oddities,
            fields=fields,
            brings_material=not (is_archival and is_same_store(before, after)),
        )

    def _review(self, revision: int, *, certified: bool) -> DiffResult:
        """What pyHanko makes of one revision."""
        resolver = self._reader.get_historical_resolver
        with _asking_pyhanko():
            return POLICY.apply(
                old=resolver(revision - 1),
                new=resolver(revision),
                doc_mdp=MDPPerm.FILL_FORMS if certified else None,
            )

    @cached_property
    def _signature_names(self) -> frozenset[str]:
        with _asking_pyhanko():
            names = [name for name, _, _ in enumerate_sig_fields(self._reader)]
        if not all(isinstance(name, Hashable) for name in names):  # /T is no text
            raise _UnexplainedError
        return frozenset(names)

    def _state(self, end: int) -> pikepdf.Pdf:
        """The file up to there, opened; no more than two are kept."""
        if end not in self._states:
            if len(self._states) > 1:
                self._states.pop(min(self._states)).close()
            self._states[end] = _opened(self._document[:end])
        return self._states[end]


def _sum_up(steps: list[_Step], fields: frozenset[str]) -> Addition:
    oddities = frozenset[str]().union(*(step.oddities for step in steps))
    kind = max((step.kind for step in steps), key=_ORDER.index, default=Later.CHANGED)
    if kind in (Later.ARCHIVAL, Later.SIGNED):
        if not any(step.brings_material for step in steps):
            kind = Later.CHANGED
        elif oddities - _LAWFUL:
            kind = Later.UNUSUAL
    return Addition(
        later=kind,
        oddities=tuple(sorted(oddities)),
        fields=tuple(sorted(map(presentable, fields))),
    )


def _read_signatures(
    reader: PdfFileReader,
) -> Iterator[tuple[tuple[tuple[int, ...], int], FieldMDPSpec | None]]:
    for _, _, field in enumerate_sig_fields(reader, filled_status=True):
        value = field.get_object().raw_get("/V")
        signature = value.get_object()
        is_one = isinstance(signature, dict) and "/ByteRange" in signature
        # By subscript: only so pyHanko decrypts.
        numbers = signature["/ByteRange"] if is_one else None
        if isinstance(value, generic.IndirectObject) and isinstance(numbers, list):
            written_in = reader.xrefs.get_last_change(value.reference)
            yield (_integers(numbers), written_in), _locked_fields(signature)


def _integers(numbers: list[Any]) -> tuple[int, ...]:
    try:
        return tuple(map(int, numbers))
    except (TypeError, ValueError, ArithmeticError) as error:
        raise _UnexplainedError from error


def _locked_fields(signature: generic.DictionaryObject) -> FieldMDPSpec | None:
    references = signature.get("/Reference", _NONE).get_object()
    if not isinstance(references, generic.ArrayObject):
        raise _UnexplainedError
    for item in references:
        reference = item.get_object()
        if not isinstance(reference, generic.DictionaryObject):
            raise _UnexplainedError
        if reference["/TransformMethod"] == "/FieldMDP":
            return FieldMDPSpec.from_pdf_object(reference["/TransformParams"])
    return None


@contextmanager
def _asking_pyhanko() -> Iterator[None]:
    """Whatever its code raises on a hostile file means that it explains nothing.

    What code of ours raises inside, a rule of the policy or the reading of the signatures, is a
    fault of ours. So it looks at the type of what it gets, and says itself what is unexplained.
    """
    try:
        yield
    except (MemoryError, RecursionError, _UnexplainedError):
        raise
    except Exception as error:
        if was_raised_by_us(error.__traceback__):
            raise
        raise _UnexplainedError from error


def _opened(document: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(document), attempt_recovery=False, suppress_warnings=True)
