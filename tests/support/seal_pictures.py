"""Files with seal images for the tests, made by the tests themselves."""

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageDraw

from signing.images.palette_pictures import PNG_SIGNATURE, png_chunk

RED, CLEAR, WHITE = (200, 0, 16, 255), (0, 0, 0, 0), (255, 255, 255, 255)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 60">'
    '<rect x="2" y="2" width="96" height="56" rx="8" fill="#c00"/>'
    '<rect x="6" y="6" width="88" height="48" fill="white"/>'
    '<g transform="translate(50 30)" style="stroke:#c00;stroke-width:2;fill:none">'
    '<ellipse rx="30" ry="16"/><circle r="5" fill="red" fill-opacity="50%" stroke="none"/>'
    "</g></svg>"
)


def svg(inside: str, box: str = "0 0 100 100", more: str = "") -> bytes:
    """An SVG with something in it."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"{more}>{inside}</svg>'.encode()


def ring(side: int = 400, *, ground: tuple[int, int, int, int] = CLEAR) -> Image.Image:
    """A red ring that touches all four sides."""
    image = Image.new("RGBA", (side, side), ground)
    ImageDraw.Draw(image).ellipse((0, 0, side - 1, side - 1), outline=RED, width=side // 20)
    return image


def png(image: Image.Image, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def raw_png(*chunks: tuple[bytes, bytes], width: int = 100, height: int = 100) -> bytes:
    """A PNG with a header of ours and whatever chunks."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = [(b"IHDR", head), *chunks, (b"IEND", b"")]
    return PNG_SIGNATURE + b"".join(png_chunk(kind, content) for kind, content in body)


def grey_rows(width: int = 100, height: int = 100) -> tuple[bytes, bytes]:
    return b"IDAT", zlib.compress(b"\0" * (width + 1) * height)
