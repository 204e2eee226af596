"""What may be added to a file that somebody signed: by archives, by signers, by attackers."""

from collections.abc import Callable
from io import BytesIO

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

Update = Callable[[bytes], bytes]


def form_document() -> bytes:
    """A page with one text field."""
    out = BytesIO()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(300, 200))
        field = pikepdf.Dictionary(
            FT=pikepdf.Name.Tx,
            T=pikepdf.String("name"),
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            Rect=[10, 10, 100, 30],
            F=4,
            DA=pikepdf.String("/Helv 10 Tf 0 g"),
        )
        fields = pikepdf.Array([pdf.make_indirect(field)])
        page.obj.Annots = fields
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=fields, DA=pikepdf.String("/Helv 10 Tf 0 g"))
        pdf.save(out)
    return out.getvalue()


def _updating(change: Callable[[IncrementalPdfFileWriter], None]) -> Update:
    def update(document: bytes) -> bytes:
        writer = IncrementalPdfFileWriter(BytesIO(document))
        change(writer)
        out = BytesIO()
        writer.write(out)  # type: ignore[no-untyped-call]  # pyHanko's own
        return out.getvalue()

    update.__name__ = change.__name__
    return update


def _dictionary(**entries: generic.PdfObject) -> generic.DictionaryObject:
    named = {pdf_name(f"/{name}"): value for name, value in entries.items()}
    return generic.DictionaryObject(named)  # type: ignore[no-untyped-call]  # pyHanko's own


def _set_in_catalog(writer: IncrementalPdfFileWriter, key: str, value: generic.PdfObject) -> None:
    writer.root[pdf_name(key)] = value
    writer.update_root()  # type: ignore[no-untyped-call]  # pyHanko's own


def _page(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    page: generic.DictionaryObject = writer.root["/Pages"]["/Kids"][0]
    writer.update_container(page)
    return page


@_updating
def page_replaced(writer: IncrementalPdfFileWriter) -> None:
    stream = generic.StreamObject(stream_data=b"1 0 0 rg 0 0 300 200 re f")
    _page(writer)["/Contents"] = writer.add_object(stream)


def _override(writer: IncrementalPdfFileWriter, content: bytes) -> None:
    stream: generic.StreamObject = _page(writer)["/Contents"]
    stream._data, stream._encoded_data = content, None  # pyHanko has no other way
    writer.update_container(stream)


@_updating
def content_drafted(writer: IncrementalPdfFileWriter) -> None:
    _override(writer, b"0 1 0 rg 0 0 30 20 re f")


@_updating
def content_overridden(writer: IncrementalPdfFileWriter) -> None:
    _override(writer, b"1 0 0 rg 0 0 300 200 re f")


@_updating
def note_added(writer: IncrementalPdfFileWriter) -> None:
    """Evil annotation: a note over everything."""
    rectangle = generic.ArrayObject(map(generic.NumberObject, (0, 0, 300, 200)))
    body = _dictionary(Type=pdf_name("/Annot"), Subtype=pdf_name("/FreeText"), Rect=rectangle)
    page = _page(writer)
    old = list(page.get("/Annots", generic.ArrayObject()).get_object())
    page[pdf_name("/Annots")] = generic.ArrayObject([*old, writer.add_object(body)])


@_updating
def title_changed(writer: IncrementalPdfFileWriter) -> None:
    """Metadata are no page, yet windows and archives show them."""
    title = _dictionary(Title=generic.TextStringObject("Another title"))
    writer.set_info(writer.add_object(title))


@_updating
def fonts_of_the_form_changed(writer: IncrementalPdfFileWriter) -> None:
    """Shadow: a form drawn with another font says something else."""
    form = _dictionary(DR=_dictionary())
    form.update(writer.root["/AcroForm"])
    _set_in_catalog(writer, "/AcroForm", form)


@_updating
def layers_added(writer: IncrementalPdfFileWriter) -> None:
    _set_in_catalog(writer, "/OCProperties", _dictionary())


@_updating
def permissions_removed(writer: IncrementalPdfFileWriter) -> None:
    writer.root.pop("/Perms", None)
    _set_in_catalog(writer, "/Lang", generic.TextStringObject("en"))


def bytes_after_the_end(document: bytes) -> bytes:
    return document + b"\n% something\n"


def object_after_the_end(document: bytes) -> bytes:
    """Only a reader that repairs files sees it."""
    return document + b"4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n"


def empty_update(document: bytes) -> bytes:
    """A revision that changes nothing."""
    return _appended(document, b"", [])


def object_between(document: bytes) -> bytes:
    """A revision that changes nothing, before which lies an object that nobody lists."""
    return _appended(document, b"4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n", [])


def content_swapped_back(document: bytes) -> bytes:
    """Shadow: the page shows again what an earlier, signed revision had replaced."""
    with pikepdf.open(BytesIO(document)) as pdf:
        number = pdf.pages[0].obj.Contents.objgen[0]
    mark = b"\n%d 0 obj" % number
    assert document.count(mark) > 1
    return _appended(document, b"", [(number, document.index(mark) + 1)])


def _appended(document: bytes, body: bytes, entries: list[tuple[int, int]]) -> bytes:
    with pikepdf.open(BytesIO(document)) as pdf:
        root, size = pdf.Root.objgen[0], int(pdf.trailer.Size)
    previous = int(document[document.rindex(b"startxref") + 9 :].split()[0])
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % entry for entry in entries)
    rows = rows or b"0 1\n0000000000 65535 f \n"
    trailer = b"<< /Root %d 0 R /Size %d /Prev %d >>" % (root, size, previous)
    at = len(document) + len(body)
    tail = b"xref\n" + rows + b"trailer\n" + trailer + b"\nstartxref\n%d\n%%%%EOF\n" % at
    return document + body + tail


CHANGES: tuple[Update, ...] = (
    page_replaced,
    content_overridden,
    note_added,
    title_changed,
    layers_added,
    permissions_removed,
    bytes_after_the_end,
    object_after_the_end,
    object_between,
    empty_update,
    content_swapped_back,
)


@_updating
def form_filled(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field[pdf_name("/V")] = generic.TextStringObject("somebody")
    writer.update_container(field)
