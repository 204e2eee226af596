"""Uploaded SVGs: drawn faithfully, or refused with a reason."""

import re

import pytest

from signing.errors import UploadedImageError
from signing.images.drawings import SealImage
from signing.images.svg_images import seal_image_from_svg
from tests.support.seal_pictures import SVG, svg


def _read(inside: str, **options: str) -> SealImage:
    return seal_image_from_svg(svg(inside, **options), 50.0)


def _box(image: SealImage, number: int = 0) -> tuple[float, float, float, float]:
    points = [point for step in image.shapes[number].segments for point in step.points]
    across, up = [x for x, _ in points], [y for _, y in points]
    return min(across), min(up), max(across), max(up)


def test_the_height_follows_from_the_drawing() -> None:
    image = seal_image_from_svg(SVG.encode(), 50.0)
    assert (image.width_mm, image.height_mm) == (50.0, 30.0)
    assert _box(image) == pytest.approx((1, 1, 49, 29))
    assert [shape.pen is None for shape in image.shapes] == [True, True, False, True]
    assert image.shapes[2].pen is not None
    assert image.shapes[2].pen.width_mm == pytest.approx(1)
    assert image.shapes[3].opacity == pytest.approx(0.5)


def test_the_same_file_gives_the_same_bytes() -> None:
    first, second = (seal_image_from_svg(SVG.encode(), 50.0) for _ in range(2))
    assert (first.compressed, first.to_svg()) == (second.compressed, second.to_svg())


@pytest.mark.parametrize(
    ("inside", "box"),
    [
        ('<rect x="10" y="20" width="30" height="40"/>', (5, 20, 20, 40)),
        ('<rect x="10" y="20" width="30" height="40" rx="5"/>', (5, 20, 20, 40)),
        ('<circle cx="50" cy="50" r="10"/>', (20, 20, 30, 30)),
        ('<ellipse cx="50" cy="50" rx="10" ry="20"/>', (20, 15, 30, 35)),
        ('<polygon points="10,10 20 10 20,30"/>', (5, 35, 10, 45)),
        ('<path d="m10 10h10v20z"/>', (5, 35, 10, 45)),
        ('<path d="M10,10L20.0 10.L20 3e1Z"/>', (5, 35, 10, 45)),
        ('<path d="M40 50a10 10 0 1120 0a10 10 0 01-20 0z"/>', (20, 20, 30, 30)),
        ('<path d="M10 10L20 10T20 30z"/>', (5, 35, 10, 45)),
        (
            '<rect transform="rotate(90 50 50)" x="10" y="20" width="30" height="40"/>',
            (20, 30, 40, 45),
        ),
        (
            '<rect transform="matrix(1 0 0 1 10 0) scale(2)" width="10" height="10"/>',
            (5, 40, 15, 50),
        ),
        ('<g transform="translate(10)"><rect width="10" height="10"/></g>', (5, 45, 10, 50)),
        ('<rect transform="skewX(45)" width="10" height="10"/>', (0, 45, 10, 50)),
    ],
)
def test_what_is_drawn(inside: str, box: tuple[float, ...]) -> None:
    assert _box(_read(inside)) == pytest.approx(box, abs=1e-6)


@pytest.mark.parametrize(
    ("inside", "colour"),
    [
        ('<rect width="9" height="9" fill="#f00"/>', (1, 0, 0)),
        ('<rect width="9" height="9" fill="rgb(0, 255, 0)"/>', (0, 1, 0)),
        ('<rect width="9" height="9" fill="red" style="fill: blue"/>', (0, 0, 1)),
        ('<g fill="red"><rect width="9" height="9" fill="inherit"/></g>', (1, 0, 0)),
        ('<rect width="9" height="9"/>', (0, 0, 0)),
    ],
)
def test_colours(inside: str, colour: tuple[float, ...]) -> None:
    assert _read(inside).shapes[0].colour == pytest.approx(colour)


def test_what_shows_nothing_is_left_out() -> None:
    image = _read(
        "<title>a</title><desc>b</desc><metadata><x xmlns='urn:x'/></metadata><defs/>"
        '<!-- c --><note xmlns="urn:editor"/><rect width="0" height="9"/><path d=""/>'
        '<rect fill="none" width="9" height="9"/><rect width="9" height="9"/>'
    )
    assert len(image.shapes) == 1


def test_even_odd_and_pens_reach_pdf_and_svg() -> None:
    image = _read(
        '<path fill-rule="evenodd" stroke="red" stroke-width="4" stroke-linecap="round" '
        'stroke-linejoin="bevel" stroke-miterlimit="7" d="M0 0h50v50z"/>'
    )
    assert b"\nf*\n" in image.content
    assert b" RG 2.000 w 1 J 2 j 7.00 M\n" in image.content
    assert image.content.endswith(b"\nS")
    drawn = image.to_svg()
    assert 'fill-rule="evenodd"' in drawn
    assert 'stroke-width="2.000" stroke-linecap="round" stroke-linejoin="bevel"' in drawn
    assert len(re.findall("<path", drawn)) == 2


_BOX = '<rect width="9" height="9"/>'
_SCRIBBLE = "".join(f"L{n * 7919 % 9973 / 100} {n * 6007 % 9949 / 100}" for n in range(19_000))
_BOMB = "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 40))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "damaged"),
        (b"<svg", "damaged"),
        (b"\xff\xfe<\x00", "encoding"),
        (b"<html/>", "not-svg"),
        (b'<svg viewBox="0 0 9 9"/>', "not-svg"),
        (b" " * (513 << 10), "large"),
        (b'<!DOCTYPE svg [<!ENTITY a0 "a">' + _BOMB.encode() + b"]>" + svg(_BOX), "entity"),
        (b'<!DOCTYPE svg SYSTEM "a>b" [<!ATTLIST svg x CDATA "1">]>' + svg(_BOX), "entity"),
        (b'<!DOCTYPE s SYSTEM "file:///etc/passwd">' + svg("&x;"), "entity"),
        (b'<?xml-stylesheet href="a.css"?>' + svg(_BOX), "style"),
        (svg("<style>rect{fill:red}</style>" + _BOX), "style"),
        (svg("<script/>" + _BOX), "script"),
        (svg('<x:script xmlns:x="urn:x"/>' + _BOX), "script"),
        (svg('<rect width="9" height="9" onclick="x()"/>'), "script"),
        (svg("<text>印</text>"), "element"),
        (svg('<image href="file:///etc/passwd"/>'), "element"),
        (svg("<foreignObject/>"), "element"),
        (svg("<svg/>"), "element"),
        (svg('<defs><linearGradient id="a"/></defs>' + _BOX), "element"),
        (svg("<use/>"), "element"),
        (svg("<animate/>"), "element"),
        (svg('<rect xmlns:l="http://www.w3.org/1999/xlink" l:href="#a"/>'), "link"),
        (svg('<rect width="9" height="9" fill="url(#a)"/>'), "colour"),
        (svg('<rect width="9" height="9" fill="currentColor"/>'), "colour"),
        (svg('<rect width="9" height="9" style="fill:url(http://example.com)"/>'), "property"),
        (svg('<rect width="9" height="9" style="@import x"/>'), "property"),
        (svg('<rect width="9" height="9" style="transform:scale(2)"/>'), "property"),
        (svg('<rect width="9" height="9" clip-path="url(#a)"/>'), "property"),
        (svg('<rect width="9" height="9" stroke="red" stroke-dasharray="1 2"/>'), "property"),
        (svg('<rect width="9" height="9" style="display:none"/>'), "property"),
        (svg('<rect width="9" height="9" stroke="red" transform="scale(1 2)"/>'), "property"),
        (svg('<rect width="9" height="9" stroke="red" opacity=".5"/>'), "property"),
        (svg(f'<g opacity=".5">{_BOX}{_BOX}</g>'), "property"),
        (svg('<rect width="9" height="9" stroke="red" stroke-linecap="x"/>'), "property"),
        (svg('<rect width="9%" height="9"/>'), "value"),
        (svg('<rect width="1e9" height="9"/>'), "value"),
        (svg('<path d="M0 0 L 5"/>'), "value"),
        (svg('<path d="L 5 5"/>'), "value"),
        (svg('<path d="M0 0 L 5 5 x"/>'), "value"),
        (svg('<path d="M0 0 Z 5"/>'), "value"),
        (svg('<path d="M0 0 A 1 1 0 2 0 5 5"/>'), "value"),
        (svg('<polygon points="1 2 3"/>'), "value"),
        (svg('<rect width="9" height="9" transform="turn(3)"/>'), "value"),
        (svg('<rect width="9" height="9" transform="rotate(1 2)"/>'), "value"),
        (svg(_BOX, box="0 0 0 9"), "value"),
        (svg(_BOX, box="0 0 9"), "value"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "value"),
        (svg(""), "empty"),
        (svg(_BOX * 2001), "complex"),
        (svg("<g>" * 40 + _BOX + "</g>" * 40), "complex"),
        (svg(f'<path d="M0 0{"h1" * 20_001}"/>'), "complex"),
        (svg(f'<path d="M0 0{_SCRIBBLE}"/>'), "complex"),
        (svg(_BOX, box="0 0 10 100"), "size"),
    ],
)
def test_what_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UploadedImageError) as refused:
        seal_image_from_svg(content, 50.0)
    assert refused.value.params["reason"] == reason
    assert len(str(refused.value.params["detail"])) <= 40


def test_without_a_view_the_size_is_the_view() -> None:
    content = f'<svg xmlns="http://www.w3.org/2000/svg" width="20mm" height="10mm">{_BOX}</svg>'
    assert seal_image_from_svg(content.encode(), 40.0).height_mm == 20.0
