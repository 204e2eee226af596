"""Read an uploaded seal image, whichever of the two kinds it is."""

from signing.errors import UploadedImageError
from signing.images.drawings import SealImage
from signing.images.palette_pictures import PNG_SIGNATURE
from signing.images.png_images import seal_image_from_png
from signing.images.svg_images import seal_image_from_svg

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def seal_image_from_file(
    content: bytes, width_mm: float, *, white_is_paper: bool = False
) -> SealImage:
    """Read a seal image from an SVG or a PNG.

    Args:
        content: The file.
        width_mm: Width on paper.
        white_is_paper: Of a PNG without transparency, make white transparent.

    Raises:
        UploadedImageError: It is neither, or cannot be used.
    """
    if content.startswith(PNG_SIGNATURE):
        return seal_image_from_png(content, width_mm, white_is_paper=white_is_paper)
    if content.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"<"):
        return seal_image_from_svg(content, width_mm)
    raise UploadedImageError(reason="kind")
