"""Files made to cost the reader memory or time."""

import re
import zlib
from collections.abc import Callable
from functools import partial

from tests.attacks.anatomy import Anatomy, stream
from tests.support.seals import sealed_document

_MB = 1 << 20
_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 9 9 ] /Resources << >> >>"
_PAGES = b"<< /Type /Pages /Count 1 /Kids [ 3 0 R ] >>"
_FRAME = (_CATALOG, _PAGES, _PAGE)


def plain(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A plain file of these objects, the first of which is the catalog."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer << /Root 1 0 R /Size %d %b>>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(out) + end % (len(objects) + 1, trailer, at)


def foreign(*objects: bytes) -> bytes:
    """The same, laid out in a way that ours never is."""
    return plain(*objects).replace(b"trailer << ", b"trailer\n<< ")


def _repeated(item: bytes, size: int, *, end: bytes = b"/AA") -> bytes:
    return b"[ " + item * (size // len(item)) + end + b" ]"


def _deflated(size: int, head: bytes = b"") -> bytes:
    """Zeros that take a thousandth of their size."""
    packer = zlib.compressobj(1)
    parts = [packer.compress(head), *(packer.compress(bytes(_MB)) for _ in range(size // _MB))]
    return b"".join([*parts, packer.flush()])


def _object_stream(data: bytes, entries: bytes) -> bytes:
    """A file whose page lies in an object stream."""
    packed = stream(data, b"/Type /ObjStm /N 1 /First 4 " + entries)
    return _with_stream_table(packed, {2: (2, 4, 0), 3: (2, 4, 1)})


def _with_stream_table(
    packed: bytes, rows: dict[int, tuple[int, int, int]], entries: bytes = b""
) -> bytes:
    head = b"%%PDF-1.7\n1 0 obj\n%b\nendobj\n" % _CATALOG
    out = head + b"4 0 obj\n%b\nendobj\n" % packed
    rows = {1: (1, 9, 0), 4: (1, len(head), 0), 5: (1, len(out), 0), **rows}
    table = b"".join(
        b"%c%b%c" % (kind, where.to_bytes(4), index)
        for _, (kind, where, index) in sorted(rows.items())
    )
    head = b"/Type /XRef /Size 6 /Index [ 1 5 ] /W [ 1 4 1 ] /Root 1 0 R " + entries
    section = stream(table, head)
    return out + b"5 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (section, len(out))


def _huge_table(entries: bytes) -> bytes:
    """A cross-reference stream that announces or unpacks to gigabytes."""
    out = b"%PDF-1.7\n"
    section = stream(
        _deflated(256 * _MB), b"/Type /XRef /Root 1 0 R /Filter /FlateDecode " + entries
    )
    return out + b"5 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (section, len(out))


def _sections(count: int) -> bytes:
    """As many cross-reference sections, each naming the one before."""
    out = bytearray(plain(*_FRAME))
    at = int(out[out.rindex(b"startxref") + 9 :].split()[0])
    for _ in range(count):
        start = len(out)
        entries = b"<< /Root 1 0 R /Size 4 /Prev %d >>" % at
        out += b"xref\n0 0\ntrailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (entries, start)
        at = start
    return bytes(out)


def _kids_shared(make: Callable[..., bytes], width: int) -> bytes:
    """Field trees whose branches are shared: 16 levels of so many kids each."""
    levels = [
        b"<< /T (a) /Kids [ %b] >>" % (b"%d 0 R " % (number + 1) * width) for number in range(4, 20)
    ]
    form = _CATALOG.replace(b" >>", b" /AcroForm << /Fields [ 4 0 R ] >> >>")
    return make(form, _PAGES, _PAGE, *levels, b"<< /T (b) >>")


def _revised(document: bytes) -> bytes:
    """A plain file with one revision more, which writes its catalog anew as an archive's does."""
    start = document.index(b"1 0 obj\n")
    catalog = document[start : document.index(b"endobj\n", start)] + b"endobj\n"
    size, before = (document.rpartition(mark)[2].split()[0] for mark in (b"/Size ", b"startxref\n"))
    table = b"xref\n1 1\n%010d 00000 n \n" % len(document)
    trailer = b"trailer << /Root 1 0 R /Size %b /Prev %b >>\n" % (size, before)
    end = b"startxref\n%d\n%%%%EOF\n" % (len(document) + len(catalog))
    return document + catalog + table + trailer + end


def _pages(make: Callable[..., bytes], count: int) -> bytes:
    kids = b"".join(b"%d 0 R " % number for number in range(3, 3 + count))
    tree = b"<< /Type /Pages /Count %d /Kids [ %b] >>" % (count, kids)
    return make(_CATALOG, tree, *[_PAGE] * count)


def _page_repeated(make: Callable[..., bytes], size: int) -> bytes:
    tree = b"<< /Type /Pages /Count 1 /Kids [ %b] >>" % (b"3 0 R " * (size // 6))
    return make(_CATALOG, tree, _PAGE)


def _veiled(veil: bytes, unveiled: bytes) -> bytes:
    """Form fields that pass for the data of a stream if the word alone is looked for."""
    form = _CATALOG.replace(b" >>", b" /AcroForm 4 0 R >>")
    fields = b"/Fields " + _repeated(b"[]", 8 * _MB)
    return plain(form, _PAGES, _PAGE, b"<< %b %b >>\n%%endstream" % (veil + unveiled, fields))


def _many_rows(count: int) -> bytes:
    """A table of so many objects, none of which is there."""
    document = plain(*_FRAME)
    at, trailer_at = document.index(b"xref\n"), document.index(b"trailer ")
    rows = b"".join(b"%010d 00000 n \n" % number for number in range(1, count))
    table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (count, rows)
    return document[:at] + table + document[trailer_at:].replace(b"/Size 4 ", b"/Size %d " % count)


def _many_keys(size: int) -> bytes:
    return b"<< %b /AB << /AA 1 >> >>" % b"".join(b"/%x 0" % number for number in range(size // 9))


_CONTENTS: dict[str, Callable[[int], bytes]] = {
    "dictionaries": lambda size: _repeated(b"<<>>", size),
    "arrays": lambda size: _repeated(b"[]", size),
    "names": lambda size: _repeated(b"/a", size),
    "numbers": lambda size: _repeated(b"0 ", size),
    "references": lambda size: _repeated(b"3 0 R ", size),
    "strings": lambda size: _repeated(b"()", size),
    "one long name": lambda size: b"/" + b"A" * size,
    "one long string": lambda size: b"(" + b"A" * size + b")",
    "one long number": lambda size: b"1" * size,
    "arrays in arrays": lambda size: b"[" * (size // 2) + b"]" * (size // 2),
    "dictionaries in dictionaries": lambda size: (
        b"<</A" * (size // 6) + b" 0" + b">>" * (size // 6)
    ),
    "keys": _many_keys,
    "white space": lambda size: b" " * size + b"null",
    "slashes in a stream": lambda size: stream(b"/" * size),
    "a stream": lambda size: stream(b"\x00" * size),
}
_LARGEST_IN_PROCESS = 120 << 10

BOMBS: dict[str, Callable[[], bytes]] = {
    **{
        f"foreign, of {name}": partial(lambda make: foreign(*_FRAME, make(8 * _MB)), make)
        for name, make in _CONTENTS.items()
    },
    **{
        f"plain, of {name}": partial(lambda make: plain(*_FRAME, make(_LARGEST_IN_PROCESS)), make)
        for name, make in _CONTENTS.items()
    },
    **{
        f"large and plain, of {name}": partial(lambda make: plain(*_FRAME, make(60 * _MB)), make)
        for name, make in _CONTENTS.items()
        if name in ("white space", "one long string", "slashes in a stream", "a stream")
    },
    "object stream of 256 MB": lambda: _object_stream(
        _deflated(256 * _MB, b"2 0 "), b"/Filter /FlateDecode "
    ),
    "object stream packed twice": lambda: _object_stream(
        zlib.compress(_deflated(512 * _MB, b"2 0 "), 1), b"/Filter [ /FlateDecode /FlateDecode ] "
    ),
    "object stream that extends itself": lambda: _object_stream(b"3 0 << >>", b"/Extends 4 0 R "),
    "object stream in itself": lambda: _with_stream_table(
        stream(b"4 0 << >>", b"/Type /ObjStm /N 1 /First 4 "),
        {2: (2, 4, 0), 3: (2, 4, 0), 4: (2, 4, 0)},
    ),
    "table of 256 MB": lambda: _huge_table(b"/Size 80000000 /W [ 1 4 1 ] "),
    "table of two thousand million rows": lambda: _huge_table(
        b"/Size 2147483647 /W [ 0 0 0 ] /Index [ 0 2147483646 ] "
    ),
    "table with columns of 1 GB": lambda: _huge_table(
        b"/Size 5 /W [ 1 4 1 ] /DecodeParms << /Predictor 12 /Columns 1073741823 >> "
    ),
    "size of two thousand million": lambda: plain(*_FRAME).replace(
        b"/Size 4 ", b"/Size 2147483647 "
    ),
    "rows that are not there": lambda: plain(*_FRAME).replace(
        b"xref\n0 4\n", b"xref\n0 99999999\n"
    ),
    "a million rows": lambda: _many_rows(999_999),
    "entries of the trailer": lambda: plain(*_FRAME, trailer=b"/X %b " % _repeated(b"[]", 8 * _MB)),
    "fields behind a stream in a string": lambda: _veiled(b"/X (\nstream\n", b")"),
    "fields behind a stream in a hexadecimal string": lambda: _veiled(b"/X <\nstream\n", b">"),
    "fields behind a stream in a comment": lambda: _veiled(b"%", b"\nstream\n"),
    "fields behind a stream in an array": lambda: _veiled(b"/X [ >> << ", b"\nstream\n ]"),
    "ten thousand sections": lambda: _sections(10_000),
    "shared kids, plain": lambda: _kids_shared(plain, 500),
    "shared kids, foreign": lambda: _kids_shared(foreign, 500),
    "shared kids, and a revision behind them": lambda: _revised(_kids_shared(plain, 20)),
    "pages, plain": lambda: _pages(plain, 1_400),
    "pages, foreign": lambda: _pages(foreign, 100_000),
    "one page many times, plain": lambda: _page_repeated(plain, _LARGEST_IN_PROCESS),
    "one page many times, foreign": lambda: _page_repeated(foreign, 4 * _MB),
    "header and nothing": lambda: b"%PDF-1.7\n" + bytes(60 * _MB),
    "ends only": lambda: b"%PDF-1.7\n" + b"startxref\n0\n%%EOF\n" * (3 * _MB),
    "objects without a table": lambda: b"%PDF-1.7\n" + b"1 0 obj\n<<>>\nendobj\n" * _MB,
    "random names before the end": lambda: sealed_document() + b"/A " * (20 * _MB),
}


def many_fields(document: bytes, count: int) -> bytes:
    """A sealed file whose one signature is the value of many fields, and which is large."""
    old = Anatomy.of(document)
    field = re.sub(rb"/T \(Seal\)", b"/T (x)", old.objects[old.widget])
    numbers = [old.add(field) for _ in range(count)]
    listed = b"".join(b"%d 0 R " % number for number in numbers)
    old.replace(old.catalog, b"/Fields [ ", b"/Fields [ " + listed)
    old.add(stream(b"\x00" * (50 * _MB)))
    return old.write()
