"""Checks on the objects of a rendered file, read with pikepdf."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree import ElementTree as ET

import pikepdf

from templates.errors import RenderingRejectedError
from templates.face import Face
from templates.metadata import NAMESPACE

PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
PDFUA = "{http://www.aiim.org/pdfua/ns/id/}"

CLAIMS = {f"{PDFA}part": "3", f"{PDFA}conformance": "A", f"{PDFUA}part": "1"}

ATTACHMENT_NAME = "certificate.json"

ACTIVE_KEYS = frozenset(
    {
        "/AA",
        "/AcroForm",
        "/Annots",
        "/Collection",
        "/JS",
        "/JavaScript",
        "/OCProperties",  # layers can hide what a reader should see
        "/OpenAction",
        "/Perms",
        "/RichMedia",
        "/XFA",
        # A stream whose bytes lie in another file, ISO 32000-1 §7.3.8.2
        "/FFilter",
        "/FDecodeParms",
    }
)
"""Dictionary keys that make a file act, fetch or ask. None belongs in a paper before sealing."""

ACTIVE_TYPES = frozenset(
    {"/Action", "/Annot", "/GoToE", "/GoToR", "/JavaScript", "/Launch", "/Movie", "/PS", "/Sound",
     "/SubmitForm", "/URI"}
)  # fmt: skip

SUBSET_NAME = re.compile(r"/[A-Z]{6}\+.+")


@dataclass(frozen=True)
class ReadFile:
    """A file as pikepdf reads it; its objects are walked once for all checks."""

    pdf: pikepdf.Pdf
    """The open file, which no check may change."""

    @cached_property
    def dictionaries(self) -> list[pikepdf.Object]:
        """Every dictionary and stream, also those written inside other objects."""
        return list(_dictionaries(self.pdf))

    @cached_property
    def packet(self) -> ET.Element:
        """The XMP packet."""
        return _packet(self.pdf)


def check_one_revision(document: bytes) -> None:
    """The file begins and ends as one revision, with nothing before, between or after."""
    if not document.startswith(b"%PDF-1.7") or not document.rstrip().endswith(b"%%EOF"):
        raise RenderingRejectedError(check="revision", detail="outside")
    # At the start of a line only: canonical JSON and XMP text, stored plain, hold no line breaks.
    if len(re.findall(rb"(?m)^startxref\s", document)) != 1:
        raise RenderingRejectedError(check="revision", detail="several")


def check_claims(read: ReadFile, _face: Face) -> None:
    """PDF/A-3a and PDF/UA-1 in XMP, tags, language and a title for the window."""
    packet = read.packet
    for name, wanted in CLAIMS.items():
        if [element.text for element in packet.iter(name)] != [wanted]:
            raise RenderingRejectedError(check="claims", detail=name.rsplit("}")[-1])
    root = read.pdf.Root
    marked = root.get("/MarkInfo", pikepdf.Dictionary()).get("/Marked", False)
    if not marked or "/StructTreeRoot" not in root:
        raise RenderingRejectedError(check="claims", detail="tags")
    if str(root.get("/Lang", "")) != "zh-CN":
        raise RenderingRejectedError(check="claims", detail="language")


def check_metadata(read: ReadFile, face: Face) -> None:
    """The GB/T 36903 elements, all of them and no others."""
    space = f"{{{NAMESPACE}}}"
    found = {
        element.tag.removeprefix(space): element.text or ""
        for element in read.packet.iter()
        if element.tag.startswith(space)
    }
    if found != dict(face.metadata):
        raise RenderingRejectedError(check="metadata", detail="differs")


def _packet(pdf: pikepdf.Pdf) -> ET.Element:
    """The XMP packet. It was made by ourselves a moment ago; a DOCTYPE is refused all the same."""
    packet = pdf.Root.Metadata.read_bytes()
    if b"<!" in packet:
        raise RenderingRejectedError(check="metadata", detail="doctype")
    try:
        return ET.fromstring(packet)  # noqa: S314 - entities need a DOCTYPE, refused above
    except ET.ParseError as error:
        raise RenderingRejectedError(check="metadata", detail="unreadable") from error


def check_fonts(read: ReadFile, _face: Face) -> None:
    """Every font carries its program, is a subset, and maps its glyphs back to characters."""
    fonts = [item for item in read.dictionaries if item.get("/Type") == pikepdf.Name.Font]
    if not fonts:
        raise RenderingRejectedError(check="fonts", detail="none")
    for font in fonts:
        name = str(font.get("/BaseFont", ""))
        descriptor = font.get("/FontDescriptor")
        composite = font.get("/Subtype") == pikepdf.Name.Type0
        if not SUBSET_NAME.fullmatch(name):
            raise RenderingRejectedError(check="fonts", detail="not-subset")
        if composite and "/ToUnicode" not in font:
            raise RenderingRejectedError(check="fonts", detail="no-text-map")
        if not composite and (descriptor is None or not _is_embedded(descriptor)):
            raise RenderingRejectedError(check="fonts", detail="not-embedded")


def _is_embedded(descriptor: pikepdf.Object) -> bool:
    return any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def check_nothing_active(read: ReadFile, _face: Face) -> None:
    """No object acts, asks, or points outside the file."""
    for item in read.dictionaries:
        for key in ACTIVE_KEYS & set(item.keys()):
            raise RenderingRejectedError(check="active-content", detail=key.lstrip("/"))
        if isinstance(item, pikepdf.Stream) and "/F" in item:
            raise RenderingRejectedError(check="active-content", detail="external-stream")
        for key in ("/S", "/Type", "/Subtype"):
            kind = str(item.get(key, ""))
            if kind in ACTIVE_TYPES:
                raise RenderingRejectedError(check="active-content", detail=kind.lstrip("/"))


def check_attachment(read: ReadFile, face: Face) -> None:
    """The twin is attached, byte for byte, and nothing else is."""
    kinds = [(item, item.get("/Type")) for item in read.dictionaries]
    files = [item for item, kind in kinds if kind == pikepdf.Name.Filespec]
    streams = [item for item, kind in kinds if kind == pikepdf.Name.EmbeddedFile]
    if list(read.pdf.attachments) != [ATTACHMENT_NAME] or len(files) != 1 or len(streams) != 1:
        raise RenderingRejectedError(check="attachment", detail="count")
    specification, stream = files[0], streams[0]
    if specification.get("/AFRelationship") != pikepdf.Name.Data:
        raise RenderingRejectedError(check="attachment", detail="relationship")
    if stream.get("/Subtype") != pikepdf.Name("/application/json"):
        raise RenderingRejectedError(check="attachment", detail="type")
    if not isinstance(stream, pikepdf.Stream) or stream.read_bytes() != face.twin:
        raise RenderingRejectedError(check="attachment", detail="differs")


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary and stream, also those written inside other objects."""
    waiting: list[pikepdf.Object] = list(pdf.objects)
    while waiting:
        item = waiting.pop()
        if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            yield item
            inner: list[Any] = [value for _, value in item.items()]
        elif isinstance(item, pikepdf.Array):
            inner = list(item)
        else:
            continue
        # Indirect objects come by themselves.
        waiting.extend(
            value for value in inner if isinstance(value, pikepdf.Object) and not value.is_indirect
        )
