"""What is read under a seal, in two viewers: issuer and date through its red, and 日 beside it.

PDFium is the viewer of Chromium and of many phones; MuPDF shares no code with it.
"""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter

from signing.images.seal_images import round_seal
from signing.placement.seal_spec import SealSpec
from templates.checking_content import PDFIUM
from templates.rendering import RenderedDocument, SealSlot
from tests.packs.papers import pack_of, renderer, sample
from tests.support.seals import seal, seal_font
from tests.support.tools import require_tool

PACKS = ("education", "tax-payment")
"""In Chinese, and in both languages."""
DATES = {"2026-11-21": "longest", "2026-03-01": "shortest"}
_DPI = 144
_PT, _MM = _DPI / 72, _DPI / 25.4
_INK, _LIGHT = 70, 200
"""Black letters, their smoothed edges left out; and what is surely no letter."""


def drawn_by_pdfium(document: bytes, page_index: int, _: Path) -> Image.Image:
    with PDFIUM, pypdfium2.PdfDocument(document) as pdf:
        pdf.init_forms()
        return pdf[page_index].render(scale=_PT).to_pil().convert("RGB")


def drawn_by_mupdf(document: bytes, page_index: int, folder: Path) -> Image.Image:
    (folder / "paper.pdf").write_bytes(document)
    out = folder / "page.png"
    subprocess.run(  # noqa: S603  # a list, no shell
        [
            *(require_tool("mutool"), "draw", "-q", "-r", str(_DPI), "-o", out),
            *(folder / "paper.pdf", str(page_index + 1)),
        ],
        check=True,
        capture_output=True,
    )
    return Image.open(out).convert("RGB")


VIEWERS: dict[str, Callable[[bytes, int, Path], Image.Image]] = {
    "pdfium": drawn_by_pdfium,
    "mupdf": drawn_by_mupdf,
}


@dataclass(frozen=True)
class Look:
    """The square of the seal, before and after sealing."""

    before: Image.Image
    after: Image.Image


def paper(code: str, day: str) -> RenderedDocument:
    face = sample(code)
    at = face.extracted_at
    year, month, date = map(int, day.split("-"))
    face = replace(face, extracted_at=at.replace(year=year, month=month, day=date))
    return renderer().render(pack_of(code), face)


def sealed(document: RenderedDocument) -> bytes:
    slot = document.seal_slot
    image = round_seal(
        text_around="云岭区证照数据共享查询核验专用章",
        bottom_text="演示专用",
        diameter_mm=slot.diameter_mm,
        font_path=seal_font(),
    )
    return seal(
        document.pdf,
        spec=SealSpec(
            page_index=slot.page_index,
            center_x_mm=slot.center_x_mm,
            center_y_mm=slot.center_y_mm,
            image=image,
            signer_name="示范区",
            reason="证明",
            alt_text="电子印章",
        ),
    )


def looked_at(document: RenderedDocument, viewer: str, folder: Path) -> Look:
    slot = document.seal_slot
    pages = [
        VIEWERS[viewer](content, slot.page_index, folder)
        for content in (document.pdf, sealed(document))
    ]
    return Look(*(page.crop(square(slot)) for page in pages))


def square(slot: SealSlot) -> tuple[int, int, int, int]:
    half = slot.diameter_mm / 2
    x, y = slot.center_x_mm, slot.center_y_mm
    left, top, right, bottom = (
        round(edge * _MM) for edge in (x - half, y - half, x + half, y + half)
    )
    return left, top, right, bottom


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("code", PACKS)
def test_every_letter_under_the_seal_is_as_dark_as_before(
    code: str, viewer: str, tmp_path: Path
) -> None:
    look = looked_at(paper(code, "2026-11-21"), viewer, tmp_path)
    ink = look.before.convert("L").point(lambda shade: 255 if shade < _INK else 0)
    assert ink.getbbox(), "nothing stands under the seal"
    lighter = ImageChops.subtract(look.after, look.before)
    assert max(top for _, top in ImageChops.multiply(lighter, ink.convert("RGB")).getextrema()) <= 2


@pytest.mark.parametrize("viewer", VIEWERS)
def test_letters_are_told_from_the_red_they_are_read_through(viewer: str, tmp_path: Path) -> None:
    look = looked_at(paper("education", "2026-11-21"), viewer, tmp_path)
    red = look.after.convert("HSV").getchannel("S")
    near_red = red.point(lambda strength: 255 if strength > 200 else 0).filter(
        ImageFilter.MaxFilter(5)
    )
    was, now, through = look.before.convert("L").tobytes(), look.after.tobytes(), near_red.tobytes()
    letters, reds = [], []
    for number, shade in enumerate(was):
        parts = now[3 * number : 3 * number + 3]
        if shade < _INK and through[number]:
            letters.append(luminance(*parts))
        elif shade > _LIGHT and parts[0] > 180 and parts[1] < 60:
            reds.append(luminance(*parts))
    assert (median(reds) + 0.05) / (median(letters) + 0.05) >= 3


def luminance(*parts: int) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    linear = [
        part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def boxes(
    document: RenderedDocument, letters: str, *, within_mm: float = 42
) -> list[tuple[float, float, float, float]]:
    """Where some letters stand at the height of the seal, in millimetres from its centre, y down.

    Args:
        document: The paper.
        letters: The letters.
        within_mm: How far left or right of the centre.
    """
    slot, found = document.seal_slot, []
    with PDFIUM, pypdfium2.PdfDocument(document.pdf) as pdf:
        page = pdf[slot.page_index]
        text, height = page.get_textpage(), page.get_height()
        for index in range(text.count_chars()):
            if text.get_text_range(index, 1) not in letters:
                continue
            left, bottom, right, top = text.get_charbox(index)
            x, y = slot.center_x_mm, slot.center_y_mm
            box = (
                *(left / 72 * 25.4 - x, (height - top) / 72 * 25.4 - y),
                *(right / 72 * 25.4 - x, (height - bottom) / 72 * 25.4 - y),
            )
            if max(map(abs, box[1::2])) < slot.diameter_mm / 2 and abs(box[0]) < within_mm:
                found.append(box)
    return found


@pytest.mark.parametrize("day", DATES)
@pytest.mark.parametrize("code", PACKS)
def test_the_day_stands_beside_the_seal(code: str, day: str) -> None:
    document = paper(code, day)
    (box,) = boxes(document, "日")
    left, top, right, bottom = box
    radius = document.seal_slot.diameter_mm / 2
    assert left**2 + max(top**2, bottom**2) > radius**2
    assert right < 2 * radius


@pytest.mark.parametrize("code", PACKS)
def test_issuer_and_date_lie_at_or_slightly_below_the_middle(code: str) -> None:
    """GB/T 9704-2012 7.3.5.1; and above the words of the seal, which begin 8.7 mm below it."""
    document = paper(code, "2026-11-21")
    issuer, date = boxes(document, "青局"), boxes(document, "12日")
    middle = (min(box[1] for box in issuer) + max(box[3] for box in date)) / 2
    assert 0 <= middle <= 2
    assert max(box[3] for box in boxes(document, "0123456789月日")) < 8.7


def test_no_english_stands_under_the_seal() -> None:
    """It stands at the left, where no words of a seal are."""
    document = paper("tax-payment", "2026-11-21")
    radius = document.seal_slot.diameter_mm / 2
    letters = boxes(document, "HherbycertifiednNovmb.", within_mm=210)
    assert letters
    assert max(box[2] for box in letters) < -radius
