"""The QR code: what it holds, how large it is, that independent readers read it."""

import re

import pytest
import zxingcpp

from templates.qr import qr_svg

URL = "https://zm.qinghe.example/v/7K3M9QX2W4B8N5T6R1Y0ZADCFG"


def drawn(svg: str, scale: int = 4) -> memoryview:
    """The SVG's path as a picture, drawn without any SVG library."""
    found = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    assert found is not None
    side = int(found[1])
    picture = bytearray(b"\xff") * (side * scale) ** 2
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        for line in range(int(y) * scale, (int(y) + 1) * scale):
            start = line * side * scale + int(x) * scale
            picture[start : start + int(width) * scale] = bytes(int(width) * scale)
    return memoryview(bytes(picture)).cast("B", (side * scale, side * scale))


@pytest.mark.parametrize("text", [URL, "https://a.example/v/" + "Z" * 26, "核验" * 30])
def test_what_is_drawn_reads_back(text: str) -> None:
    codes = zxingcpp.read_barcodes(drawn(qr_svg(text)))
    assert [code.text for code in codes] == [text]


def test_error_correction_is_m_and_the_quiet_zone_is_kept() -> None:
    svg = qr_svg(URL)
    code = zxingcpp.read_barcodes(drawn(svg))[0]
    assert code.ec_level == "M"
    columns = [int(x) for x, _ in re.findall(r"M(\d+) (\d+)h", svg)]
    rows = [int(y) for _, y in re.findall(r"M(\d+) (\d+)h", svg)]
    assert min(columns) == min(rows) == 4
    assert f'viewBox="0 0 {max(rows) + 5} {max(rows) + 5}"' in svg
