"""Add the seal to a document in one pass: field, appearance, signature dictionary and tags.

* The file is written once, as a plain one (:mod:`signing.pdf.plain_writer`).
* The result is read again with the validator's own code, so that what is sealed can be
  validated and archived.
* A document in which a name occurs that might matter is looked through object by object.
"""

import pikepdf
from pikepdf import Array, Dictionary, Name

from signing.errors import InputNotPdfError, InputUnverifiableError
from signing.pdf.file_layout import read_layout
from signing.pdf.plain_writer import Body, is_writable, renumber, write_plain
from signing.pdf.reader_warnings import READER_ERRORS, is_regular
from signing.pdf.security_store import SecurityStore, lay_in_store
from signing.placement.appearance import add_appearance, place_seal, widget_body
from signing.placement.painting import choose_painting
from signing.placement.pdf_input import (
    has_no_names_that_matter,
    open_for_sealing,
    require_sealable,
    require_size,
)
from signing.placement.riding_seals import add_riding_seal
from signing.placement.seal_spec import SealSpec
from signing.placement.tagging import tag_widget

_SIGNATURES_EXIST, _APPEND_ONLY = 1, 2  # /SigFlags, ISO 32000-1 table 219


def lay_out(
    document: bytes, spec: SealSpec, signature: bytes, *, store: SecurityStore | None = None
) -> bytes:
    """The written file, its signature still blank.

    Args:
        document: The PDF to seal.
        spec: Looks and words.
        signature: The blank signature dictionary.
        store: Validation material to lay in.

    Raises:
        SealInputError: The document may not be sealed.
        SealPlacementError: The seal does not fit on the page.
    """
    with open_for_sealing(document) as pdf:
        if "/Prev" in pdf.trailer or not is_writable(pdf):
            require_sealable(document)
            return lay_out(renumber(pdf), spec, signature, store=store)
        try:
            given = _add_field(pdf, spec, signature)
            if store is not None:
                given |= lay_in_store(pdf, store)
            laid_out = write_plain(pdf, given)
        except READER_ERRORS as error:
            raise InputNotPdfError from error
        if not is_regular(pdf):  # objects that were not read before
            raise InputNotPdfError
    if not has_no_names_that_matter(laid_out.text):
        require_sealable(document)
    require_size(laid_out.content)
    if read_layout(laid_out.content) is None:
        raise InputUnverifiableError
    return laid_out.content


def _add_field(pdf: pikepdf.Pdf, spec: SealSpec, signature: bytes) -> dict[int, Body]:
    """Make room for the field and its parts and refer to them; the parts themselves."""
    painting = choose_painting(pdf, spec)
    page, seen, rectangle = place_seal(pdf, spec)
    widget, value = (pdf.make_indirect(Dictionary()) for _ in range(2))
    appearance, drawn = add_appearance(pdf, spec.image, painting, seen.turn)
    page.obj.Annots = Array([*page.obj.get("/Annots", ()), widget])  # pages may share theirs
    page.obj.Tabs = Name.S  # PDF/UA-1 7.18.3
    painting.prepare(page.obj)
    key = tag_widget(pdf, widget, page.obj, alt_text=spec.alt_text, language=spec.language)
    name = _add_to_form(pdf, widget, spec.field_name)
    pdf.Root.Perms = Dictionary(DocMDP=value)
    # A store is for the signatures of its file; this one was not signed.
    if "/DSS" in pdf.Root:
        del pdf.Root.DSS
    field = widget_body(
        spec,
        rectangle,
        name=name,
        page=page.obj,
        appearance=appearance,
        signature=value,
        structure_key=key,
    )
    return {
        widget.objgen[0]: (field, None),
        value.objgen[0]: (signature, None),
        **drawn,
        **add_riding_seal(pdf, spec, (appearance, seen.turn), painting),
    }


def _add_to_form(pdf: pikepdf.Pdf, widget: pikepdf.Object, wanted: str) -> str:
    """Add the field to the document's form, which is laid into the catalog; the field's name.

    Archiving replaces nothing but the catalog, so form and fields must stand in it.
    """
    given = pdf.Root.get("/AcroForm")
    form = Dictionary() if given is None else Dictionary(dict(given.items()))
    fields = [*form.get("/Fields", ())]
    taken = {str(field.get("/T", "")) for field in fields}
    names = (wanted, *(f"{wanted}{number}" for number in range(2, len(fields) + 3)))
    form.Fields = Array([*fields, widget])
    form.SigFlags = _SIGNATURES_EXIST | _APPEND_ONLY
    pdf.Root.AcroForm = form
    return next(name for name in names if name not in taken)
