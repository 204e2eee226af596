"""Slices of a riding seal: groups, and what is refused."""

from dataclasses import replace

import pytest

from signing.errors import RidingSealPlacementError
from signing.images.drawings import SealImage, Shape
from signing.images.vector_paths import circle
from signing.placement.riding_slices import divide, place
from signing.placement.seal_spec import Edge, RidingSeal

A4 = (0.0, 0.0, 595.276, 841.89)
IMAGE = SealImage(
    shapes=(Shape(segments=circle((21, 21), 21), colour=(1, 0, 0)),), width_mm=42, height_mm=42
)


@pytest.mark.parametrize(
    ("pages", "groups"),
    [(2, [2]), (10, [10]), (11, [6, 5]), (30, [10, 10, 10]), (31, [8, 8, 8, 7])],
)
def test_many_pages_are_done_in_groups(pages: int, groups: list[int]) -> None:
    found = divide(RidingSeal(), IMAGE, page_count=pages)
    assert [piece.page_index for piece in found] == list(range(pages))
    assert [piece.count for piece in found if piece.number == 0] == groups


def test_pages_can_be_chosen() -> None:
    found = divide(RidingSeal(pages=(4, 2, 0)), IMAGE, page_count=5)
    assert [(piece.page_index, piece.number) for piece in found] == [(4, 0), (2, 1), (0, 2)]


@pytest.mark.parametrize(
    ("riding", "reason"),
    [
        (RidingSeal(pages=(0,)), "pages"),
        (RidingSeal(pages=()), "pages"),
        (RidingSeal(pages=(0, 1, 0)), "pages"),
        (RidingSeal(pages=(0, 3)), "missing"),
        (RidingSeal(pages=(-1, 0)), "missing"),
        (RidingSeal(narrowest_slice_mm=14.1), "narrow"),
        (RidingSeal(narrowest_slice_mm=0), "narrow"),
    ],
)
def test_what_cannot_be_divided(riding: RidingSeal, reason: str) -> None:
    with pytest.raises(RidingSealPlacementError) as refused:
        divide(riding, IMAGE, page_count=3)
    assert refused.value.params["reason"] == reason


@pytest.mark.parametrize("edge", list(Edge))
def test_it_may_not_reach_over_the_end_of_an_edge(edge: Edge) -> None:
    riding = RidingSeal(edge=edge, center_along_mm=21)
    piece = divide(riding, IMAGE, page_count=2)[0]
    assert place(piece, riding, IMAGE, A4).window[0] >= 0
    with pytest.raises(RidingSealPlacementError) as refused:
        place(piece, replace(riding, center_along_mm=20.9), IMAGE, A4)
    assert refused.value.params == {"page": 1, "reason": "outside"}


def test_it_is_in_the_middle_of_the_edge_unless_told() -> None:
    riding = RidingSeal()
    first, second = divide(riding, IMAGE, page_count=2)
    left, bottom, right, top = place(first, riding, IMAGE, A4).window
    assert (bottom + top) / 2 == pytest.approx(A4[3] / 2)
    assert right == pytest.approx(A4[2])
    assert right - left == pytest.approx(21 / 25.4 * 72)
    assert place(second, riding, IMAGE, A4).window[0] == left
