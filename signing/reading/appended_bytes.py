"""Parse every byte that follows a signed revision.

* What was added are whole revisions (ISO 32000-2 7.5.6): objects, one cross-reference section, its
  end mark; in every spelling that the grammar allows (7.2, 7.3.8, 7.5.4, 7.5.5, 7.5.8).
* Each object begins where its section says, and the next thing begins where it ends; so nothing
  lies between them for a reader that repairs files, or that starts from another end mark. White
  space may, and comments that no such reader can take for anything.
* Streams are as long as they say.
* No entry points back into the signed bytes, where an object could wait to be swapped in, unless
  it says what the section before it said.
"""

import re
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import XRefSectionType

from signing.reading.object_syntax import (
    WrittenObject,
    read_object,
    read_text,
)

_WHITE = rb"[\x00\t\n\f\r ]"
_COMMENT = rb"%(?:(?!obj|stream|xref|trailer|EOF|PDF-)[^\r\n])*+[\r\n]"
_GAP = re.compile(rb"(?:" + _WHITE + b"|" + _COMMENT + rb")*+")
# ISO 32000-2 7.5.4: each entry is exactly 20 bytes long, its end of line included.
_TABLE = re.compile(
    rb"xref *(?:\r\n|\n|\r)"
    rb"(?:\d{1,10} \d{1,10} *(?:\r\n|\n|\r)(?:\d{10} \d{5} [nf](?: \n| \r|\r\n))*+)++"
    rb"trailer"
)
_LOOSE_TABLE = re.compile(rb"xref\s++(?:\d++\s++|[nf]\s++)*+trailer")
_END = re.compile(
    rb"startxref *(?:\r\n|\n|\r)(\d{1,10}) *(?:\r\n|\n|\r)%%EOF"
    rb"(?:" + _WHITE + rb"*+\Z|[\x00\t\f ]*+[\r\n]" + _WHITE + rb"*+)"
)
_LOOSE_END = re.compile(rb"startxref\s++(\d{1,10})\s++%%EOF(?:\Z|" + _WHITE + b"++)")
_SUBSECTION = re.compile(rb"(\d{1,10}) (\d{1,10}) *[\r\n]")


class UnaccountedBytesError(Exception):
    """Added bytes that are not a revision; internal to the validator."""


@dataclass(frozen=True, kw_only=True)
class AppendedRevision:
    """One revision that was added."""

    number: int
    """Counted from 0, the first of the file."""

    end: int
    """Offset after its last byte."""

    objects: tuple[WrittenObject, ...]
    """What stands in it, in this order; a cross-reference stream last."""

    section: int | None
    """Number of its cross-reference stream, which nothing refers to; ``None`` if it has a table."""

    packed: frozenset[int]
    """Numbers of its objects within object streams."""

    oddities: frozenset[str]
    """What is unusual about its form, though it can be read in one way only."""


def read_appended_revision(
    document: bytes, reader: PdfFileReader, revision: int, begin: int
) -> AppendedRevision:
    """One revision, which is there without gaps.

    Args:
        document: The file.
        reader: The same, read.
        revision: Which, counted from 0.
        begin: Where what lies before it ends.

    Raises:
        OddSyntaxError: An object of it is none.
        UnaccountedBytesError: Something else is there, or an entry points back.
    """
    return _Appended(document, reader, revision).read(begin)


class _Appended:
    def __init__(self, document: bytes, reader: PdfFileReader, revision: int) -> None:
        self._document, self._reader, self._revision = document, reader, revision
        self._oddities: set[str] = set()
        self._meta = reader.xrefs.get_xref_container_info(revision)
        if self._meta.xref_section_type not in (XRefSectionType.STANDARD, XRefSectionType.STREAM):
            raise UnaccountedBytesError  # hybrid: readers take one half or the other
        self._is_stream = self._meta.xref_section_type is XRefSectionType.STREAM
        self._data = reader.xrefs.get_xref_data(revision)

    def read(self, at: int) -> AppendedRevision:
        section = self._meta.declared_startxref
        numbers = self._offsets(at)
        objects = []
        stops = [*sorted(numbers.keys() - {section}), section]
        for start, stop in zip(stops, [*stops[1:], len(self._document)], strict=True):
            self._skip(at, start)
            if start == section:
                at, last = self._read_section(start)
                objects += last
                continue
            one = read_object(self._document, start, stop, self._length_of)
            if one.number != numbers[start]:
                raise UnaccountedBytesError
            objects.append(one)
            at = one.end
        return AppendedRevision(
            number=self._revision,
            end=at,
            objects=tuple(objects),
            section=objects[-1].number if self._is_stream else None,
            packed=frozenset(self._data.xrefs_in_objstm),
            oddities=frozenset(self._oddities),
        )

    def _offsets(self, begin: int) -> dict[int, int]:
        """Number of the object at each offset that the section gives; two share none."""
        offsets: dict[int, int] = {}
        for number, (generation, offset) in self._data.standard_xrefs.items():
            if offset < begin:
                self._require_known(number, generation, offset)
                self._oddities.add("entry-repeated")
            elif offset in offsets:
                raise UnaccountedBytesError
            else:
                offsets[offset] = number
        added = set(offsets.values())
        if not {ref.obj_stream_id for ref in self._data.xrefs_in_objstm.values()} <= added:
            raise UnaccountedBytesError  # an object packed away in the signed bytes
        return offsets

    def _require_known(self, number: int, generation: int, offset: int) -> None:
        reference = generic.Reference(number, generation, self._reader)
        before = self._reader.xrefs.get_historical_ref(reference, self._revision - 1)
        if before != offset:
            raise UnaccountedBytesError

    def _skip(self, at: int, start: int) -> None:
        """Nothing but white space and comments lies between."""
        if at > start or _GAP.fullmatch(self._document, at, start) is None:
            raise UnaccountedBytesError
        if b"%" in self._document[at:start]:
            self._oddities.add("comment")

    def _read_section(self, start: int) -> tuple[int, list[WrittenObject]]:
        if self._is_stream:
            stream = read_object(self._document, start, len(self._document), self._length_of)
            listed = self._data.standard_xrefs.get(stream.number)
            if listed is not None and listed[1] != start:
                raise UnaccountedBytesError
            return self._read_end(stream.end, start), [stream]
        table = _TABLE.match(self._document, start)
        if table is None:
            table = _LOOSE_TABLE.match(self._document, start)
            self._oddities.add("loose-table")
        if table is None:
            raise UnaccountedBytesError
        self._check_numbers(table[0])
        end = self._document.find(b"startxref", table.end())
        trailer, around = _split_trailer(self._document[table.end() : max(0, end)])
        if read_text(trailer).has_twins:
            self._oddities.add("key-repeated")
        if b"%" in around:
            self._oddities.add("comment")
        return self._read_end(end, start), []

    def _check_numbers(self, table: bytes) -> None:
        """No object has two entries."""
        numbers: list[int] = []
        for found in _SUBSECTION.finditer(table):
            numbers += range(int(found[1]), int(found[1]) + min(int(found[2]), len(table) // 18))
        if len(set(numbers)) < len(numbers):
            raise UnaccountedBytesError

    def _read_end(self, at: int, section: int) -> int:
        gap = _GAP.match(self._document, at)
        begin = at if gap is None else gap.end()
        self._skip(at, begin)
        found = _END.match(self._document, begin)
        if found is None:
            found = _LOOSE_END.match(self._document, begin)
            self._oddities.add("loose-end")
        if found is None or int(found[1]) != section:
            raise UnaccountedBytesError
        return found.end()

    def _length_of(self, number: int) -> int:
        reference = generic.Reference(number, 0, self._reader)
        value = self._reader.get_object(  # type: ignore[no-untyped-call]  # pyHanko's own
            reference, revision=self._revision
        )
        if not isinstance(value, int):
            raise UnaccountedBytesError
        return value


def _split_trailer(written: bytes) -> tuple[bytes, bytes]:
    """The dictionary, and what is about it."""
    begin, end = written.find(b"<<"), written.rfind(b">>") + 2
    around = written[: max(0, begin)] + b"\n" + written[end:]
    if begin < 0 or end < begin or _GAP.fullmatch(around) is None:
        raise UnaccountedBytesError
    return written[begin:end], around
