"""Comparing two files as rendered by a viewer, annotations and form fields included.

- What viewers draw decides, not what a file says of its rectangles and flags. PDFium is the engine
  of Chromium and of many readers of phones.
- Each page is drawn on the screen with its form, on paper with its form, and without any form,
  since an annotation can be meant for one of these alone.
- Work is bounded by pages and by pixels, never by the clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pypdfium2
from pypdfium2.raw import FPDF_PRINTING, FPDFPage_GetAnnotCount

from templates.checking_content import PDFIUM
from templates.errors import PaperDiffersError, PicturesNotComparedError

MOST_PAGES = 100
"""Longer files are not compared."""
_FINE_PAGES, _FINE, _COARSE = 10, 1.5, 1.0
"""Up to so many pages are drawn finer: pixels for each point."""
_MOST_PIXELS = 4_000_000
"""Of a picture; a larger page is drawn coarser. A page of A4 has 1.1 million at 108 an inch."""
_ODD_OBJECTS = (ValueError, TypeError, AttributeError, KeyError, IndexError, MemoryError)

Size = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A square on a page, in points from its upper left corner."""

    page_index: int
    """Page, counted from 0."""
    center_x: float
    center_y: float
    half: float
    """Half of its side."""


@dataclass(frozen=True, kw_only=True)
class _Cover:
    """Parts of a page that are not compared."""

    page_index: int = 0
    places: tuple[Place, ...] = ()
    edge_pt: float = 0


_NOTHING = _Cover()


@dataclass(frozen=True, kw_only=True)
class _Manner:
    """Rendering mode of a viewer."""

    with_form: bool
    flags: int = 0


_MANNERS = (
    _Manner(with_form=True),
    _Manner(with_form=True, flags=FPDF_PRINTING),
    _Manner(with_form=False),
)


def require_same_look(one: bytes, other: bytes) -> int:
    """Refuse two files of which a page looks different anywhere, and return their pages' number.

    Raises:
        PaperDiffersError: `pages` or `picture` differ, and on which page.
        PicturesNotComparedError: one cannot be drawn, or has too many pages.
    """
    counts = [_count(document) for document in (one, other)]
    if counts[0] != counts[1]:
        raise PaperDiffersError(part="pages", page=counts[1])
    if counts[0] > MOST_PAGES:
        raise PicturesNotComparedError(reason="too-long", pages=counts[0])
    scale = _FINE if counts[0] <= _FINE_PAGES else _COARSE
    for manner in _MANNERS:
        with _opened(one, manner) as first, _opened(other, manner) as second:
            for index in range(counts[0]):
                looks = []
                for pdf in (first, second):
                    with _page(pdf, index) as page:
                        looks.append(_look(page, manner, scale, _NOTHING))
                if looks[0] != looks[1]:
                    raise PaperDiffersError(part="picture", page=index + 1)
    return counts[0]


def require_nothing_on_top(
    document: bytes, places: tuple[Place, ...], *, edge_pt: float = 0
) -> None:
    """Refuse a file on whose pages annotations or fields draw anything outside of given places.

    Args:
        document: The file.
        places: Where a seal belongs.
        edge_pt: How wide a strip at the right edge of each page is a riding seal's.

    Raises:
        PaperDiffersError: `annotation`, and on which page.
        PicturesNotComparedError: it cannot be drawn, or has too many pages.
    """
    cover, drawn = _Cover(places=places, edge_pt=edge_pt), 0
    with _opened(document, _MANNERS[0]) as pdf:
        for index in range(len(pdf)):
            with _page(pdf, index) as page:
                # A field is drawn as an annotation of its page, or not at all.
                if not FPDFPage_GetAnnotCount(page):
                    continue
                drawn += 1
                if drawn > MOST_PAGES:
                    raise PicturesNotComparedError(reason="too-long", pages=drawn)
                if not _is_bare(page, replace(cover, page_index=index)):
                    raise PaperDiffersError(part="annotation", page=index + 1)


def _is_bare(page: pypdfium2.PdfPage, cover: "_Cover") -> bool:
    """Tell whether a page looks the same with what lies on it, in every manner, as without."""
    plain = {
        flags: _look(page, _Manner(with_form=False, flags=flags), _COARSE, cover, bare=True)
        for flags in {manner.flags for manner in _MANNERS}
    }
    return all(_look(page, manner, _COARSE, cover) == plain[manner.flags] for manner in _MANNERS)


@contextmanager
def _drawing() -> Iterator[None]:
    with PDFIUM:
        try:
            yield
        except (pypdfium2.PdfiumError, *_ODD_OBJECTS) as error:
            raise PicturesNotComparedError(reason="unreadable", pages=0) from error


def _count(document: bytes) -> int:
    with _drawing(), pypdfium2.PdfDocument(document) as pdf:
        return len(pdf)


@contextmanager
def _opened(document: bytes, manner: _Manner) -> Iterator[pypdfium2.PdfDocument]:
    # Opened and closed under the lock, but not held under it: others draw between two pages.
    with _drawing():
        pdf = pypdfium2.PdfDocument(document)
        if manner.with_form:
            pdf.init_forms()
    try:
        yield pdf
    finally:
        with _drawing():
            pdf.close()


@contextmanager
def _page(pdf: pypdfium2.PdfDocument, index: int) -> Iterator[pypdfium2.PdfPage]:
    with _drawing():
        page = pdf[index]
        try:
            yield page
        finally:
            page.close()


def _look(
    page: pypdfium2.PdfPage,
    manner: _Manner,
    scale: float,
    cover: "_Cover",
    *,
    bare: bool = False,
) -> tuple[Size, int, int, bytes]:
    width, height = page.get_size()
    scale = min(scale, (_MOST_PIXELS / max(width * height, 1)) ** 0.5)
    bitmap = page.render(
        scale=scale,
        draw_annots=not bare,
        may_draw_forms=manner.with_form and not bare,
        extra_flags=manner.flags,
    )
    for left, top, right, bottom in _covered(cover, width, height):
        _fill(bitmap, left * scale, top * scale, right * scale, bottom * scale)
    pixels, size = bytes(bitmap.buffer), (bitmap.width, bitmap.height)
    bitmap.close()
    return (width, height), *size, pixels


def _covered(
    cover: _Cover, width: float, height: float
) -> Iterator[tuple[float, float, float, float]]:
    for place in cover.places:
        if place.page_index == cover.page_index:
            x, y, half = place.center_x, place.center_y, place.half
            yield x - half, y - half, x + half, y + half
    if cover.edge_pt:
        yield width - cover.edge_pt, 0, width, height


def _fill(bitmap: pypdfium2.PdfBitmap, *edges: float) -> None:
    left, top, right, bottom = (round(edge) for edge in edges)
    bitmap.fill_rect((0, 0, 0, 255), left, top, right - left, bottom - top)
