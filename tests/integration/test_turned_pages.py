"""Pages that are turned, cropped or scaled: the seal stands upright as seen, in true millimetres.

Judged on the rendered page, by two renderers that share no code.
"""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops

from signing.errors import SealPlacementError
from signing.images.seal_images import SealImage
from signing.images.svg_images import seal_image_from_svg
from signing.levels import Level
from signing.placement.image_files import image_as_png
from signing.placement.seal_spec import Edge, RidingSeal
from signing.report import Verdict
from tests.support.seal_pictures import svg
from tests.support.seals import seal, seal_image, seal_spec, validate
from tests.support.tools import require_tool

Change = Callable[[pikepdf.Object], None]
Renderer = Callable[[bytes, Path], list[Image.Image]]

_DOTS_PER_MM = 4
_X_MM, _Y_MM = 60, 85
_POINTS_PER_MM = 72 / 25.4
_WIDE, _HIGH = 500, 700
_RED_LIMIT = 150


def _pdfium(document: bytes, _: Path) -> list[Image.Image]:
    pdf = pypdfium2.PdfDocument(document)
    pdf.init_forms()
    try:
        scale = _DOTS_PER_MM / _POINTS_PER_MM
        return [page.render(scale=scale).to_pil().convert("RGB") for page in pdf]
    finally:
        pdf.close()


def _poppler(document: bytes, folder: Path) -> list[Image.Image]:
    (folder / "sealed.pdf").write_bytes(document)
    dpi = f"{_DOTS_PER_MM * 25.4:.1f}"
    subprocess.run(  # noqa: S603  # a list, no shell
        [
            *(require_tool("pdftoppm"), "-cropbox", "-r", dpi, "-png"),
            *(folder / "sealed.pdf", folder / "page"),
        ],
        check=True,
    )
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("page-*.png"))]


def _set(**attributes: object) -> Change:
    def change(page: pikepdf.Object) -> None:
        for key, value in attributes.items():
            page[f"/{key}"] = Array(value) if isinstance(value, tuple) else value

    return change


def _inherit(**attributes: object) -> Change:
    """The same, said by the node above; the page's own boxes are taken away."""

    def change(page: pikepdf.Object) -> None:
        for key in attributes:
            if f"/{key}" in page:
                del page[f"/{key}"]
        _set(**attributes)(page.Parent)

    return change


SEEN: dict[str, tuple[Change, float, float]] = {
    # How the page is changed, and how wide and high it is seen then, in true points.
    "upright": (_set(), _WIDE, _HIGH),
    "90": (_set(Rotate=90), _HIGH, _WIDE),
    "180": (_set(Rotate=180), _WIDE, _HIGH),
    "270": (_set(Rotate=270), _HIGH, _WIDE),
    "minus-90": (_set(Rotate=-90), _HIGH, _WIDE),
    "450-inherited": (_inherit(Rotate=450), _HIGH, _WIDE),
    "offset": (_set(MediaBox=(-100, 50, 400, 750)), _WIDE, _HIGH),
    "corners-swapped": (_set(MediaBox=(400, 750, -100, 50)), _WIDE, _HIGH),
    "cropped": (_set(CropBox=(100, 30, 480, 600)), 380, 570),
    "cropped-90": (_set(CropBox=(100, 30, 480, 600), Rotate=90), 570, 380),
    "cropped-270-inherited": (_inherit(CropBox=(100, 30, 480, 600), Rotate=270), 570, 380),
    "crop-beyond-media": (_set(CropBox=(-200, -300, 900, 1200)), _WIDE, _HIGH),
    # Where a side of the crop box is longer than the media box's, Poppler takes the latter whole.
    "crop-half-beyond-180": (_set(CropBox=(50, -10, 510, 650), Rotate=180), 450, 650),
    "unit": (_set(UserUnit=2), 2 * _WIDE, 2 * _HIGH),
    "unit-small-90": (_set(UserUnit=pikepdf.Object.parse(b"0.8"), Rotate=90), 560, 400),
    "unit-cropped-270": (
        _set(UserUnit=pikepdf.Object.parse(b"1.5"), CropBox=(10, 20, 410, 620), Rotate=270),
        900,
        600,
    ),
}


def _paper(*changes: Change) -> bytes:
    with pikepdf.new() as pdf:
        for change in changes:
            box = Array([0, 0, _WIDE, _HIGH])
            page = Dictionary(Type=Name.Page, MediaBox=box, Resources=Dictionary())
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
            change(pdf.pages[-1].obj)
        out = BytesIO()
        pdf.save(out)
        return out.getvalue()


@cache
def _sealed(name: str, *, is_drawn: bool = True) -> bytes:
    spec = seal_spec(x_mm=_X_MM, y_mm=_Y_MM)
    spec = spec if is_drawn else replace(spec, image=_drawing())
    return seal(_paper(SEEN[name][0]), spec=spec, level=Level.B_B)


@cache
def _drawing() -> SealImage:
    """An image of several outlines, which is drawn in another way."""
    drawn = '<rect width="100" height="20" fill="red"/><path d="M0 20h40L0 100z" fill="#c00"/>'
    return seal_image_from_svg(svg(drawn), 40.0)


def _ink(page: Image.Image, true_width_pt: float) -> tuple[Image.Image, tuple[float, ...]]:
    """The inked part of a page, at our scale, and its box in true millimetres from the top left."""
    # Renderers that know no user unit show the page smaller; what counts is true on the page.
    scale = true_width_pt / _POINTS_PER_MM * _DOTS_PER_MM / page.width
    size = (round(page.width * scale), round(page.height * scale))
    page = page.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC)
    box = page.getchannel("G").point(lambda v: 255 * (v < _RED_LIMIT)).getbbox()
    assert box is not None, "nothing red is seen"
    return page.crop(box), tuple(side / _DOTS_PER_MM for side in box)


@cache
def _wanted(image: SealImage) -> Image.Image:
    """The image as it is, without the room about it."""
    original = Image.open(BytesIO(image_as_png(image))).convert("RGBA")
    paper = Image.new("RGBA", original.size, "white")
    wanted = Image.alpha_composite(paper, original).convert("RGB")
    return wanted.crop(wanted.getchannel("G").point(lambda v: 255 * (v < _RED_LIMIT)).getbbox())


def _unlike(seen: Image.Image, image: SealImage) -> float:
    """How unlike an image what is seen is: the share of dots that differ."""
    return _share_unlike(seen, _wanted(image).resize(seen.size, Image.Resampling.LANCZOS))


def _share_unlike(seen: Image.Image, wanted: Image.Image) -> float:
    different = ImageChops.difference(seen, wanted).getchannel("G").point(lambda v: 255 * (v > 128))
    return different.histogram()[255] / (seen.width * seen.height)


@pytest.mark.parametrize("render", [_pdfium, _poppler], ids=["pdfium", "poppler"])
@pytest.mark.parametrize("name", SEEN)
def test_the_seal_stands_where_it_was_put_and_upright(
    name: str, render: Renderer, tmp_path: Path
) -> None:
    _, wide, high = SEEN[name]
    (page,) = render(_sealed(name), tmp_path)
    assert page.height / page.width == pytest.approx(high / wide, abs=0.01)
    seen, (left, top, right, bottom) = _ink(page, wide)
    assert (right - left, bottom - top) == pytest.approx((42, 42), abs=0.8)
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((_X_MM, _Y_MM), abs=0.5)
    # A page that is shown smaller than it is loses detail; a quarter turn would still be seen.
    upright = _unlike(seen, seal_image())
    turned = min(_unlike(seen.rotate(angle), seal_image()) for angle in (90, 180, 270))
    assert upright < 0.12
    assert upright < turned / 2


@pytest.mark.parametrize("render", [_pdfium, _poppler], ids=["pdfium", "poppler"])
def test_an_image_of_several_outlines_is_turned_too(render: Renderer, tmp_path: Path) -> None:
    (page,) = render(_sealed("cropped-90", is_drawn=False), tmp_path)
    seen, _ = _ink(page, SEEN["cropped-90"][1])
    upright = _unlike(seen, _drawing())
    assert upright < min(_unlike(seen.rotate(angle), _drawing()) for angle in (90, 180, 270)) / 2


@pytest.mark.parametrize("name", ["90", "crop-half-beyond-180", "unit-cropped-270"])
def test_it_is_valid(name: str) -> None:
    assert validate(_sealed(name)).verdict is Verdict.TOTAL_PASSED


@pytest.mark.parametrize("render", [_pdfium, _poppler], ids=["pdfium", "poppler"])
@pytest.mark.parametrize("edge", list(Edge))
def test_slices_lie_at_the_edges_that_are_seen(
    edge: Edge, render: Renderer, tmp_path: Path
) -> None:
    names = ("upright", "90", "cropped-90", "unit")
    spec = replace(
        seal_spec(page_index=1, x_mm=110, y_mm=110),
        image=_drawing(),
        riding=RidingSeal(image=seal_image(), edge=edge, center_along_mm=60),
    )
    paper = _paper(*(SEEN[name][0] for name in names))
    pages = render(seal(paper, spec=spec, level=Level.B_B), tmp_path)
    slices = [
        _slice(page, SEEN[name][1], edge)
        for page, name in zip(pages, names, strict=True)
        if name != "90"  # it bears the seal itself
    ]
    for reach, across, along in slices:
        assert reach < 1, "it is not at the edge"
        assert across == pytest.approx(42 / len(names), abs=1.2)
        assert along == pytest.approx(60, abs=1.5)


def _slice(page: Image.Image, true_width_pt: float, edge: Edge) -> tuple[float, float, float]:
    """How far a slice is from its edge, how wide it is, and where along the edge its middle is."""
    _, (left, top, right, bottom) = _ink(page, true_width_pt)
    wide = true_width_pt / _POINTS_PER_MM
    high = wide / page.width * page.height
    if edge in (Edge.LEFT, Edge.RIGHT):
        reach = left if edge is Edge.LEFT else wide - right
        return reach, right - left, (top + bottom) / 2
    reach = top if edge is Edge.TOP else high - bottom
    return reach, bottom - top, (left + right) / 2


def _turned_form() -> bytes:
    spec = seal_spec(page_index=0, x_mm=_X_MM, y_mm=_Y_MM)
    changes = (SEEN["90"][0], SEEN["upright"][0], SEEN["180"][0])
    return seal(_paper(*changes), spec=replace(spec, riding=RidingSeal()), level=Level.B_B)


@pytest.mark.parametrize("render", [_pdfium, _poppler], ids=["pdfium", "poppler"])
def test_slices_stand_upright_though_the_seal_is_on_a_turned_page(
    render: Renderer, tmp_path: Path
) -> None:
    pages = render(_turned_form(), tmp_path)
    third = 42 / 3 * _DOTS_PER_MM
    middle, last = pages[1], pages[2]  # the first bears the seal itself
    for page, number in ((middle, 1), (last, 2)):
        seen, _ = _ink(page, _WIDE)
        whole = seen.resize((round(third), seen.height))
        wanted = _wanted(seal_image()).resize((round(3 * third), round(3 * third)))
        near = round(number * third)
        part = wanted.crop((near, 0, near + round(third), wanted.height))
        upright, upside_down = (
            _share_unlike(one, part.resize(whole.size)) for one in (whole, whole.rotate(180))
        )
        assert upright < upside_down / 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_set(Rotate=45), "rotation"),
        (_set(Rotate=Name.Up), "rotation"),
        (_set(CropBox=(600, 0, 900, 700)), "box"),
        (_set(CropBox=(0, 0, 500)), "box"),
        (_set(MediaBox=(0, 0, 0, 700)), "box"),
        (_set(UserUnit=0), "unit"),
        (_set(UserUnit=Name.Inch), "unit"),
        (_set(CropBox=(0, 0, 100, 700)), "outside"),
        (_set(UserUnit=pikepdf.Object.parse(b"0.3")), "outside"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pages_of_which_it_cannot_be_told_where_a_seal_would_be_seen(
    change: Change, reason: str
) -> None:
    with pytest.raises(SealPlacementError) as refused:
        seal(_paper(change), spec=seal_spec(x_mm=_X_MM, y_mm=_Y_MM), level=Level.B_B)
    assert refused.value.params["reason"] == reason
