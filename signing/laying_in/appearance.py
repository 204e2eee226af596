"""The visible seal: a widget annotation with an appearance in true millimetres.

* Its colour is multiplied into the page, so the text under the seal stays readable, as on paper.
* Several outlines, or pixels, are put together before that: white covers red within the seal,
  and never hides the page.
* PDF/A-3 (ISO 19005-3) 6.3.2-6.3.3: /F Print, never hidden; /AP with /N alone.
* PDF/UA-1 (ISO 14289-1) 7.18: /TU and /Contents say what the seal is.
"""

import pikepdf
from pikepdf import Dictionary

from signing.errors import SealPlacementError
from signing.images.drawings import POINTS_PER_MM, SealImage
from signing.images.palette_pictures import PalettePicture
from signing.laying_in.seal_spec import SealSpec
from signing.pdf.page_attributes import inherited
from signing.pdf.plain_writer import Body

_FLAGS = 4 | 128  # Print, Locked (ISO 32000-1 table 165)
_MULTIPLY = b"/ExtGState << /Seal << /Type /ExtGState /BM /Multiply >> >>"
_GROUP = b" /Group << /Type /Group /S /Transparency /I true >>"


def add_appearance(pdf: pikepdf.Pdf, image: SealImage) -> tuple[pikepdf.Object, dict[int, Body]]:
    """Make room for the form XObject that draws an image; its reference, and all its parts."""
    form = pdf.make_indirect(Dictionary())
    if image.is_plain:
        head = _form_head(image, len(image.compressed), _MULTIPLY)
        return form, {form.objgen[0]: (head, image.compressed)}
    drawing = pdf.make_indirect(Dictionary())
    resources = b"%b /XObject << /Drawing %b >>" % (_MULTIPLY, drawing.unparse())
    if image.picture is None:
        parts: dict[int, Body] = {drawing.objgen[0]: _drawing(image)}
    else:
        parts = _picture(pdf, image.picture, drawing)
    head = _form_head(image, len(image.multiplied), resources)
    return form, {form.objgen[0]: (head, image.multiplied)} | parts


def _form_head(image: SealImage, length: int, resources: bytes, group: bytes = b"") -> bytes:
    return (
        b"<< /Type /XObject /Subtype /Form /BBox [ 0 0 %.4f %.4f ] /Filter /FlateDecode"
        b" /Length %d%b /Resources << %b >> >>"
    ) % (*image.size_pt, length, group, resources)


def _drawing(image: SealImage) -> Body:
    names = {shape.opacity_name: shape.opacity for shape in image.shapes}
    states = b" ".join(
        b"/%b << /Type /ExtGState /ca %.3f /CA %.3f >>" % (name, opacity, opacity)
        for name, opacity in sorted(names.items())
    )
    resources = b"/ExtGState << %b >>" % states
    return _form_head(image, len(image.compressed), resources, _GROUP), image.compressed


def _picture(pdf: pikepdf.Pdf, picture: PalettePicture, drawing: pikepdf.Object) -> dict[int, Body]:
    size = (picture.width_px, picture.height_px)
    head = (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8"
        b" /Filter /FlateDecode /Length %d /ColorSpace %b%b >>"
    )
    indexed = b"[ /Indexed /DeviceRGB %d <%b> ]" % (
        len(picture.colours) // 3 - 1,
        picture.colours.hex().encode("ascii"),
    )
    indices, mask = picture.compressed_indices, picture.compressed_mask
    if mask is None:
        return {drawing.objgen[0]: (head % (*size, len(indices), indexed, b""), indices)}
    soft = pdf.make_indirect(Dictionary())
    reference = b" /SMask %b" % soft.unparse()
    return {
        drawing.objgen[0]: (head % (*size, len(indices), indexed, reference), indices),
        soft.objgen[0]: (head % (*size, len(mask), b"/DeviceGray", b""), mask),
    }


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
    # The picture would lie on its side, or its millimetres be untrue.
    if int(inherited(page.obj, "/Rotate") or 0) % 360 or float(page.obj.get("/UserUnit", 1)) != 1:
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
