"""What size an uploaded seal image may have, on paper and in every document it seals."""

from signing.errors import UploadedImageError
from signing.images.drawings import SealImage

SIDES_MM = (8.0, 100.0)
"""Shortest and longest side: a name seal's, and more than any official seal's."""

_STORED_LIMIT = 96 << 10


def require_size(width_mm: float, height_mm: float) -> None:
    """Refuse an image that no seal is as small or as large as.

    Raises:
        UploadedImageError: A side is too short or too long.
    """
    shortest, longest = SIDES_MM
    if not (shortest <= width_mm <= longest and shortest <= height_mm <= longest):
        raise UploadedImageError(reason="size", detail=f"{width_mm:.1f} x {height_mm:.1f}")


def require_small(image: SealImage) -> SealImage:
    """Refuse an image that would make every sealed document large; return any other.

    Raises:
        UploadedImageError: It is no drawing or scan of a seal.
    """
    picture = image.picture
    stored = (
        len(image.compressed)
        if picture is None
        else len(picture.compressed_indices) + len(picture.compressed_mask or b"")
    )
    if stored > _STORED_LIMIT:
        raise UploadedImageError(reason="complex")
    return image
