"""Draw the pages of two revisions as viewers draw them, and ask whether one pixel differs.

A third opinion beside two comparisons of objects: whatever those overlook, people do not see it
unless it is drawn. PDFium draws as Chromium and many viewers do, annotations and fields included.

* What it costs is known before: pages times pixels. Many or large pages are drawn smaller; when
  they would have to be too small, nothing is drawn.
* A page that cannot be drawn is compared with nothing.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from functools import partial

import pypdfium2

_PIXELS = 120 << 20
"""Of all pages of all revisions together; 4 s of processor for dense text."""

_DRAWINGS = 1000
_PAGE_PIXELS = 4 << 20
_LEAST_SCALE = 0.3
"""Of 1 pixel for a point; below, letters are grey dust."""

_Size = tuple[float, float]


class TooLargeToDrawError(Exception):
    """There is more than may be drawn; internal to the validator."""


class NotDrawableError(Exception):
    """PDFium cannot open or draw it; internal to the validator."""


def find_unlike(revisions: Iterable[bytes], document: bytes) -> list[int]:
    """Places of the revisions that do not look as the document does.

    Args:
        revisions: Earlier revisions of it.
        document: The whole file.

    Raises:
        NotDrawableError: One of them cannot be drawn.
        TooLargeToDrawError: They would cost too much.
    """
    earlier = list(revisions)
    sizes = _page_sizes(document)
    scale = _scale_for(sizes, 1 + len(earlier))
    look = _draw(document, sizes, scale)
    return [
        place
        for place, revision in enumerate(earlier)
        if _page_sizes(revision) != sizes or _draw(revision, sizes, scale) != look
    ]


def _scale_for(sizes: Sequence[_Size], revisions: int) -> float:
    if len(sizes) * revisions > _DRAWINGS:
        raise TooLargeToDrawError
    points = sum(min(_area(size), _PAGE_PIXELS) for size in sizes) * revisions
    scale = min(1.0, math.sqrt(_PIXELS / max(points, 1)))
    if scale < _LEAST_SCALE:
        raise TooLargeToDrawError
    return scale


def _area(size: _Size) -> float:
    width, height = size
    area = width * height
    if not (math.isfinite(area) and width > 0 and height > 0):
        raise NotDrawableError
    return area


def _page_sizes(document: bytes) -> list[_Size]:
    pdf = _open(document)
    try:
        return [pdf.get_page_size(index) for index in range(min(len(pdf), _DRAWINGS + 1))]
    except pypdfium2.PdfiumError as error:
        raise NotDrawableError from error
    finally:
        pdf.close()


def _draw(document: bytes, sizes: Sequence[_Size], scale: float) -> list[bytes]:
    """A digest of each page's picture."""
    pdf = _open(document)
    try:
        pdf.init_forms()  # else fields are not drawn
        return list(map(partial(_draw_page, pdf, scale), range(len(sizes)), sizes))
    except pypdfium2.PdfiumError as error:
        raise NotDrawableError from error
    finally:
        pdf.close()


def _draw_page(pdf: pypdfium2.PdfDocument, scale: float, index: int, size: _Size) -> bytes:
    smaller = min(1.0, math.sqrt(_PAGE_PIXELS / _area(size)))
    page = pdf[index]
    picture = page.render(scale=scale * smaller, draw_annots=True, may_draw_forms=True)
    try:
        return hashlib.sha256(picture.buffer).digest()
    finally:
        picture.close()
        page.close()


def _open(document: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(document)
    except pypdfium2.PdfiumError as error:
        raise NotDrawableError from error
