"""What a caller chooses about a seal's looks and words."""

from dataclasses import dataclass

from signing.seal_images import SealImage


@dataclass(frozen=True, kw_only=True)
class SealSpec:
    """What the seal on a document looks like and says."""

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

    location: str = ""
    """Where it was sealed; left out if empty."""

    field_name: str = "Seal"
    """Name of the signature field."""
