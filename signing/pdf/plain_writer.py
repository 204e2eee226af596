"""Write a document as a plain file (:mod:`signing.pdf.file_layout`): one classical table, no more.

* Every object of the document is written under its own number, referenced or not, so what was
  looked at is what gets sealed; nothing is decoded or compressed anew, but for the next point.
* What the layout has no room for is written another way that means the same: a stream that is
  stored as it is and has the word ``startxref`` in it, as a PDF attached to a PDF has, is deflated;
  values nested deeply in a stream's dictionary become objects of their own.
* Containers of compressed objects are left out: their objects stand in the open.
* The same document gives the same bytes; its identifier is made from them.

Writing through pikepdf takes twice as long, most of it in thousands of small writes.
"""

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from signing.errors import InputNotPdfError

_CONTAINERS = (Name.ObjStm, Name.XRef)
_GAP = (b"null", None)
_GAPS_LIMIT = 64
_IDENTIFIER_SIZE = 16
_IDENTIFIER_LIMIT = 128
_UNSAFE = frozenset(b"/#<>")
_END_MARK = b"startxref"
_NESTING = 4  # of a stream's dictionary, itself included; :mod:`signing.pdf.file_layout` reads it

Body = tuple[bytes, bytes | None]
"""A serialised object, of a stream its dictionary, and the stream's bytes as stored."""


@dataclass(frozen=True, kw_only=True)
class PlainFile:
    """A written file."""

    content: bytes
    """All of it."""

    text: bytes
    """Its objects without the bytes of streams; names have no needless escapes."""


def is_writable(pdf: pikepdf.Pdf) -> bool:
    """Whether object numbers can be kept: all of generation 0, and few gaps."""
    numbers = [item.objgen for item in _objects(pdf)]
    highest = max(number for number, _ in numbers)
    return highest <= len(numbers) + _GAPS_LIMIT and not any(again for _, again in numbers)


def renumber(pdf: pikepdf.Pdf) -> bytes:
    """The document with object numbers that can be kept."""
    out = BytesIO()
    pdf.save(
        out,
        compress_streams=False,
        static_id=True,
        fix_metadata_version=False,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
    )
    return out.getvalue()


def write_plain(pdf: pikepdf.Pdf, given: Mapping[int, Body] | None = None) -> PlainFile:
    """Write a document that :func:`is_writable`.

    Args:
        pdf: The document, opened so that numbers stay objects (``conversion_mode="explicit"``).
        given: Objects already serialised, by their number; they replace those of the document.

    Raises:
        InputNotPdfError: Something refers to a container of compressed objects.
    """
    _flatten(pdf)
    bodies, left_out = _serialise(pdf, given or {})
    parts = [b"%%PDF-%b\n%%\xbf\xf7\xa2\xfe\n" % pdf.pdf_version.encode("ascii")]
    at, entries = len(parts[0]), [b"0000000000 65535 f \n"]
    for number in range(1, max(bodies) + 1):
        body, stream = bodies.get(number, _GAP)
        part = b"%d 0 obj\n%b\n" % (number, body)
        if stream is None:
            part += b"endobj\n"
        else:
            part = b"".join((part, b"stream\n", stream, b"\nendstream\nendobj\n"))
        parts.append(part)
        entries.append(b"%010d 00000 n \n" % at)
        at += len(part)
    text = b"\n".join([body for body, _ in bodies.values()])
    if any(b" %d 0 R" % number in text for number in left_out):
        raise InputNotPdfError
    content = b"".join(parts)
    return PlainFile(content=content + _table(pdf, content, entries), text=text)


def _objects(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    listed: Iterable[pikepdf.Object | None] = iter(pdf.objects)
    return [item for item in listed if item is not None]  # null, as a gap is


def _serialise(pdf: pikepdf.Pdf, given: Mapping[int, Body]) -> tuple[dict[int, Body], list[int]]:
    bodies, left_out = dict(given), []
    for item in _objects(pdf):
        number = item.objgen[0]
        if number in given:
            continue
        if not isinstance(item, Stream):
            bodies[number] = item.unparse(resolved=True), None
            continue
        dictionary = item.stream_dict
        if dictionary.get("/Type") in _CONTAINERS:
            left_out.append(number)
        else:
            bodies[number] = _stream_body(dictionary, item.read_raw_bytes())
    return bodies, left_out


def _stream_body(dictionary: pikepdf.Object, stored: bytes) -> Body:
    if _END_MARK not in stored or "/Filter" in dictionary:
        return dictionary.unparse(), stored
    packed = zlib.compress(stored, 9)
    known = {key: value for key, value in dictionary.items() if key != "/DecodeParms"}
    own = Dictionary(known | {"/Filter": Name.FlateDecode, "/Length": len(packed)})
    return own.unparse(), packed


def _flatten(pdf: pikepdf.Pdf) -> None:
    """Take out of the dictionaries of streams what is nested more deeply than the layout reads."""
    for item in _objects(pdf):
        if not isinstance(item, Stream):
            continue
        dictionary = item.stream_dict
        for key in list(dictionary.keys()):
            value = dictionary[key]
            if _depth(value) >= _NESTING:
                dictionary[key] = pdf.make_indirect(value)


def _depth(value: object) -> int:
    """How deeply a value is nested, without what it refers to."""
    if not isinstance(value, Dictionary | Array) or value.is_indirect:
        return 0
    parts: Iterable[object] = value if isinstance(value, Array) else value.values()
    return 1 + max(map(_depth, parts), default=0)


def _table(pdf: pikepdf.Pdf, content: bytes, entries: list[bytes]) -> bytes:
    identifier = hashlib.sha256(content).hexdigest()[: 2 * _IDENTIFIER_SIZE].encode("ascii")
    known = _declared_identifier(pdf).hex().encode("ascii") or identifier
    info = pdf.trailer.get("/Info")
    return b"".join(
        (
            b"xref\n0 %d\n" % len(entries),
            *entries,
            b"trailer << ",
            b"" if info is None else b"/Info %b " % info.unparse(),
            b"/Root %b /Size %d " % (pdf.Root.unparse(), len(entries)),
            b"/ID [<%b><%b>] >>\n" % (known, identifier),
            b"startxref\n%d\n%%%%EOF\n" % len(content),
        )
    )


def _declared_identifier(pdf: pikepdf.Pdf) -> bytes:
    """The document's own identifier, unless it could be taken for other parts of a trailer."""
    declared = pdf.trailer.get("/ID")
    first = declared[0] if isinstance(declared, Array) and len(declared) else None
    if not isinstance(first, pikepdf.String) or len(bytes(first)) > _IDENTIFIER_LIMIT:
        return b""
    # An archive revision writes it as it is spelled here; digits are safe.
    is_safe = first.unparse().startswith(b"<") or not _UNSAFE.intersection(bytes(first))
    return bytes(first) if is_safe else b""
