"""What size an uploaded seal image may have on paper."""

from signing.errors import UploadedImageError

SIDES_MM = (8.0, 100.0)
"""Shortest and longest side: a name seal's, and more than any official seal's."""


def require_size(width_mm: float, height_mm: float) -> None:
    """Refuse an image that no seal is as small or as large as.

    Raises:
        UploadedImageError: A side is too short or too long.
    """
    shortest, longest = SIDES_MM
    if not (shortest <= width_mm <= longest and shortest <= height_mm <= longest):
        raise UploadedImageError(reason="size", detail=f"{width_mm:.1f} x {height_mm:.1f}")
