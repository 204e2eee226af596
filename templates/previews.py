"""Pictures of a paper that is not issued: for the eye alone, and of no use to a forger.

- It has no identifier, no copy number, no verification code, and a crossed box for the QR code.
- Every page is there, and the word 预览 / PREVIEW lies over each, in the pixels themselves.
- They are pictures of 96 pixels an inch, never a PDF, and nothing of them can be sealed.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from PIL import Image, ImageDraw, ImageFont

from templates.face import JSON, Face
from templates.fonts import FontFolder
from templates.packs import TemplatePack
from templates.rendering import Renderer

MARK = "预览 PREVIEW"
"""Lies over the page, and stands where a paper has its numbers."""
_NO_CODE = "\N{MULTIPLICATION SIGN}" * 26
"""As long as a verification code, and of a character that none has."""
_WATERMARK_FONT = "NotoSansCJK-Regular.ttc"
_RED = (179, 38, 30, 80)
_SIZE_PX, _ANGLE = 60, 30
_COLOURS = 32
_STEP_X_PX, _STEP_Y_PX = 560, 210
_CROSSED_BOX = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 30">'
    '<path fill="none" stroke="#999" stroke-width="1" d="M4 4H26V26H4ZM4 4L26 26M26 4L4 26"/></svg>'
)


@dataclass(frozen=True, kw_only=True)
class PreviewText:
    """What a paper would show, as far as it is known before it is issued."""

    fields: Mapping[str, JSON]
    """Verified data."""
    producing_unit: str
    """制作单位."""
    extracting_unit: str
    """提取单位."""
    matter: str
    """事项."""
    purpose: str
    """用途."""
    at: datetime
    """The present instant."""
    valid_until: date
    """有效期至, if it were issued today."""


@dataclass(frozen=True, kw_only=True)
class PreviewPicture:
    """A paper that is not issued, to look at."""

    pngs: tuple[bytes, ...]
    """All its pages, marked."""


def preview_picture(renderer: Renderer, pack: TemplatePack, text: PreviewText) -> PreviewPicture:
    """Draw every page of a paper as a marked PNG.

    What issuing would refuse to set, this refuses too.

    Raises:
        FieldsInvalidError: a text, time or field may not be printed.
        GlyphMissingError: no font has a character.
        RenderingFailedError: the layout engine refused.
    """
    face = _face(text)
    renderer.render(pack, face)
    pages = [
        Image.open(io.BytesIO(page)).convert("RGB")
        for page in renderer.pictures(pack, face, qr=_CROSSED_BOX)
    ]
    mark = _mark(*pages[0].size, renderer.fonts)
    return PreviewPicture(pngs=tuple(_marked(page, mark) for page in pages))


def _face(text: PreviewText) -> Face:
    return Face(
        fields=text.fields,
        identifier=MARK,
        copy_number=MARK,
        producing_unit=text.producing_unit,
        extracting_unit=text.extracting_unit,
        matter=text.matter,
        purpose=text.purpose,
        extracted_at=text.at,
        valid_until=text.valid_until,
        verify_url=MARK,
        verify_code=_NO_CODE,
        notice=MARK,
        twin=b"{}",
        metadata={},
    )


def _mark(width: int, height: int, fonts: FontFolder) -> Image.Image:
    """Draw what lies over a page, once for all pages of a paper."""
    font = ImageFont.truetype(str(fonts.folder / _WATERMARK_FONT), _SIZE_PX, index=2)
    side = width + height
    words = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    pen = ImageDraw.Draw(words)
    for row, y in enumerate(range(0, side, _STEP_Y_PX)):
        for x in range(-(row % 2) * _STEP_X_PX // 2, side, _STEP_X_PX):
            pen.text((x, y), MARK, font=font, fill=_RED)
    turned = words.rotate(_ANGLE, resample=Image.Resampling.BICUBIC)
    left, top = (side - width) // 2, (side - height) // 2
    return turned.crop((left, top, left + width, top + height))


def _marked(page: Image.Image, mark: Image.Image) -> bytes:
    page.paste(mark, mask=mark)
    out = io.BytesIO()
    # Few colours: a paper of twenty pages stays a page that one can load.
    page.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        out, "PNG"
    )
    return out.getvalue()
