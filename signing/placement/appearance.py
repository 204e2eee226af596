"""The visible seal: a widget annotation with an appearance in true millimetres.

* Its colour is multiplied into the page, so the text under the seal stays readable, as on paper.
* On a turned page the drawing is turned back by the form's /Matrix, and it fits its rectangle
  whatever the page's unit is (ISO 32000-2 12.5.5, algorithm 8).
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
from signing.pdf.plain_writer import Body
from signing.placement.painting import Painting
from signing.placement.seal_spec import SealSpec
from signing.placement.seen_pages import UPRIGHT, Box, Matrix, SeenPage, see_page

_FLAGS = 4 | 128  # Print, Locked (ISO 32000-1 table 165)
_BLENDING = b"/ExtGState << /Seal << /Type /ExtGState /BM /%b >> >>"
_GROUP = b" /Group << /Type /Group /S /Transparency /I true >>"
_TOLERANCE_PT = 0.01


def add_appearance(
    pdf: pikepdf.Pdf,
    image: SealImage,
    painting: Painting = Painting(),  # noqa: B008  # it is frozen
    turn: Matrix = UPRIGHT,
) -> tuple[pikepdf.Object, dict[int, Body]]:
    """Make room for the form XObject that draws an image; its reference, and all its parts.

    Args:
        pdf: The document.
        image: The image.
        painting: How it meets the page.
        turn: What makes it stand upright on its page.
    """
    form = pdf.make_indirect(Dictionary())
    blending = _BLENDING % (b"Multiply" if painting.is_multiplied else b"Normal")
    matrix = b"" if turn == UPRIGHT else b" /Matrix [ %b ]" % b" ".join(b"%d" % x for x in turn)
    if image.is_plain:
        resources = blending + painting.resources
        head = _form_head(image, len(image.compressed), resources, matrix)
        return form, {form.objgen[0]: (head, image.compressed)}
    drawing = pdf.make_indirect(Dictionary())
    resources = b"%b /XObject << /Drawing %b >>" % (blending, drawing.unparse())
    if image.picture is None:
        parts: dict[int, Body] = {drawing.objgen[0]: _drawing(image, painting)}
    else:
        parts = _picture(pdf, image.picture, drawing, painting)
    head = _form_head(image, len(image.multiplied), resources, matrix)
    return form, {form.objgen[0]: (head, image.multiplied)} | parts


def _form_head(image: SealImage, length: int, resources: bytes, more: bytes = b"") -> bytes:
    return (
        b"<< /Type /XObject /Subtype /Form /BBox [ 0 0 %.4f %.4f ] /Filter /FlateDecode"
        b" /Length %d%b /Resources << %b >> >>"
    ) % (*image.size_pt, length, more, resources)


def _drawing(image: SealImage, painting: Painting) -> Body:
    names = {shape.opacity_name: shape.opacity for shape in image.shapes}
    states = b" ".join(
        b"/%b << /Type /ExtGState /ca %.3f /CA %.3f >>" % (name, opacity, opacity)
        for name, opacity in sorted(names.items())
    )
    resources = b"/ExtGState << %b >>%b" % (states, painting.resources)
    group = _GROUP if painting.is_multiplied else b""
    return _form_head(image, len(image.compressed), resources, group), image.compressed


def _picture(
    pdf: pikepdf.Pdf, picture: PalettePicture, drawing: pikepdf.Object, painting: Painting
) -> dict[int, Body]:
    size = (picture.width_px, picture.height_px)
    head = (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8"
        b" /Filter /FlateDecode /Length %d /ColorSpace %b%b >>"
    )
    indexed = b"[ /Indexed %b %d <%b> ]" % (
        painting.colours,
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


def place_seal(pdf: pikepdf.Pdf, spec: SealSpec) -> tuple[pikepdf.Page, SeenPage, Box]:
    """The page of the seal, how it is seen, and the seal's rectangle in the page's own space.

    Raises:
        SealPlacementError: No such page, or the seal would not lie wholly on what is seen of it.
    """
    if not 0 <= spec.page_index < len(pdf.pages):
        raise SealPlacementError(page=spec.page_index + 1, reason="missing")
    page = pdf.pages[spec.page_index]
    seen = see_page(page.obj, spec.page_index)
    width, height = spec.image.size_pt
    left = spec.center_x_mm * POINTS_PER_MM - width / 2
    bottom = seen.height_pt - spec.center_y_mm * POINTS_PER_MM - height / 2
    room = (left, bottom, seen.width_pt - left - width, seen.height_pt - bottom - height)
    if min(room) < -_TOLERANCE_PT:
        raise SealPlacementError(
            page=spec.page_index + 1,
            reason="outside",
            width_mm=round(seen.width_pt / POINTS_PER_MM),
            height_mm=round(seen.height_pt / POINTS_PER_MM),
        )
    return page, seen, seen.rectangle((left, bottom, left + width, bottom + height))


def widget_body(
    spec: SealSpec,
    rectangle: Box,
    *,
    name: str,
    page: pikepdf.Object,
    appearance: pikepdf.Object,
    signature: pikepdf.Object,
    structure_key: int | None,
) -> bytes:
    """The dictionary of the signature field and its widget.

    Args:
        spec: Looks and words.
        name: Name of the field.
        rectangle: Where on the page.
        page: Reference to the page.
        appearance: Reference to the form XObject.
        signature: Reference to the signature dictionary.
        structure_key: Its key in the parent tree; ``None`` if the document is untagged.
    """
    alt_text = pikepdf.String(spec.alt_text).unparse()
    return b"<< /Type /Annot /Subtype /Widget /FT /Sig /T %b%b /F %d /Rect [ %b ]%b%b >>" % (
        pikepdf.String(name).unparse(),
        b" /TU %b /Contents %b" % (alt_text, alt_text),
        _FLAGS,
        b" ".join(b"%.4f" % value for value in rectangle),
        b" /AP << /N %b >> /P %b /V %b"
        % (appearance.unparse(), page.unparse(), signature.unparse()),
        b"" if structure_key is None else b" /StructParent %d" % structure_key,
    )
