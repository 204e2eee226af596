"""The round seal: true size, real outlines, clear refusals."""

import re
from pathlib import Path

import pytest

from signing.errors import SealImageError
from signing.images.seal_images import SealImage, round_seal
from tests.support.seals import seal_font


def _draw(
    around: str = "示范区人民政府",
    bottom: str = "专用章",
    *,
    star: bool = True,
    diameter_mm: float = 42.0,
) -> SealImage:
    return round_seal(
        text_around=around,
        bottom_text=bottom,
        star=star,
        diameter_mm=diameter_mm,
        font_path=seal_font(),
    )


@pytest.mark.parametrize("diameter_mm", [38.0, 42.0, 45.0])
def test_everything_lies_inside_the_ring(diameter_mm: float) -> None:
    image = _draw(diameter_mm=diameter_mm)
    assert (image.width_mm, image.height_mm) == (diameter_mm, diameter_mm)
    radius = diameter_mm / 2
    reach = [
        ((x - radius) ** 2 + (y - radius) ** 2) ** 0.5
        for segment in image.shapes[0].segments
        if segment.operator in "ml"
        for x, y in segment.points
    ]
    ring = {round(value, 3) for value in reach if value > radius - 1.5}
    assert ring == {radius, round(radius - 1.2, 3)}


def test_every_character_and_the_star_are_drawn() -> None:
    def outlines(image: SealImage) -> int:
        return sum(segment.operator == "m" for segment in image.shapes[0].segments)

    ring = 2
    with_star, without = _draw("中", ""), _draw("中", "", star=False)
    assert outlines(with_star) == outlines(without) + 1
    assert outlines(_draw("中", "中")) - outlines(with_star) == outlines(without) - ring


@pytest.mark.parametrize(("number", "band_mm"), [("", 0), ("3704020098765", 0.054 * 42)])
def test_the_purpose_stays_clear_of_the_ring_and_of_the_number(number: str, band_mm: float) -> None:
    def draw(*lines: str) -> SealImage:
        return round_seal(
            text_around="示范区",
            bottom_text=lines[0],
            second_line=lines[1],
            rim_number=number,
            font_path=seal_font(),
        )

    bare = len(draw("", "").shapes[0].segments)
    purpose = draw("证照数据共享查询核验专用章", "证照数据共享查询核验").shapes[0].segments[bare:]
    points = [point for segment in purpose for point in segment.points]
    farthest = max(((x - 21) ** 2 + (y - 21) ** 2) ** 0.5 for x, y in points)
    assert farthest <= 21 - 1.2 - band_mm
    assert max(y for _, y in points) < 21 - 42 / 6, "below the star"


def test_the_number_stands_at_the_bottom() -> None:
    both = [
        round_seal(text_around="示", rim_number=number, star=False, font_path=seal_font())
        for number in ("", "1")
    ]
    added = len(both[1].shapes[0].segments) - len(both[0].shapes[0].segments)
    number = both[1].shapes[0].segments[12:][:added]
    across = [x for segment in number for x, _ in segment.points]
    up = [y for segment in number for _, y in segment.points]
    assert (min(across) + max(across)) / 2 == pytest.approx(21, abs=0.2)
    assert 1.2 < min(up) < max(up) < 1.2 + 0.06 * 42


@pytest.mark.parametrize("diameter_mm", [19.9, 60.1, float("nan")])
def test_a_diameter_that_no_seal_has(diameter_mm: float) -> None:
    with pytest.raises(SealImageError) as caught:
        _draw(diameter_mm=diameter_mm)
    assert caught.value.params["reason"] == "size"


@pytest.mark.parametrize("length", [4, 16, 24, 30])
@pytest.mark.parametrize("diameter_mm", [38.0, 42.0, 45.0])
def test_long_names_are_set_narrower_and_smaller(length: int, diameter_mm: float) -> None:
    around = ("示范省示范市示范区" * 4)[:length]
    image = _draw(around, "业务专用章", diameter_mm=diameter_mm)
    assert image.width_mm == diameter_mm


def test_the_text_runs_from_left_to_right() -> None:
    first, last = _draw("一丨", "", star=False), _draw("丨一", "", star=False)
    assert first.shapes != last.shapes
    horizontal = next(s for s in first.shapes[0].segments[12:] if s.operator == "m").points[0]
    assert horizontal[0] < 21


def test_pdf_and_svg_show_the_same_outline() -> None:
    image = _draw()
    assert image.content.startswith(b"0.843 0.000 0.059 rg\n42 21 m\n")
    assert image.content.endswith(b"h\nf")
    svg = image.to_svg()
    assert 'width="42mm"' in svg
    assert 'fill="#d7000f"' in svg
    assert len(re.findall("M", svg)) == image.content.count(b" m\n")
    assert "<text" not in svg


@pytest.mark.parametrize(("around", "reason"), [("", "text"), ("  ", "text"), ("区" * 60, "long")])
def test_a_text_that_cannot_be_drawn(around: str, reason: str) -> None:
    with pytest.raises(SealImageError) as caught:
        _draw(around)
    assert caught.value.params["reason"] == reason


def test_a_purpose_that_is_too_long() -> None:
    with pytest.raises(SealImageError):
        _draw(bottom="章" * 40)


@pytest.mark.parametrize("character", ["\U0001f600", "\n", "\x00", " "])
def test_a_character_no_font_has_is_named(character: str) -> None:
    with pytest.raises(SealImageError) as caught:
        _draw("示范" + character)
    assert caught.value.params == {"reason": "glyph", "character": character}


def test_what_is_no_font(tmp_path: Path) -> None:
    (tmp_path / "bad.ttf").write_bytes(b"not a font")
    (tmp_path / "bad.ttc").write_bytes(b"ttcf")
    for name in ("bad.ttf", "bad.ttc", "none.ttf"):
        with pytest.raises(SealImageError) as caught:
            round_seal(text_around="区", font_path=tmp_path / name)
        assert caught.value.params["reason"] == "font"
