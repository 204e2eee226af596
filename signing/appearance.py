"""The visible seal: a widget annotation with a vector appearance in true millimetres.

* The red is multiplied into the page, so the text under the seal stays readable, as on paper.
* PDF/A-3 (ISO 19005-3) 6.3.2-6.3.3: /F Print, never hidden; /AP with /N alone.
* PDF/UA-1 (ISO 14289-1) 7.18: /TU and /Contents say what the seal is.
"""

import pikepdf
from pikepdf import Array, Dictionary, Name

from signing.errors import SealPlacementError
from signing.seal_images import POINTS_PER_MM, SealImage

_FLAGS = 4 | 128  # Print, Locked (ISO 32000-1 table 165)


def make_appearance(pdf: pikepdf.Pdf, image: SealImage) -> pikepdf.Object:
    """The form XObject that draws the seal image."""
    size = (_points(image.width_mm * POINTS_PER_MM), _points(image.height_mm * POINTS_PER_MM))
    return pdf.make_stream(
        image.compressed,
        Type=Name.XObject,
        Subtype=Name.Form,
        Filter=Name.FlateDecode,
        Length=len(image.compressed),
        BBox=Array([0, 0, *size]),
        Resources=Dictionary(
            ExtGState=Dictionary(Seal=Dictionary(Type=Name.ExtGState, BM=Name.Multiply))
        ),
    )


def make_widget(
    pdf: pikepdf.Pdf,
    *,
    page_index: int,
    centre_mm: tuple[float, float],
    image: SealImage,
    field_name: str,
    alt_text: str,
) -> pikepdf.Object:
    """Add the signature field's widget to its page.

    Args:
        pdf: The document.
        page_index: Zero-based page.
        centre_mm: Centre of the seal from the page's top left corner.
        image: What to draw.
        field_name: Name of the signature field.
        alt_text: What a screen reader says.

    Raises:
        SealPlacementError: No such page, or the seal would not lie wholly on it.
    """
    if not 0 <= page_index < len(pdf.pages):
        raise SealPlacementError(page=page_index + 1)
    page = pdf.pages[page_index]
    rectangle = _rectangle(page, page_index, centre_mm, image)
    widget = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=pikepdf.String(field_name),
            TU=pikepdf.String(alt_text),
            Contents=pikepdf.String(alt_text),
            F=_FLAGS,
            Rect=Array(rectangle),
            P=page.obj,
            AP=Dictionary(N=make_appearance(pdf, image)),
        )
    )
    if "/Annots" not in page.obj:
        page.obj.Annots = Array()
    page.obj.Annots.append(widget)
    page.obj.Tabs = Name.S  # PDF/UA-1 7.18.3
    return widget


def _rectangle(
    page: pikepdf.Page, page_index: int, centre_mm: tuple[float, float], image: SealImage
) -> list[float]:
    # Placed on the visible page: the crop box, which falls back to the media box.
    left, bottom, right, top = (float(value) for value in page.cropbox)
    if int(page.obj.get("/Rotate", 0)) % 360:  # the picture would lie on its side
        raise SealPlacementError(page=page_index + 1)
    x = left + centre_mm[0] * POINTS_PER_MM
    y = top - centre_mm[1] * POINTS_PER_MM
    half_width = image.width_mm / 2 * POINTS_PER_MM
    half_height = image.height_mm / 2 * POINTS_PER_MM
    rectangle = (x - half_width, y - half_height, x + half_width, y + half_height)
    inside = (rectangle[0] >= left, rectangle[1] >= bottom, rectangle[2] <= right)
    if not all(inside) or rectangle[3] > top:
        raise SealPlacementError(page=page_index + 1)
    return [_points(value) for value in rectangle]


def _points(value: float) -> float:
    return round(value, 4)
