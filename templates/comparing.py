"""Whether a finished paper shows what its data says, in both directions.

- With the pack at hand the data is set again and the pages are compared: same number, same text,
  and, where the layout engine is the same, the same picture. What only one of the two has shows.
- Without it, only that every value is somewhere in the text can be told.
- A seal's own field is the only thing that may lie on a page, and it draws only where the layout
  keeps room for the seal; whatever else is drawn on top could hide what is below it. Where a riding
  seal lies, at the right edge outside of the text, no picture is compared.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pikepdf
import pypdfium2

from templates.checking_content import (
    PDFIUM,
    POINTS_PER_INCH,
    codes_seen,
    drawn_texts,
    page_texts,
    squeezed,
)
from templates.errors import PaperDiffersError, PicturesNotComparedError
from templates.face import Face
from templates.packs import TemplatePack
from templates.page_pictures import Place, require_nothing_on_top
from templates.rendering import RenderedDocument, Renderer, SealSlot

MOST_PAGES = 60
"""Longer papers are not compared; ours have one to ten pages."""

_ODD_OBJECTS = (ValueError, TypeError, AttributeError, KeyError, IndexError, NotImplementedError)
"""What an object of another kind than expected makes the libraries raise."""

_MM_PER_INCH = 25.4
_ROUNDING_MM = 0.5
"""How far the edge of a seal may show beside its room."""
_PICTURE_SCALE = 1.0
"""72 pixels an inch: a changed comma shows, and a page takes some 10 ms."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Extent of a comparison."""

    pages: int
    """Pages in it."""
    pictures: bool
    """Whether their pictures were compared too; only if the same layout engine made both."""


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (
        pypdfium2.PdfiumError,
        pikepdf.PdfError,
        PicturesNotComparedError,
        *_ODD_OBJECTS,
    ) as error:
        raise PaperDiffersError(part="unreadable", page=0) from error


def count_pages(document: bytes) -> int:
    """Return the number of pages of a sound PDF.

    Raises:
        PaperDiffersError: pdfium cannot read it.
    """
    with _readable(), PDFIUM, pypdfium2.PdfDocument(document) as pdf:
        return len(pdf)


def compare_paper(
    document: bytes, face: Face, pack: TemplatePack, renderer: Renderer
) -> Comparison:
    """Refuse a paper whose pages are not those that the pack makes of the face.

    Raises:
        PaperDiffersError: says in what: annotation, pages, text or picture, and on which page.
        TemplateError: the face cannot be set with this pack, so nothing was compared.
    """
    wanted = renderer.render(pack, face)
    with _readable():
        return _compare(document, wanted, edge_mm=_riding_edge_mm(pack))


def _riding_edge_mm(pack: TemplatePack) -> float:
    """Return how far a slice of a riding seal reaches into a page: half of it, on two pages."""
    return pack.seal_diameter_mm / 2 + 1 if pack.has_riding_seal else 0


def _compare(document: bytes, rendered: RenderedDocument, *, edge_mm: float) -> Comparison:
    _check_nothing_on_top(document)
    wanted = rendered.pdf
    seen, meant = page_texts(document), page_texts(wanted)
    if len(seen) != len(meant):
        raise PaperDiffersError(part="pages", page=len(seen))
    for number, (one, other) in enumerate(zip(seen, meant, strict=True), start=1):
        if squeezed(one) != squeezed(other):
            raise PaperDiffersError(part="text", page=number)
    if len(seen) == 1:
        edge_mm = 0
    require_nothing_on_top(document, (_place_of(rendered.seal_slot),), edge_pt=_points(edge_mm))
    same_engine = _engine_of(document) == _engine_of(wanted)
    if same_engine:
        _compare_pictures(document, wanted, edge_mm=edge_mm)
    return Comparison(pages=len(seen), pictures=same_engine)


def _place_of(slot: SealSlot) -> Place:
    return Place(
        page_index=slot.page_index,
        center_x=_points(slot.center_x_mm),
        center_y=_points(slot.center_y_mm),
        half=_points(slot.diameter_mm / 2 + _ROUNDING_MM),
    )


def _points(length_mm: float) -> float:
    return length_mm * POINTS_PER_INCH / _MM_PER_INCH


def _compare_pictures(document: bytes, wanted: bytes, *, edge_mm: float) -> None:
    both = zip(_pictures(document, edge_mm), _pictures(wanted, edge_mm), strict=True)
    for number, (seen, meant) in enumerate(both, start=1):
        if seen != meant:
            raise PaperDiffersError(part="picture", page=number)


def find_missing(document: bytes, values: Iterable[tuple[str, str]]) -> str | None:
    """Return the name of the first value that is nowhere in the text; None if all are there.

    Raises:
        PaperDiffersError: pdfium cannot read the paper.
    """
    with _readable():
        return _first_missing(document, values)


def _first_missing(document: bytes, values: Iterable[tuple[str, str]]) -> str | None:
    wanted = [(name, squeezed(value)) for name, value in values]
    read = squeezed("".join(page_texts(document)))
    missing = [(name, value) for name, value in wanted if value not in read]
    if missing:
        # A value that wraps beside another one is whole only in the order it was drawn.
        drawn = squeezed("".join(drawn_texts(document)))
        missing = [(name, value) for name, value in missing if value not in drawn]
    return missing[0][0] if missing else None


def verify_address(document: bytes) -> str:
    """Return what the paper's one QR code holds.

    Raises:
        PaperDiffersError: there is none, or more than one.
    """
    with _readable():
        codes = codes_seen(document)
    if len(codes) != 1:
        raise PaperDiffersError(part="qr", page=0)
    return codes[0]


def _check_nothing_on_top(document: bytes) -> None:
    with pikepdf.open(io.BytesIO(document)) as pdf:
        for number, page in enumerate(pdf.pages, start=1):
            for annotation in page.obj.get("/Annots", []):
                field = annotation.get("/Parent", annotation)
                kinds = (annotation.get("/Subtype"), annotation.get("/FT", field.get("/FT")))
                if kinds != (pikepdf.Name.Widget, pikepdf.Name.Sig):
                    raise PaperDiffersError(part="annotation", page=number)


def _engine_of(document: bytes) -> str:
    with PDFIUM, pypdfium2.PdfDocument(document) as pdf:
        return str(pdf.get_metadata_value("Creator"))


def _pictures(document: bytes, edge_mm: float) -> list[bytes]:
    """Grey pictures of the pages, less their right edge, without what lies on them, as seals do."""
    edge_pt = _points(edge_mm)
    with PDFIUM, pypdfium2.PdfDocument(document) as pdf:
        return [
            bytes(
                page.render(
                    scale=_PICTURE_SCALE,
                    crop=(0, 0, edge_pt, 0),
                    grayscale=True,
                    draw_annots=False,
                    may_draw_forms=False,
                ).buffer
            )
            for page in pdf
        ]
