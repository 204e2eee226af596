"""Pack + data → PDF/A-3a and PDF/UA-1, with the place where the seal belongs.

- The same pack, face and time give the same bytes, in any process.
- Data goes to the layout engine as JSON and is never markup.
- Nothing is fetched: fonts come from one folder, layouts from the pack as it was loaded. Its files
  are laid out once, by digest, in a folder of this process alone: a pack that was set before costs
  nothing again, and whoever changes the packs' folder changes no paper.
- The file has one revision; a seal is laid in later by whoever seals.
"""

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import pikepdf
import typst

from templates.errors import RenderingFailedError
from templates.face import Face, check_face, leaves
from templates.fonts import FontFolder
from templates.metadata import with_elements
from templates.packs import TemplatePack
from templates.printed import printed_face
from templates.qr import qr_svg
from templates.workshop import Workshop

_PICTURE_PPI = 96.0
_NOTHING = "nothing.typ"
"""Name of the empty document in the working folder."""
_FORGETS_AFTER = 11
"""So many documents later the layout engine drops what they did not use."""
_LONG_PAGES = 5
"""From here on the engine's memory of a paper is dropped at once; it costs a long paper a tenth."""

SEAL_SLOT = "query(<seal-slot>).map(slot => slot.value)"


@dataclass(frozen=True, kw_only=True)
class SealSlot:
    """Where the seal is centred, in true millimetres from the page's top left corner."""

    page_index: int
    """Page, counted from 0."""
    center_x_mm: float
    """From the left edge of the page."""
    center_y_mm: float
    """From the top edge of the page."""
    diameter_mm: float
    """Room the layout keeps free for it."""


@dataclass(frozen=True, kw_only=True)
class RenderedDocument:
    """An unsealed paper."""

    pdf: bytes
    """The file, one revision."""
    page_count: int
    """Pages in it."""
    seal_slot: SealSlot
    """Where the seal goes."""
    bears_riding_seal: bool
    """Whether a riding seal (骑缝章) goes over the pages' edges: several pages, and asked for."""


class Renderer:
    """Renders papers; keeps one layout engine per process. Thread-safe."""

    def __init__(self, fonts: FontFolder) -> None:
        self.fonts = fonts
        self._compiler = typst.Compiler(font_paths=fonts.for_layout, ignore_system_fonts=True)
        self._lock = Lock()
        self._kept = Workshop()
        self._workshop = self._kept.folder
        (self._workshop / _NOTHING).touch()
        self._laid_out: dict[str, Path] = {}

    def render(self, pack: TemplatePack, face: Face) -> RenderedDocument:
        """Set one copy.

        1. Refuse data that can't be shown faithfully, doesn't fit the schema, or has no glyphs.
        2. Lay it out, data passed as JSON.
        3. Write the GB/T 36903 elements into the XMP packet and save in one revision.

        The caller must still check the result with ``check_rendered`` before it is sealed.

        Raises:
            FieldsInvalidError: a text, time or field may not be printed.
            GlyphMissingError: no font has a character.
            RenderingFailedError: the layout engine refused.
        """
        check_face(face)
        pack.check_fields(face.fields)
        printed = printed_face(face, pack)
        self.fonts.check_coverage(text for _, text in leaves(printed))
        pdf, slots = self._compile(pack, face, printed)
        if len(slots) != 1:
            raise RenderingFailedError(pack=pack.code, reason="seal-slot")
        pdf, page_count = _finish(pdf, face)
        self._forget_long(page_count)
        slot = SealSlot(diameter_mm=pack.seal_diameter_mm, **slots[0])
        return RenderedDocument(
            pdf=pdf,
            page_count=page_count,
            seal_slot=slot,
            bears_riding_seal=pack.has_riding_seal and page_count > 1,
        )

    def set_printed(self, pack: TemplatePack, face: Face, printed: dict[str, Any]) -> bytes:
        """Set given texts in the place of a face's own, to see what a layout does with them.

        Nothing of it is checked and the result is no paper; `render` makes those.

        Raises:
            RenderingFailedError: the layout engine refused.
        """
        return self._compile(pack, face, printed)[0]

    def check_drawn(self, texts: Iterable[str]) -> None:
        """Make sure that the fonts meant for papers have every character that was drawn.

        The layout engine would rather take a glyph from a font meant for Chinese names alone than
        refuse.

        Raises:
            GlyphMissingError: names the characters.
        """
        self.fonts.check_coverage(
            "".join(letter for letter in text if letter.isprintable()) for text in texts
        )

    def pictures(self, pack: TemplatePack, face: Face, *, qr: str | None = None) -> list[bytes]:
        """Draw each page as a PNG of 96 pixels an inch, for people to look at.

        Args:
            pack: The pack.
            face: What the paper would show.
            qr: An SVG in the place of the QR code.

        Raises:
            RenderingFailedError: the layout engine refused.
        """
        inputs = _inputs(pack, face, printed_face(face, pack))
        if qr is not None:
            inputs["qr"] = qr
        try:
            with self._lock:
                root = self._lay_out(pack)
                drawn = self._compiler.compile(
                    input=root / pack.code / "layout.typ",
                    root=root,
                    format="png",
                    ppi=_PICTURE_PPI,
                    sys_inputs=inputs,
                )
        except typst.TypstError as error:
            raise RenderingFailedError(pack=pack.code, reason="picture") from error
        pages = drawn if isinstance(drawn, list) else [drawn]
        self._forget_long(len(pages))
        pictures = [page for page in pages if isinstance(page, bytes)]
        if not pictures or len(pictures) < len(pages):
            raise RenderingFailedError(pack=pack.code, reason="no-document")
        return pictures

    def _compile(
        self, pack: TemplatePack, face: Face, printed: dict[str, Any]
    ) -> tuple[bytes, list[dict[str, Any]]]:
        inputs = _inputs(pack, face, printed)
        try:
            # The position is asked of the very document just compiled, hence one lock for both.
            with self._lock:
                root = self._lay_out(pack)
                pdf, warnings = self._compiler.compile_with_warnings(
                    input=root / pack.code / "layout.typ",
                    root=root,
                    format="pdf",
                    sys_inputs=inputs,
                    pdf_standards=["a-3a", "ua-1"],
                    timestamp=int(face.extracted_at.timestamp()),
                )
                slots = json.loads(self._compiler.eval(SEAL_SLOT))
        except typst.TypstError as error:
            reason = error.message.replace(str(self._workshop / pack.digest), "")
            raise RenderingFailedError(pack=pack.code, reason=reason) from error
        if warnings:
            raise RenderingFailedError(pack=pack.code, reason=warnings[0].message)
        if not isinstance(pdf, bytes):
            raise RenderingFailedError(pack=pack.code, reason="no-document")
        return pdf, slots

    def _forget_long(self, page_count: int) -> None:
        """Let the engine forget a long paper now, whose every page it remembers at some 4 MB.

        It drops what ten documents did not use, so it is given documents that use nothing.
        """
        if page_count < _LONG_PAGES:
            return
        with self._lock:
            for _ in range(_FORGETS_AFTER):
                self._compiler.compile(input=self._workshop / _NOTHING, root=self._workshop)

    def _lay_out(self, pack: TemplatePack) -> Path:
        """Write a pack's files where the layout engine finds them, unless they are there."""
        root = self._laid_out.get(pack.digest)
        if root is None:
            root = self._workshop / pack.digest
            for name, content in pack.files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            self._laid_out[pack.digest] = root
        return root


def _inputs(pack: TemplatePack, face: Face, printed: dict[str, Any]) -> dict[str, str]:
    return {
        "face": json.dumps(printed, ensure_ascii=False),
        "pack": json.dumps(_facts(pack), ensure_ascii=False),
        "qr": qr_svg(face.verify_url),
        "twin": face.twin.decode("utf-8"),
    }


def _facts(pack: TemplatePack) -> dict[str, Any]:
    """The pack's facts a layout may use."""
    return {
        "title": {"zh": pack.title.zh, "en": pack.title.en},
        "languages": pack.languages,
        "paper": pack.paper,
        "seal_diameter_mm": pack.seal_diameter_mm,
        "qr_width_mm": pack.qr_width_mm,
    }


def _finish(pdf: bytes, face: Face) -> tuple[bytes, int]:
    """Add the metadata and save: one revision, object streams, an ID made from the content."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        packet = document.Root.Metadata.read_bytes().decode("utf-8")
        # Only ever the default, which poppler wrongly complains of.
        if "/Suspects" in document.Root.MarkInfo:
            del document.Root.MarkInfo.Suspects
        document.Root.Metadata.write(with_elements(packet, face.metadata).encode())
        document.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
            fix_metadata_version=False,  # the packet is as it should be; don't write it anew
        )
        return out.getvalue(), len(document.pages)
