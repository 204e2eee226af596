"""Sealed files of ours with one more revision, written by hand and without any key.

Each draws a black bar over the first page in a viewer that draws annotations, and calls its drawing
validation material, so that a lax judge of later revisions takes it for an archive's.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_BAR = b"0 0 0 rg 60 560 420 70 re f"
_ENTRY = re.compile(rb"trailer\s*<<.*?/Root (\d+) 0 R.*?/Size (\d+)", re.DOTALL)
_OBJECT = rb"(?:^|\n)%d 0 obj\n(.*?)\nendobj"


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """Numbers of the objects that a forger adds."""

    bar: int
    field: int
    widget: int
    store: int
    page: int


Forgery = Callable[[_Parts], Mapping[int, bytes]]


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, len(content), content)


def _widget(parts: _Parts, *, rect: bytes, appearance: bytes, more: bytes = b"") -> bytes:
    return (
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Archive9) /F 4 /Rect [ %b ] "
        b"/P %d 0 R /AP << /N %b >> %b >>" % (rect, parts.page, appearance, more)
    )


def _form(entries: bytes = b"") -> bytes:
    return _stream(b"/Type /XObject /Subtype /Form %b" % entries, _BAR)


def _no_box(parts: _Parts) -> Mapping[int, bytes]:
    bar = b"%d 0 R" % parts.bar
    return {
        parts.bar: _form(),
        parts.widget: _widget(parts, rect=b"0 0 0 0", appearance=bar),
    }


def _point_outside(parts: _Parts) -> Mapping[int, bytes]:
    bar = b"%d 0 R" % parts.bar
    return {
        parts.bar: _form(),
        parts.widget: _widget(parts, rect=b"-9 -9 -9 -9", appearance=bar),
    }


def _states(parts: _Parts) -> Mapping[int, bytes]:
    states = b"<< /On %d 0 R >>" % parts.bar
    return {
        parts.bar: _form(),
        parts.widget: _widget(parts, rect=b"0 0 0 0", appearance=states, more=b"/AS /On"),
    }


def _kids(parts: _Parts) -> Mapping[int, bytes]:
    bar = b"%d 0 R" % parts.bar
    return {
        parts.bar: _form(),
        parts.field: b"<< /FT /Sig /T (Archive9) /Kids [ %d 0 R ] >>" % parts.widget,
        parts.widget: _widget(
            parts, rect=b"0 0 0 0", appearance=bar, more=b"/Parent %d 0 R" % parts.field
        ).replace(b"/T (Archive9) ", b""),
    }


def _whole_page(parts: _Parts) -> Mapping[int, bytes]:
    bar = b"%d 0 R" % parts.bar
    return {
        parts.bar: _form(b"/BBox [ 0 0 595 842 ] /Matrix [ 1 0 0 1 0 0 ]"),
        parts.widget: _widget(parts, rect=b"0 0 595 842", appearance=bar),
    }


def _printed_alone(parts: _Parts) -> Mapping[int, bytes]:
    bar = b"%d 0 R" % parts.bar
    widget = _widget(parts, rect=b"0 0 595 842", appearance=bar)
    return {
        parts.bar: _form(b"/BBox [ 0 0 595 842 ]"),
        parts.widget: widget.replace(b"/F 4 ", b"/F 36 "),  # Print, NoView
    }


FORGERIES: Mapping[str, Forgery] = {
    "no box": _no_box,
    "point outside": _point_outside,
    "states": _states,
    "kids": _kids,
    "whole page": _whole_page,
    "printed alone": _printed_alone,
}


def forged(
    sealed: bytes,
    forgery: Forgery,
    *,
    trailer: bytes = b"trailer\n",
) -> bytes:
    """A sealed file and one more revision.

    Args:
        sealed: A file as we seal it, or as we archive it.
        forgery: What is added.
        trailer: How the keyword is written; ours is followed by a blank.
    """
    root, size = (int(part) for part in _last(_ENTRY.findall(sealed)))
    page, body = _first_page(sealed)
    parts = _Parts(bar=size, field=size + 1, widget=size + 2, store=size + 3, page=page)
    added = dict(forgery(parts))
    catalog = _body(sealed, root)
    top = parts.field if parts.field in added else parts.widget
    catalog = _appended(catalog, b"/Fields", top)
    kept = re.search(rb"/DSS (\d+) 0 R", catalog)
    if kept is None:
        catalog = catalog.replace(b"<< ", b"<< /DSS %d 0 R " % parts.store, 1)
        added[parts.store] = b"<< /Type /DSS /Certs [ %d 0 R ] >>" % parts.bar
    else:
        added[int(kept[1])] = _appended(_body(sealed, int(kept[1])), b"/Certs", parts.bar)
    added |= {root: catalog, page: _annotated(body, parts.widget)}
    return _revision(
        sealed, added, root=root, size=max(size, *(number + 1 for number in added)), trailer=trailer
    )


def _annotated(page: bytes, widget: int) -> bytes:
    if b"/Annots [" in page:
        return _appended(page, b"/Annots", widget)
    return page.replace(b"<< ", b"<< /Annots [ %d 0 R ] " % widget, 1)


def _appended(body: bytes, name: bytes, number: int) -> bytes:
    """A dictionary with one more reference at the end of an array in it."""
    return re.sub(name + rb" \[([^\]]*)\]", name + rb" [\g<1>%d 0 R ]" % number, body, count=1)


def _first_page(sealed: bytes) -> tuple[int, bytes]:
    for number, body in re.findall(rb"(?:^|\n)(\d+) 0 obj\n(<<.*?>>)\nendobj", sealed, re.DOTALL):
        if re.search(rb"/Type /Page\b(?!s)", body) and b"stream" not in body:
            return int(number), _body(sealed, int(number))
    raise AssertionError


def _body(sealed: bytes, number: int) -> bytes:
    return bytes(_last(re.findall(_OBJECT % number, sealed, re.DOTALL)))


def _last(found: list[bytes]) -> bytes:
    return found[-1]


def _revision(
    sealed: bytes, objects: Mapping[int, bytes], *, root: int, size: int, trailer: bytes
) -> bytes:
    out, places = bytearray(sealed), {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n"
    for number, place in sorted(places.items()):
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    before = _last(re.findall(rb"startxref\s+(\d+)", sealed))
    end = sealed[sealed.rindex(b"trailer") :]
    kept = re.findall(rb"/ID \[.*?\]|/Info \d+ 0 R", end, re.DOTALL)
    out += b"%b<< /Root %d 0 R /Size %d /Prev %b %b >>\nstartxref\n%d\n%%%%EOF\n" % (
        trailer,
        root,
        size,
        before,
        b" ".join(kept),
        start,
    )
    return bytes(out)
