"""The visible seal: a widget annotation with a vector appearance in true millimetres.

* The red is multiplied into the page, so the text under the seal stays readable, as on paper.
* PDF/A-3 (ISO 19005-3) 6.3.2-6.3.3: /F Print, never hidden; /AP with /N alone.
* PDF/UA-1 (ISO 14289-1) 7.18: /TU and /Contents say what the seal is.
"""

import pikepdf

from signing.errors import SealPlacementError
from signing.seal_images import POINTS_PER_MM, SealImage
from signing.seal_spec import SealSpec

_FLAGS = 4 | 128  # Print, Locked (ISO 32000-1 table 165)


def appearance_head(image: SealImage) -> bytes:
    """The dictionary of the form XObject that draws :attr:`SealImage.compressed`."""
    return (
        b"<< /Type /XObject /Subtype /Form /BBox [ 0 0 %.4f %.4f ] /Filter /FlateDecode"
        b" /Length %d /Resources << /ExtGState << /Seal << /Type /ExtGState /BM /Multiply >>"
        b" >> >> >>"
    ) % (image.width_mm * POINTS_PER_MM, image.height_mm * POINTS_PER_MM, len(image.compressed))


def place_seal(
    pdf: pikepdf.Pdf, spec: SealSpec
) -> tuple[pikepdf.Page, tuple[float, float, float, float]]:
    """The page of the seal, and its rectangle there in points.

    Raises:
        SealPlacementError: No such page, or the seal would not lie wholly on it.
    """
    if not 0 <= spec.page_index < len(pdf.pages):
        raise SealPlacementError(page=spec.page_index + 1)
    page = pdf.pages[spec.page_index]
    return page, _rectangle(page, spec)


def _rectangle(page: pikepdf.Page, spec: SealSpec) -> tuple[float, float, float, float]:
    # Placed on the visible page: the crop box, which falls back to the media box.
    left, bottom, right, top = (float(value) for value in page.cropbox)
    if int(page.obj.get("/Rotate", 0)) % 360:  # the picture would lie on its side
        raise SealPlacementError(page=spec.page_index + 1)
    x = left + spec.center_x_mm * POINTS_PER_MM
    y = top - spec.center_y_mm * POINTS_PER_MM
    half_width = spec.image.width_mm / 2 * POINTS_PER_MM
    half_height = spec.image.height_mm / 2 * POINTS_PER_MM
    rectangle = (x - half_width, y - half_height, x + half_width, y + half_height)
    inside = (rectangle[0] >= left, rectangle[1] >= bottom, rectangle[2] <= right)
    if not all(inside) or rectangle[3] > top:
        raise SealPlacementError(page=spec.page_index + 1)
    return rectangle


def widget_body(
    spec: SealSpec,
    rectangle: tuple[float, float, float, float],
    *,
    page: pikepdf.Object,
    appearance: pikepdf.Object,
    signature: pikepdf.Object,
    structure_key: int | None,
) -> bytes:
    """The dictionary of the signature field and its widget.

    Args:
        spec: Looks and words.
        rectangle: Where on the page.
        page: Reference to the page.
        appearance: Reference to the form XObject.
        signature: Reference to the signature dictionary.
        structure_key: Its key in the parent tree; ``None`` if the document is untagged.
    """
    alt_text = pikepdf.String(spec.alt_text).unparse()
    return b"<< /Type /Annot /Subtype /Widget /FT /Sig /T %b%b /F %d /Rect [ %b ]%b%b >>" % (
        pikepdf.String(spec.field_name).unparse(),
        b" /TU %b /Contents %b" % (alt_text, alt_text),
        _FLAGS,
        b" ".join(b"%.4f" % value for value in rectangle),
        b" /AP << /N %b >> /P %b /V %b"
        % (appearance.unparse(), page.unparse(), signature.unparse()),
        b"" if structure_key is None else b" /StructParent %d" % structure_key,
    )
