"""Ways in which a later revision can be spelled, each lawful or nearly so for some reader."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from tests.attacks.later_bytes import Draft, last_startxref, stream
from tests.support.seals import NOW, timestamp_authority

Spell = Callable[[Draft], bytes]

_RANGE = b"/ByteRange [ 0 9999999999 9999999999 9999999999 ]"
_HOLE = re.compile(rb"/Contents (<0+>)")
_ROOM = 4096


def stamp_body() -> bytes:
    """A document timestamp whose hole :func:`stamped` fills."""
    head = b"<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 "
    return head + _RANGE + b" /Contents <" + b"0" * 2 * _ROOM + b"> >>"


def stamped(document: bytes, *, at: datetime) -> bytes:
    """With a timestamp bought from a trusted authority, if there is room for one."""
    place = document.rfind(_RANGE)
    hole = None if place < 0 else _HOLE.search(document, place)
    if hole is None:
        return document
    start, end = hole.span(1)
    numbers = b"/ByteRange [ 0 %d %d %d ]" % (start, end, len(document) - end)
    rest = document[place + len(_RANGE) :]
    document = document[:place] + numbers.ljust(len(_RANGE)) + rest
    token = timestamp_authority(at=at).timestamp(
        hashlib.sha256(document[:start] + document[end:]).digest()
    )
    digits = token.hex().encode().ljust(end - start - 2, b"0")
    return document[: start + 1] + digits + document[end - 1 :]


def blanked(document: bytes) -> bytes:
    """The file with room again for its last timestamp."""
    place = document.rindex(b"/ByteRange [ 0 ")
    end = document.index(b"/Contents <", place)
    close = document.index(b">", end)
    head = document[:place] + _RANGE.ljust(end - place)
    return head + b"/Contents <" + b"0" * (close - end - 11) + document[close:]


@dataclass(frozen=True, kw_only=True)
class _Table:
    """A classical table, and white space as somebody else writes it."""

    eol: bytes = b"\n"
    row_end: bytes = b" \n"
    after_trailer: bytes = b" "
    before_end: bytes = b""
    apart: bool = False
    """Each row in a section of its own, the head of the free list first."""
    wide: bool = False
    """White space wherever it may be."""
    more: bytes = b""
    """Further entries of the trailer."""

    def __call__(self, draft: Draft) -> bytes:
        return _with_table(self, draft, draft.new)


def _with_table(style: _Table, draft: Draft, objects: Mapping[int, bytes]) -> bytes:
    eol = style.eol
    out = bytearray(_started(draft))
    offsets = _write(out, objects, eol)
    at = len(out)
    out += b"xref" + eol
    if style.apart:
        out += b"0 1" + eol + b"0000000000 65535 f" + style.row_end
    for first, rows in _sections(offsets, apart=style.apart):
        out += b"%d %d" % (first, len(rows)) + eol
        out += b"".join(b"%010d 00000 n" % row + style.row_end for row in rows)
    gap = eol * 2 + b" \t" if style.wide else eol
    out += b"trailer" + style.after_trailer + _trailer(draft, style.more) + gap
    out += style.before_end + b"startxref" + gap + b"%d" % at + eol + b"%%EOF" + eol
    return bytes(out)


def _started(draft: Draft) -> bytes:
    document = draft.document
    return document if document.endswith((b"\n", b"\r")) else document + b"\n"


def _write(out: bytearray, objects: Mapping[int, bytes], eol: bytes = b"\n") -> dict[int, int]:
    offsets = {}
    for number, body in sorted(objects.items()):
        offsets[number] = len(out)
        out += b"%d 0 obj" % number + eol + body + eol + b"endobj" + eol
    return offsets


def _sections(offsets: Mapping[int, int], *, apart: bool) -> Iterable[tuple[int, list[int]]]:
    numbers = sorted(offsets)
    breaks = [i for i, (one, two) in enumerate(pairwise(numbers), 1) if apart or two != one + 1]
    for start, end in pairwise([0, *breaks, len(numbers)]):
        yield numbers[start], [offsets[number] for number in numbers[start:end]]


def _trailer(draft: Draft, more: bytes = b"", *, extra: int = 0) -> bytes:
    kept = {key: draft.trailer[key] for key in (b"/Info", b"/Root") if key in draft.trailer}
    head = b"".join(b"%b %b " % item for item in kept.items())
    size, previous = draft.size + extra, last_startxref(draft.document)
    identifier = _identifier(draft)
    return b"<< %b/Size %d /Prev %d %b%b>>" % (head, size, previous, more, identifier)


def _identifier(draft: Draft) -> bytes:
    """As this package writes it: the second half is a digest."""
    declared = draft.trailer.get(b"/ID")
    if declared is None:
        return b""
    first = re.match(rb"\[\s*(\((?:[^()\\]|\\.)*\)|<[^>]*>)", declared, re.DOTALL)
    assert first is not None
    return b"/ID [%b<%b>] " % (first[1], hashlib.md5(b"later").hexdigest().encode())  # noqa: S324


def _cross_references(
    draft: Draft, rows: Mapping[int, tuple[int, int, int]], entries: Mapping[bytes, bytes]
) -> bytes:
    """The body of a cross-reference stream."""
    numbers = sorted(rows)
    index = b" ".join(b"%d 1" % number for number in numbers)
    packed = b"".join(
        b"%c%b%b" % (kind, one.to_bytes(4, "big"), two.to_bytes(2, "big"))
        for kind, one, two in (rows[number] for number in numbers)
    )
    kept = {key: draft.trailer[key] for key in (b"/Info", b"/Root", b"/ID") if key in draft.trailer}
    own = {b"/Type": b"/XRef", b"/W": b"[ 1 4 2 ]", b"/Index": b"[ %b ]" % index}
    return stream(packed, {**own, **kept, **entries})


def _with_cross_reference_stream(draft: Draft) -> bytes:
    """ISO 32000-2 7.5.8."""
    return _with_streams(draft, draft.new, packed={})


def _with_streams(
    draft: Draft, objects: Mapping[int, bytes], packed: Mapping[int, tuple[int, int]]
) -> bytes:
    out = bytearray(_started(draft))
    rows = {number: (1, at, 0) for number, at in _write(out, objects).items()}
    rows |= {number: (2, *place) for number, place in packed.items()}
    number = max([*rows, draft.size - 1]) + 1
    at = len(out)
    rows[number] = (1, at, 0)
    entries = {
        b"/Size": b"%d" % (number + 1),
        b"/Prev": b"%d" % last_startxref(draft.document),
    }
    out += b"%d 0 obj\n%b\nendobj\n" % (number, _cross_references(draft, rows, entries))
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % at


def _with_object_stream(draft: Draft) -> bytes:
    """What is no stream lies in an object stream (7.5.7)."""
    inside = {
        number: body
        for number, body in draft.new.items()
        if b"stream\n" not in body and number not in draft.outside
    }
    head, bodies = b"", b""
    for number, body in sorted(inside.items()):
        head += b"%d %d " % (number, len(bodies))
        bodies += body + b"\n"
    entries = {b"/Type": b"/ObjStm", b"/N": b"%d" % len(inside), b"/First": b"%d" % len(head)}
    holder = draft.size
    rest = {number: body for number, body in draft.new.items() if number not in inside}
    places = {number: (holder, index) for index, number in enumerate(sorted(inside))}
    return _with_streams(draft, rest | {holder: stream(head + bodies, entries)}, places)


def _hybrid(draft: Draft) -> bytes:
    """What is new lies behind /XRefStm, what replaces something in the table (7.5.8.4)."""
    hidden = {number: body for number, body in draft.new.items() if number not in draft.old}
    shown = {number: body for number, body in draft.new.items() if number in draft.old}
    out = bytearray(_started(draft))
    rows = {number: (1, at, 0) for number, at in _write(out, hidden).items()}
    at = len(out)
    holder = draft.size
    entries = {b"/Size": b"%d" % (holder + 1)}
    out += b"%d 0 obj\n%b\nendobj\n" % (holder, _cross_references(draft, rows, entries))
    offsets = _write(out, shown)
    table = len(out)
    out += b"xref\n"
    for number, listed in _sections(offsets, apart=False) if offsets else [(0, [])]:
        out += b"%d %d\n" % (number, len(listed))
        out += b"".join(b"%010d 00000 n \n" % row for row in listed)
    out += b"trailer " + _trailer(draft, b"/XRefStm %d " % at, extra=1)
    return bytes(out) + b"\nstartxref\n%d\n%%%%EOF\n" % table


def _in_two_revisions(draft: Draft) -> bytes:
    """What is new comes first, in a revision of its own; nothing leads to it until the next."""
    new = {number: body for number, body in draft.new.items() if number not in draft.old}
    rest = {number: body for number, body in draft.new.items() if number in draft.old}
    if not new or not rest:
        return SPELLINGS["as ours"](draft)
    first = _with_table(_Table(), draft, new)
    return _with_table(
        _Table(), Draft(document=first, old=draft.old | new, trailer=draft.trailer), rest
    )


SPELLINGS: dict[str, Spell] = {
    "as ours": _Table(),
    "a line break after trailer": _Table(after_trailer=b"\n"),
    "carriage returns": _Table(eol=b"\r\n", row_end=b"\r\n", after_trailer=b"\r\n"),
    "a comment before startxref": _Table(after_trailer=b"\n", before_end=b"%somebody-1.0\n"),
    "sections apart and white space": _Table(apart=True, wide=True, after_trailer=b" \t\n "),
    "a cross-reference stream": _with_cross_reference_stream,
    "an object stream": _with_object_stream,
    "a hybrid": _hybrid,
    "two revisions": _in_two_revisions,
}
"""How a revision is written, by name."""


def write_later(draft: Draft, spelling: str, *, at: datetime = NOW) -> bytes:
    """The file with the revision appended, timestamped if it holds a place for that."""
    return stamped(SPELLINGS[spelling](draft), at=at)
