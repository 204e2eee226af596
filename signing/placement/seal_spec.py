"""Parameters of a seal's appearance and text."""

from dataclasses import dataclass
from enum import StrEnum

from signing.images.drawings import SealImage


class Edge(StrEnum):
    """An edge of a page, as one looks at it."""

    RIGHT = "right"
    LEFT = "left"
    TOP = "top"
    BOTTOM = "bottom"


class Ink(StrEnum):
    """How a seal is blended with the content under it."""

    MULTIPLIED = "multiplied"
    """Multiplied: the content under it stays readable, as on paper."""
    OPAQUE = "opaque"
    """Opaque: the only way that PDF/A-1 permits."""


@dataclass(frozen=True, kw_only=True)
class RidingSeal:
    """A riding seal (骑缝章): each page bears a slice, and pages laid together show the whole.

    The pages are fanned out at the edge, the first on top, and sealed in one go. Many pages are
    done in groups, so that no slice is narrower than ``narrowest_slice_mm``.
    """

    center_along_mm: float | None = None
    """Centre of the seal on the edge: from the top, or of a top or bottom edge from the left;
    ``None``: the middle of the edge."""

    image: SealImage | None = None
    """The seal image; ``None``: that of the seal itself."""

    edge: Edge = Edge.RIGHT
    """The edge it rides on."""

    pages: tuple[int, ...] | None = None
    """Zero-based pages in the order they lie in, at least two; ``None``: every page."""

    narrowest_slice_mm: float = 4.0
    """Narrowest slice that is still told apart; at most a third of the image."""


@dataclass(frozen=True, kw_only=True)
class SealSpec:
    """Appearance and text of the seal on a document."""

    page_index: int
    """Zero-based page the seal is on."""

    center_x_mm: float
    """Centre of the seal, from the left edge of the page."""

    center_y_mm: float
    """Centre of the seal, from the top edge of the page."""

    image: SealImage
    """The seal image (印章图像), in true millimetres."""

    signer_name: str
    """Owner of the seal, as readers show it."""

    reason: str
    """What the document is sealed for, as readers show it."""

    alt_text: str
    """What a screen reader says of the seal."""

    language: str = "zh-CN"
    """Language of ``alt_text`` (BCP 47); a tagged document may be in another, or say none."""

    location: str = ""
    """Where it was sealed; left out if empty."""

    field_name: str = "Seal"
    """Name of the signature field; a number is added if the document has a field of that name."""

    ink: Ink = Ink.MULTIPLIED
    """Whether what is under the seal stays readable."""

    may_lose: tuple[str, ...] = ()
    """Conformance that may be lost, as :class:`~signing.errors.ConformanceLossError` names it."""

    riding: RidingSeal | None = None
    """A riding seal over the pages; ``None``: there is none."""
