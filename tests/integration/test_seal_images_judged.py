"""Every kind of seal image before independent judges, and its size with a ruler."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image, ImageChops

from signing.images.drawings import SealImage
from signing.images.png_images import seal_image_from_png
from signing.images.seal_images import round_seal
from signing.images.svg_images import seal_image_from_svg
from signing.placement.image_files import image_as_pdf, image_as_png
from tests.judges import complaints_of_mutool, complaints_of_qpdf, judge_signatures
from tests.judges.verapdf import require_conformance
from tests.support.seal_pictures import SVG, WHITE, png, ring, svg
from tests.support.seals import (
    demonstration_pki,
    sample_document,
    seal,
    seal_font,
    seal_spec,
)
from tests.support.tools import require_tool

_DPI = 254  # ten dots a millimetre
_DOTS_PER_MM = 10
# White over red within the seal, over text of the page without: only the red is covered.
_WHITE_DISC = svg(
    '<circle cx="50" cy="50" r="50" fill="#c00"/><circle cx="50" cy="50" r="40" fill="#fff"/>'
)


def _images() -> dict[str, SealImage]:
    return {
        "round": round_seal(text_around="示范区", bottom_text="专用章", font_path=seal_font()),
        "outlines": seal_image_from_svg(SVG.encode(), 50.0),
        "one outline": seal_image_from_svg(
            svg('<circle cx="50" cy="50" r="50" fill="#c00"/>'), 30.0
        ),
        "transparent": seal_image_from_png(png(ring()), 40.0),
        "solid": seal_image_from_png(png(ring(ground=WHITE).convert("RGB")), 38.0),
        "cut out": seal_image_from_png(
            png(ring(ground=WHITE).convert("RGB")), 45.0, white_is_paper=True
        ),
    }


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[SealImage, Path]]:
    folder = tmp_path_factory.mktemp("images")
    made = {}
    for name, image in _images().items():
        path = folder / f"{name}.pdf"
        path.write_bytes(seal(sample_document(), spec=replace(seal_spec(), image=image)))
        made[name] = image, path
    return made


def test_archive_and_accessibility_standards_hold(
    sealed: dict[str, tuple[SealImage, Path]],
) -> None:
    require_conformance([path for _, path in sealed.values()])


def test_readers_find_nothing_wrong(sealed: dict[str, tuple[SealImage, Path]]) -> None:
    root_pem = demonstration_pki().root.public_bytes(Encoding.PEM)
    for _, path in sealed.values():
        (verdict,) = judge_signatures(path, root_pem=root_pem)
        assert (verdict.valid, verdict.trusted, verdict.total_document) == (True, True, True)
        assert complaints_of_qpdf(path) == []
        assert complaints_of_mutool(path) == []


def _raster(path: Path) -> Image.Image:
    target = path.with_suffix("")
    subprocess.run(  # noqa: S603  # a list, no shell
        [require_tool("pdftoppm"), "-r", str(_DPI), "-png", "-singlefile", path, target],
        check=True,
    )
    return Image.open(target.with_suffix(".png")).convert("RGB")


@pytest.mark.parametrize(
    "name", ["round", "outlines", "one outline", "transparent", "solid", "cut out"]
)
def test_millimetres_are_true(sealed: dict[str, tuple[SealImage, Path]], name: str) -> None:
    image, path = sealed[name]
    hue = _raster(path).convert("HSV").split()[1]
    box = hue.point(lambda value: 255 * (value > 100)).getbbox()
    assert box is not None
    width_mm = 0.96 * image.width_mm if name == "outlines" else image.width_mm
    height_mm = 56 / 60 * image.height_mm if name == "outlines" else image.height_mm
    expected = (150 - width_mm / 2, 120 - height_mm / 2, 150 + width_mm / 2, 120 + height_mm / 2)
    assert tuple(part / _DOTS_PER_MM for part in box) == pytest.approx(expected, abs=0.15)


@pytest.mark.parametrize("kind", ["outlines", "solid picture", "cut-out picture"])
def test_text_under_the_seal_stays_readable(tmp_path: Path, kind: str) -> None:
    scan = png(ring(ground=WHITE).convert("RGB"))
    image = {
        "outlines": seal_image_from_svg(_WHITE_DISC, 60.0),
        "solid picture": seal_image_from_png(scan, 60.0),
        "cut-out picture": seal_image_from_png(scan, 60.0, white_is_paper=True),
    }[kind]
    bare, over = tmp_path / "bare.pdf", tmp_path / "over.pdf"
    bare.write_bytes(sample_document())
    spec = replace(seal_spec(x_mm=35, y_mm=32), image=image)
    over.write_bytes(seal(sample_document(), spec=spec))
    before, after = (_raster(path).convert("L") for path in (bare, over))
    dark = [
        each.point(lambda value: 255 * (value < 60)).histogram()[255] for each in (before, after)
    ]
    assert dark[0] > 1000
    assert dark[1] >= 0.99 * dark[0]
    inside = _raster(over).getpixel((350, 450))
    assert inside == (255, 255, 255), "white within the seal shows the paper"


def test_a_file_of_the_image_alone_is_as_large_as_the_image(tmp_path: Path) -> None:
    for name, image in _images().items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(image_as_pdf(image))
        assert complaints_of_qpdf(path) == []
        assert complaints_of_mutool(path) == []
        width, height = _raster(path).size
        assert width == pytest.approx(image.width_mm * _DOTS_PER_MM, abs=1)
        assert height == pytest.approx(image.height_mm * _DOTS_PER_MM, abs=1)
        drawn = tmp_path / f"{name}.alone.png"
        drawn.write_bytes(image_as_png(image))
        with Image.open(drawn) as opened:
            assert opened.width == pytest.approx(image.width_mm / 25.4 * 300, abs=1)
            pixels = opened.convert("RGBA")
        corner = pixels.crop((0, 0, 1, 1)).getchannel("A").getextrema()
        assert corner == ((255, 255) if name == "solid" else (0, 0))
        green, blue = (pixels.getchannel(part).point(lambda v: 255 * (v < 30)) for part in "GB")
        red = ImageChops.multiply(pixels.getchannel("R"), ImageChops.multiply(green, blue))
        assert red.getextrema()[1] > 190, "the seal is red"
        assert image_as_pdf(image) == image_as_pdf(image)
        assert image_as_png(image) == image_as_png(image)
