"""Pictures are compared as PDFium draws them, with annotations and fields; the cost is counted."""

from io import BytesIO

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from signing.reading.shown_pictures import NotDrawableError, TooLargeToDrawError, find_unlike


def _drawn(
    *, field: bytes | None = None, size: tuple[int, int] = (300, 200), pages: int = 1
) -> bytes:
    """Pages with a line; on the first one, if wished, a signature field that draws this."""
    out = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            page = pdf.add_blank_page(page_size=size)
            page.Contents = pdf.make_stream(b"0 0 m 100 100 l S")
        if field is not None:
            look = pdf.make_stream(field, Subtype=Name.Form)
            widget = Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Sig,
                T="x",
                F=4,
                Rect=[0, 0, 0, 0],
                AP=Dictionary(N=look),
            )
            place = pdf.make_indirect(widget)
            pdf.pages[0].obj.Annots = Array([place])
            pdf.Root.AcroForm = Dictionary(Fields=Array([place]))
        pdf.save(out)
    return out.getvalue()


def test_the_same_pictures() -> None:
    assert find_unlike([_drawn(), _drawn(field=b"")], _drawn()) == []


def test_a_field_without_area_that_is_drawn_all_the_same() -> None:
    over = _drawn(field=b"1 0 0 rg 0 0 300 200 re f")
    assert find_unlike([_drawn(), over], over) == [0]


def test_a_page_more_or_of_another_size() -> None:
    assert find_unlike([_drawn(pages=2), _drawn(size=(300, 201)), _drawn()], _drawn()) == [0, 1]


def test_a_huge_page_is_drawn_small() -> None:
    huge = _drawn(size=(14_000, 14_000))
    assert find_unlike([huge], huge) == []


def test_too_many_pages_are_not_drawn() -> None:
    many = _drawn(pages=501)
    with pytest.raises(TooLargeToDrawError):
        find_unlike([many], many)


def test_what_is_no_file() -> None:
    with pytest.raises(NotDrawableError):
        find_unlike([b"%PDF-1.7\n"], _drawn())
