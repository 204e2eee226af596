"""Lay the seal into a document: field, appearance, signature dictionary and tags, in one pass.

* The file is written once, as a plain one (:mod:`signing.plain_writer`).
* A document in which a name occurs that might matter is looked through object by object.
"""

import pikepdf
from pikepdf import Array, Dictionary

from signing.appearance import make_widget
from signing.errors import InputNotPdfError
from signing.pdf_input import has_no_names_that_matter, open_for_sealing, require_sealable
from signing.plain_writer import is_writable, renumber, write_plain
from signing.seal_spec import SealSpec
from signing.tagging import tag_widget

_SIGNATURES_EXIST, _APPEND_ONLY = 1, 2  # /SigFlags, ISO 32000-1 table 219


def lay_out(document: bytes, spec: SealSpec, signature: Dictionary) -> bytes:
    """The written file, its signature still blank.

    Raises:
        SealInputError: The document may not be sealed.
        SealPlacementError: The seal does not fit on the page.
    """
    with open_for_sealing(document) as pdf:
        if not is_writable(pdf):
            require_sealable(document)
            return lay_out(renumber(pdf), spec, signature)
        try:
            _add_field(pdf, spec, signature)
            laid_out = write_plain(pdf)
        except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputNotPdfError from error
        if pdf.get_warnings():  # about objects that were not read before
            raise InputNotPdfError
    if not has_no_names_that_matter(laid_out.text):
        require_sealable(document)
    return laid_out.content


def _add_field(pdf: pikepdf.Pdf, spec: SealSpec, signature: Dictionary) -> None:
    widget = make_widget(
        pdf,
        page_index=spec.page_index,
        centre_mm=(spec.center_x_mm, spec.center_y_mm),
        image=spec.image,
        field_name=spec.field_name,
        alt_text=spec.alt_text,
    )
    tag_widget(pdf, widget, pdf.pages[spec.page_index].obj, alt_text=spec.alt_text)
    value = pdf.make_indirect(signature)
    widget.V = value
    if "/AcroForm" not in pdf.Root:
        pdf.Root.AcroForm = Dictionary(Fields=Array())
    form = pdf.Root.AcroForm
    form.Fields.append(widget)
    form.SigFlags = _SIGNATURES_EXIST | _APPEND_ONLY
    pdf.Root.Perms = Dictionary(DocMDP=value)
