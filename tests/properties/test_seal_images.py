"""Seal images: whatever is drawn lies inside, and no file makes the reader fail otherwise."""

import math
import zlib
from typing import Any

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from signing.errors import SealImageError, UploadedImageError
from signing.images.seal_images import round_seal
from signing.images.svg_images import seal_image_from_svg
from signing.images.uploaded_images import seal_image_from_file
from tests.support.extent import examples
from tests.support.seal_pictures import SVG, grey_rows, png, raw_png, ring, svg
from tests.support.seals import seal_font

_CHARACTERS = "省市区县人民政府局办公室专用章信息核验服务一丨龘〇12"
_TEXT = st.text(st.sampled_from(_CHARACTERS), max_size=12)
_NAMES = st.text(st.sampled_from(_CHARACTERS), min_size=1, max_size=40)
_NUMBER = st.floats(-1e7, 1e7, allow_nan=False).map(lambda value: f"{value:g}")
_PATHS = st.lists(
    st.tuples(st.sampled_from("MmLlHhVvCcSsQqTtAaZz"), st.lists(_NUMBER, max_size=8)), max_size=8
).map(lambda steps: "".join(letter + " ".join(numbers) for letter, numbers in steps))
_SAMPLES = (SVG.encode(), png(ring(64)), raw_png(grey_rows()))


_SEALS = st.fixed_dictionaries(
    {
        "text_around": _NAMES,
        "bottom_text": _TEXT,
        "second_line": _TEXT,
        "rim_number": st.text("0123456789", max_size=14),
        "star": st.booleans(),
        "diameter_mm": st.floats(15, 65),
    }
)


@settings(max_examples=examples(30), deadline=None)  # each opens the font anew
@given(_SEALS)
def test_all_of_a_round_seal_lies_inside_its_ring(words: dict[str, Any]) -> None:
    try:
        image = round_seal(**words, font_path=seal_font())
    except SealImageError as refused:
        event(str(refused.params["reason"]))
        assume(refused.params["reason"] not in {"long", "size"})
        raise
    radius, ring_steps = words["diameter_mm"] / 2, 12
    for segment in image.shapes[0].segments[ring_steps:]:
        for x, y in segment.points[-1:]:
            assert math.hypot(x - radius, y - radius) <= radius - 1.2


@settings(max_examples=examples(300), deadline=None)
@given(_PATHS | st.text(max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_no_path_style_or_transformation_makes_the_reader_fail(
    data: str, style: str, transform: str
) -> None:
    escape = {"&": "&amp;", "<": "&lt;", '"': "&quot;"}
    parts = (part.translate(str.maketrans(escape)) for part in (data, style, transform))
    content = '<path d="{}" style="{}" transform="{}"/>'.format(*parts)
    try:
        encoded = svg(content)
    except UnicodeEncodeError:
        assume(False)  # noqa: FBT003  # half a character cannot stand in a file
        return
    try:
        image = seal_image_from_svg(encoded, 40.0)
    except UploadedImageError:
        return
    assert b"nan" not in image.content
    assert b"inf" not in image.content


@settings(max_examples=examples(300), deadline=None)
@given(
    st.sampled_from(_SAMPLES),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=6),
    st.integers(0, 40),
)
def test_damaged_files_are_read_or_refused(
    content: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    damaged = bytearray(content[: len(content) - cut])
    for at, value in changes:
        damaged[at % len(damaged)] = value
    try:
        image = seal_image_from_file(bytes(damaged), 40.0)
    except UploadedImageError:
        return
    assert image.width_mm == 40.0


@settings(max_examples=examples(200), deadline=None)
@given(st.binary(max_size=300), st.sampled_from((b"PLTE", b"tRNS", b"IDAT", b"gAMA")))
def test_pngs_with_any_chunk_are_read_or_refused(body: bytes, kind: bytes) -> None:
    content = zlib.compress(body) if kind == b"IDAT" else body
    try:
        image = seal_image_from_file(raw_png((kind, content), grey_rows()), 40.0)
    except UploadedImageError:
        return
    assert image.picture is not None
