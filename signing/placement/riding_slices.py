"""Where the slices of a riding seal (骑缝章) lie.

* Pages are fanned out at the edge with the first on top, so it bears the part of the seal that is
  farthest from the edge; laid so, the pages show the whole seal.
* Many pages are done in groups of nearly equal size, and no slice is narrower than asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from signing.errors import RidingSealPlacementError
from signing.images.drawings import POINTS_PER_MM, SealImage
from signing.placement.seal_spec import Edge, RidingSeal
from signing.placement.seen_pages import Box

_FEWEST_PAGES, _FEWEST_SLICES = 2, 3
_TOLERANCE_PT = 0.01


@dataclass(frozen=True, kw_only=True)
class Slice:
    """The part of a riding seal that one page bears."""

    page_index: int
    """The page."""

    number: int
    """Which page of its group, from 0."""

    count: int
    """Pages of the group."""


@dataclass(frozen=True, kw_only=True)
class SlicePlace:
    """Where a slice lies on its page."""

    window: Box
    """What is seen of the image."""

    origin: tuple[float, float]
    """Lower left corner of the whole image, in points."""


def divide(riding: RidingSeal, image: SealImage, *, page_count: int) -> list[Slice]:
    """Divide a document's pages into groups, and an image into slices.

    Raises:
        RidingSealPlacementError: Fewer than two pages, one that is not there or occurs twice, or
            slices that would be wider than a third of the image.
    """
    pages = tuple(range(page_count)) if riding.pages is None else riding.pages
    for index in pages:
        if not 0 <= index < page_count:
            raise RidingSealPlacementError(page=index + 1, reason="missing")
    if len(pages) < _FEWEST_PAGES or len(set(pages)) < len(pages):
        raise RidingSealPlacementError(page=1, reason="pages")
    across = image.width_mm if riding.edge in (Edge.LEFT, Edge.RIGHT) else image.height_mm
    largest = int(across / riding.narrowest_slice_mm) if riding.narrowest_slice_mm > 0 else 0
    if largest < _FEWEST_SLICES:
        raise RidingSealPlacementError(page=pages[0] + 1, reason="narrow")
    return _groups(pages, largest)


def _groups(pages: Sequence[int], largest: int) -> list[Slice]:
    # With groups of three or more allowed, none comes out with a single page.
    groups = -(-len(pages) // largest)
    size, larger = divmod(len(pages), groups)
    rest = iter(pages)
    return [
        Slice(page_index=next(rest), number=number, count=count)
        for count in (size + (group < larger) for group in range(groups))
        for number in range(count)
    ]


def place(piece: Slice, riding: RidingSeal, image: SealImage, box: Box) -> SlicePlace:
    """Find the place of a slice on its page.

    Args:
        piece: The slice.
        riding: What was asked for.
        image: The whole image.
        box: The page as it is seen, in true points.

    Raises:
        RidingSealPlacementError: It would reach over the page.
    """
    (left, bottom, right, top), (width, height) = box, image.size_pt
    is_upright = riding.edge in (Edge.LEFT, Edge.RIGHT)
    along = (top - bottom if is_upright else right - left) / 2
    if riding.center_along_mm is not None:
        along = riding.center_along_mm * POINTS_PER_MM
    shown = (piece.number + 1) / piece.count
    if is_upright:
        y, across = top - along - height / 2, width / piece.count
        if riding.edge is Edge.RIGHT:
            x, window = right - shown * width, (right - across, y, right, y + height)
        else:
            x, window = left - (1 - shown) * width, (left, y, left + across, y + height)
    else:
        x, across = left + along - width / 2, height / piece.count
        if riding.edge is Edge.TOP:
            y, window = top - shown * height, (x, top - across, x + width, top)
        else:
            y, window = bottom - (1 - shown) * height, (x, bottom, x + width, bottom + across)
    inside = (window[0] - left, window[1] - bottom, right - window[2], top - window[3])
    if min(inside) < -_TOLERANCE_PT:
        raise RidingSealPlacementError(page=piece.page_index + 1, reason="outside")
    return SlicePlace(window=window, origin=(x, y))
