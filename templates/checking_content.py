"""Checks on what is seen: text as a reader extracts it, the QR code as a camera does.

- Both are read with pdfium, which shares no code with the layout engine.
- A file is opened once and each page parsed once: that is most of what the checks cost.
- Text is compared without spaces and line breaks, since wrapping is the layout's business.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

import pypdfium2
import zxingcpp
from pypdfium2.raw import FPDF_PAGEOBJ_TEXT

from templates.errors import RenderingRejectedError
from templates.face import Face
from templates.packs import TemplatePack
from templates.printed import printed_face

PDFIUM = Lock()
"""Held around every use of pdfium, which may run in one thread of a process at a time."""

QR_PPI = 150
"""A coarse scan or a phone held at arm's length."""

POINTS_PER_INCH = 72

AS_READ = {
    **{point: unicodedata.normalize("NFKC", chr(point)) for point in range(0xFB00, 0xFB07)},
    **dict.fromkeys((0x02, 0xFFFE, 0x2010), "-"),
}
"""What pdfium makes of Latin ligatures, and of a hyphen at the end of a line."""

NOT_PRINTED = frozenset({"verify_url"})
"""Read from the QR code instead."""


class SeenPages:
    """The pages of one file as pdfium shows them; each is parsed at most once.

    Only inside ``seen_pages``, which holds ``PDFIUM``.
    """

    def __init__(self, pdf: pypdfium2.PdfDocument) -> None:
        self._pages = list(pdf)
        self._texts = [page.get_textpage() for page in self._pages]

    def codes(self) -> list[str]:
        """What a camera reads from a picture of the whole last page."""
        return _codes_on(self._pages[-1])

    def texts(self) -> list[str]:
        """The text of each page as a reader copies it."""
        return [text.get_text_range() for text in self._texts]

    def drawn_texts(self) -> list[str]:
        """The text of each page, run by run in the order it is drawn."""
        pairs = zip(self._pages, self._texts, strict=True)
        return ["".join(_runs(page, text)) for page, text in pairs]


@contextmanager
def seen_pages(document: bytes) -> Iterator[SeenPages]:
    """Open a file for everything that is seen of it; no other thread uses pdfium meanwhile."""
    with PDFIUM, pypdfium2.PdfDocument(document) as pdf:
        yield SeenPages(pdf)


def check_seen(document: bytes, face: Face, pack: TemplatePack) -> None:
    """The QR code of the last page and the text of all pages are what was meant."""
    with seen_pages(document) as seen:
        check_qr(seen, face)
        check_text(seen, face, pack)


def check_qr(seen: SeenPages, face: Face) -> None:
    """The last page shows exactly one code, and it is the verify address."""
    codes = seen.codes()
    if len(codes) != 1:
        raise RenderingRejectedError(check="qr", detail="several" if codes else "none")
    if codes[0] != face.verify_url:
        raise RenderingRejectedError(check="qr", detail="differs")


def codes_seen(document: bytes) -> list[str]:
    """What a camera reads from a picture of the last page."""
    with PDFIUM, pypdfium2.PdfDocument(document) as pdf:
        return _codes_on(pdf[len(pdf) - 1])


def _codes_on(page: pypdfium2.PdfPage) -> list[str]:
    # The whole page, not only where the code should be: a second one anywhere must show.
    bitmap = page.render(scale=QR_PPI / POINTS_PER_INCH, grayscale=True)
    shades = memoryview(bytes(bitmap.buffer)).cast("B", (bitmap.height, bitmap.stride))
    return [
        code.text
        for code in zxingcpp.read_barcodes(
            shades, formats=zxingcpp.BarcodeFormats([zxingcpp.QRCode])
        )
    ]


def check_text(seen: SeenPages, face: Face, pack: TemplatePack) -> None:
    """Every value is printed: single ones as often as they occur, table rows whole, in order."""
    printed = printed_face(face, pack)
    try:
        _check_values(squeezed("".join(seen.texts())), printed, pack.title.zh)
    except RenderingRejectedError:
        # A reader joins what stands on one height; a value that wraps beside another one is
        # whole only in the order it was drawn. Slower, so asked second.
        _check_values(squeezed("".join(seen.drawn_texts())), printed, pack.title.zh)


def _check_values(text: str, printed: Mapping[str, Any], title: str) -> None:
    if squeezed(title) not in text:
        raise RenderingRejectedError(check="text", detail="title")
    wanted: Counter[str] = Counter()
    for path, value in single_values(printed):
        needle = squeezed(value)
        wanted[needle] += 1
        if text.count(needle) < wanted[needle]:
            raise RenderingRejectedError(check="text", detail=path)
    for path, rows in tables(printed["fields"]):
        _check_rows(text, path, rows)


def _check_rows(text: str, path: str, rows: Sequence[Mapping[str, str]]) -> None:
    """Each row's cells stand together, in the schema's order, after the row before it."""
    at = 0
    for index, row in enumerate(rows):
        line = squeezed("".join(row.values()))
        found = text.find(line, at)
        if found < 0:
            raise RenderingRejectedError(check="text", detail=f"{path}[{index}]")
        at = found + len(line)


def page_texts(document: bytes) -> list[str]:
    """The text of each page as a reader copies it."""
    with seen_pages(document) as seen:
        return seen.texts()


def drawn_texts(document: bytes) -> list[str]:
    """The text of each page, run by run in the order it is drawn."""
    with seen_pages(document) as seen:
        return seen.drawn_texts()


def _runs(page: pypdfium2.PdfPage, seen: pypdfium2.PdfTextPage) -> Iterator[str]:
    for run in page.get_objects(filter=[FPDF_PAGEOBJ_TEXT], textpage=seen):
        yield run.extract()


def squeezed(text: str) -> str:
    """Text without spaces, line breaks and differences of Unicode composition."""
    return "".join(unicodedata.normalize("NFC", text).translate(AS_READ).split())


def single_values(printed: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Every printed text outside tables, with its path."""
    for key, value in printed.items():
        inner = f"{path}.{key}" if path else key
        if isinstance(value, str) and inner not in NOT_PRINTED:
            yield inner, value
        elif isinstance(value, Mapping):
            yield from single_values(value, inner)


def tables(fields: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Mapping[str, str]]]]:
    """Every list of rows among the fields, with its name."""
    for key, value in fields.items():
        if isinstance(value, list):
            yield key, value
