"""Attributes that a page has from the nodes above it."""

import pikepdf
import pytest
from pikepdf import Array, Dictionary

from signing.errors import InputNotPdfError
from signing.pdf.page_attributes import inherited


def _page(pdf: pikepdf.Pdf, depth: int) -> pikepdf.Object:
    node = pdf.make_indirect(Dictionary(Rotate=90, MediaBox=Array([0, 0, 9, 9])))
    for _ in range(depth):
        node = pdf.make_indirect(Dictionary(Parent=node))
    return node


def test_the_nearest_node_decides() -> None:
    with pikepdf.new() as pdf:
        page = _page(pdf, 3)
        assert inherited(page, "/Rotate") == 90
        page.Parent.Rotate = 0
        assert inherited(page, "/Rotate") == 0
        assert inherited(page, "/CropBox") is None


def test_a_tree_without_end_is_no_document() -> None:
    with pikepdf.new() as pdf:
        page = pdf.make_indirect(Dictionary())
        page.Parent = page
        with pytest.raises(InputNotPdfError):
            inherited(page, "/Rotate")
