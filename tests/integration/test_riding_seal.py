"""The riding seal: pages laid together show it whole, and nothing else of them changes."""

import subprocess
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops

from signing.errors import InputTooLargeError, SealPlacementError
from signing.images.svg_images import seal_image_from_svg
from signing.placement.seal_spec import Edge, RidingSeal
from signing.report import Verdict
from tests.judges import complaints_of_mutool, complaints_of_qpdf, judge_signatures
from tests.judges.verapdf import require_conformance
from tests.support.seal_pictures import SVG
from tests.support.seals import (
    demonstration_pki,
    sample_document,
    seal,
    seal_spec,
    validate,
)
from tests.support.tools import require_tool

Change = Callable[[pikepdf.Pdf], None]
_DPI = 127  # five dots a millimetre
_DOTS_PER_MM = 5
_DIAMETER_MM = 42
_A4_MM = (210, 297)


def _sealed(document: bytes, riding: RidingSeal) -> bytes:
    return seal(document, spec=replace(seal_spec(x_mm=60, y_mm=60), riding=riding))


def _pages(document: bytes, folder: Path) -> list[Image.Image]:
    (folder / "sealed.pdf").write_bytes(document)
    subprocess.run(  # noqa: S603  # a list, no shell
        [
            *(require_tool("pdftoppm"), "-r", str(_DPI), "-png"),
            *(folder / "sealed.pdf", folder / "page"),
        ],
        check=True,
    )
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("page-*.png"))]


def _strip(page: Image.Image, edge: Edge, width: float, along: float) -> Image.Image:
    """What sticks out of a page under the one above it, as far as the seal reaches."""
    reach, half = round(width), _DIAMETER_MM * _DOTS_PER_MM // 2
    across, down = (side * _DOTS_PER_MM for side in _A4_MM)  # the raster has one dot more
    near, far = round(along) - half, round(along) + half
    return page.crop(
        {
            Edge.RIGHT: (across - reach, near, across, far),
            Edge.LEFT: (0, near, reach, far),
            Edge.TOP: (near, 0, far, reach),
            Edge.BOTTOM: (near, down - reach, far, down),
        }[edge]
    )


def _together(strips: list[Image.Image], edge: Edge) -> Image.Image:
    """Strips laid side by side as the pages lie, the first page on top."""
    side = _DIAMETER_MM * _DOTS_PER_MM
    whole, at = Image.new("RGB", (side, side)), 0
    for strip in strips if edge in (Edge.RIGHT, Edge.BOTTOM) else reversed(strips):
        whole.paste(strip, (at, 0) if edge in (Edge.RIGHT, Edge.LEFT) else (0, at))
        at += strip.width if edge in (Edge.RIGHT, Edge.LEFT) else strip.height
    return whole


@pytest.mark.parametrize("edge", list(Edge))
@pytest.mark.parametrize("pages", [2, 7])
def test_pages_laid_together_show_the_whole_seal(tmp_path: Path, edge: Edge, pages: int) -> None:
    along = 150 if edge in (Edge.LEFT, Edge.RIGHT) else 105
    riding = RidingSeal(edge=edge, center_along_mm=along)
    drawn = _pages(_sealed(sample_document(pages), riding), tmp_path)
    width = _DIAMETER_MM * _DOTS_PER_MM / pages
    strips = [_strip(page, edge, width, along * _DOTS_PER_MM) for page in drawn]
    whole = _together(strips, edge)
    (tmp_path / "alone").mkdir()
    alone = _pages(seal(sample_document(), spec=seal_spec(x_mm=105, y_mm=150)), tmp_path / "alone")
    left, top = (105 - 21) * _DOTS_PER_MM, (150 - 21) * _DOTS_PER_MM
    expected = alone[0].crop((left, top, left + whole.width, top + whole.height))
    # Edges fall between dots; shifted by one dot, most of the ring would differ.
    different = ImageChops.difference(whole, expected).convert("L").point(lambda v: 255 * (v > 90))
    assert different.histogram()[255] < 0.02 * whole.width * whole.height
    assert all(strip.getextrema()[1][0] < 100 for strip in strips), "a page without a slice"


def test_no_slice_is_narrower_than_asked_for(tmp_path: Path) -> None:
    drawn = _pages(_sealed(sample_document(9), RidingSeal(narrowest_slice_mm=10)), tmp_path)
    bare = _pages(sample_document(9), tmp_path)
    boxes = [
        box
        for box in map(_changed_box, drawn[1:], bare[1:])  # the first bears the seal itself
        if box is not None
    ]
    assert len(boxes) == 8
    assert min(right - left for left, _, right, _ in boxes) >= 10 * _DOTS_PER_MM - 1


def _changed_box(page: Image.Image, bare: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.difference(page, bare).getbbox()


def _opened(document: bytes) -> Iterator[tuple[list[bytes], Dictionary]]:
    with pikepdf.open(BytesIO(document)) as pdf:
        for page in pdf.pages:
            contents = page.obj.Contents
            streams = list(contents) if isinstance(contents, Array) else [contents]
            yield [stream.read_raw_bytes() for stream in streams], page.obj.Resources


def test_streams_stay_as_they_are_and_pages_share_no_resources() -> None:
    before = sample_document(4)
    after = _sealed(before, RidingSeal(pages=(0, 1, 3)))
    own = list(_opened(before))
    riding = list(_opened(after))
    for (streams, _), (sealed, resources) in zip(own, riding, strict=True):
        if len(sealed) == 1:
            assert sealed == streams
            assert "/RidingSeal0" not in resources.get("/XObject", Dictionary())
            continue
        assert sealed[1:-1] == streams
        assert sealed[0] == b"q\n"
        assert sealed[-1].startswith(b"\nQ\n/Artifact BMC\nq ")
        assert sealed[-1].endswith(b" cm /RidingSeal0 Do Q\nEMC\n")
    assert [len(sealed) for sealed, _ in riding] == [3, 3, 1, 3]
    for (_, first), (_, second) in pairwise(riding):
        assert not (first.is_indirect and second.is_indirect and first.objgen == second.objgen)


def _saved(change: Change, pages: int = 2) -> bytes:
    with pikepdf.open(BytesIO(sample_document(pages))) as pdf:
        change(pdf)
        out = BytesIO()
        pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
        return out.getvalue()


def _share(pdf: pikepdf.Pdf) -> None:
    """Resources shared by all pages, in the node above them, with a name of ours taken."""
    resources = Dictionary(pdf.pages[0].obj.Resources)
    taken = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 1, 1]))
    resources.XObject = Dictionary(RidingSeal0=taken)
    pdf.Root.Pages.Resources = pdf.make_indirect(resources)
    for page in pdf.pages:
        del page.obj["/Resources"]


def test_inherited_resources_are_copied_and_names_in_use_are_kept() -> None:
    sealed = _sealed(_saved(_share, pages=3), RidingSeal(pages=(0, 1)))
    with pikepdf.open(BytesIO(sealed)) as pdf:
        own = [page.obj["/Resources"].XObject for page in list(pdf.pages)[:2]]
        assert [sorted(objects.keys()) for objects in own] == [["/RidingSeal0", "/RidingSeal1"]] * 2
        assert all(objects.RidingSeal0.read_bytes() == b"" for objects in own)
        assert list(pdf.pages[2].obj["/Resources"].XObject.keys()) == ["/RidingSeal0"]
    assert validate(sealed).verdict is Verdict.TOTAL_PASSED


def _tilt(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].obj.Rotate = 45


def _leave_open(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].obj.Contents = pdf.make_stream(b"q 2 0 0 2 0 0 cm")


def _close_too_often(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].obj.Contents = pdf.make_stream(b"Q q")


def _leave_marked(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].obj.Contents = pdf.make_stream(b"/P <</MCID 0>> BDC")


def _pack_oddly(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].obj.Contents = pdf.make_stream(b"")
    pdf.pages[1].obj.Contents.write(b"71 20 51>", filter=Name.ASCIIHexDecode)


@pytest.mark.parametrize(
    ("change", "page", "reason"),
    [
        (_tilt, 2, "rotation"),
        (_leave_open, 2, "content"),
        (_close_too_often, 2, "content"),
        (_leave_marked, 2, "content"),
        (_pack_oddly, 2, "content"),
    ],
)
def test_pages_whose_edges_cannot_be_told(change: Change, page: int, reason: str) -> None:
    document = _saved(change)
    with pytest.raises(SealPlacementError) as refused:
        _sealed(document, RidingSeal())
    assert refused.value.params == {"page": page, "reason": reason}


def test_a_page_that_unpacks_without_end_is_refused() -> None:
    def bomb(pdf: pikepdf.Pdf) -> None:
        packed = zlib.compress(b"q Q " * (17 << 20), 9)
        pdf.pages[1].obj.Contents = pdf.make_stream(b"")
        pdf.pages[1].obj.Contents.write(packed, filter=Name.FlateDecode)

    with pytest.raises(InputTooLargeError):
        _sealed(_saved(bomb), RidingSeal())


def test_a_page_without_content_bears_its_slice(tmp_path: Path) -> None:
    def empty(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[1].obj["/Contents"]

    drawn = _pages(_sealed(_saved(empty), RidingSeal()), tmp_path)
    assert drawn[1].getextrema()[1][0] < 100


@pytest.mark.parametrize("pages", [2, 30])
def test_independent_judges_find_nothing_wrong(tmp_path: Path, pages: int) -> None:
    other = seal_image_from_svg(SVG.encode(), 50.0)
    paths = []
    for name, riding in (("same", RidingSeal()), ("other", RidingSeal(image=other))):
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(_sealed(sample_document(pages), riding))
        paths.append(path)
    require_conformance(paths)
    root_pem = demonstration_pki().root.public_bytes(Encoding.PEM)
    for path in paths:
        (verdict,) = judge_signatures(path, root_pem=root_pem)
        assert (verdict.valid, verdict.trusted, verdict.total_document) == (True, True, True)
        assert complaints_of_qpdf(path) == []
        assert complaints_of_mutool(path) == []


def test_two_hundred_pages_are_sealed_alike_every_time() -> None:
    riding = RidingSeal()
    first, second = (_sealed(sample_document(200), riding) for _ in range(2))
    hole = b"/Contents <"
    assert first[: first.index(hole)] == second[: second.index(hole)]
    assert validate(first).verdict is Verdict.TOTAL_PASSED
    with pikepdf.open(BytesIO(first)) as pdf:
        assert all("/RidingSeal0" in page.obj.Resources.XObject for page in pdf.pages)
