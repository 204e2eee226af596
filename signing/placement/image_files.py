"""A seal image as a file of its own, for people to look at.

* The PDF page and the PNG are as large as the image on paper, no margin; the ground is
  transparent, or white in the PDF as any paper.
* The same image gives the same bytes.
"""

from io import BytesIO

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name

from signing.images.drawings import SealImage
from signing.pdf.plain_writer import write_plain
from signing.placement.appearance import add_appearance

_DPI = 300
_POINTS_PER_INCH = 72
_TRANSPARENT = (255, 255, 255, 0)


def image_as_pdf(image: SealImage) -> bytes:
    """A PDF of one page that is the image, in true millimetres."""
    with pikepdf.new() as pdf:
        form, parts = add_appearance(pdf, image)
        page = pdf.make_indirect(
            Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, *(round(side, 4) for side in image.size_pt)]),
                Resources=Dictionary(XObject=Dictionary(Seal=form)),
                Contents=pdf.make_stream(b"/Seal Do"),
            )
        )
        pdf.pages.append(pikepdf.Page(page))
        return write_plain(pdf, parts).content


def image_as_png(image: SealImage) -> bytes:
    """A PNG of 300 dpi."""
    document = pypdfium2.PdfDocument(image_as_pdf(image))
    try:
        bitmap = document[0].render(scale=_DPI / _POINTS_PER_INCH, fill_color=_TRANSPARENT)
        out = BytesIO()
        bitmap.to_pil().save(out, "PNG", dpi=(_DPI, _DPI), optimize=True)
        return out.getvalue()
    finally:
        document.close()
