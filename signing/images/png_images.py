"""Read an uploaded PNG as a seal image: a small palette picture with its transparency.

* The chunks are read first, by their lengths and checksums, before anything is unpacked; only
  those that make up the picture are handed to the decoder.
* Animations, truncated files and files that unpack to more than a scan of a seal are refused.
* White stays white (multiplied into a page it hides nothing), unless the caller says that it
  is paper and the file has no transparency of its own.
"""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import Image, ImageChops

from signing.errors import UploadedImageError
from signing.images.drawings import SealImage
from signing.images.image_limits import require_size, require_small
from signing.images.palette_pictures import PNG_SIGNATURE, PalettePicture, png_chunk

_BYTES_LIMIT = 4 << 20
_SIDES_PX = (64, 3000)  # a scan of the largest seal at 1200 dpi
_DPI_LIMIT = 300  # finer is not seen in print, and every sealed document carries it
_COLOURS = 16  # a seal has one; the others are its edges
_SOLID = 255
_DRAWN = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_ANIMATED = b"acTL"
_ALPHA_KINDS = (4, 6)  # colour types with a channel of their own, ISO/IEC 15948 11.2.2
_ALIKE = 25  # of 255; less is a scanner's noise
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by colour type
# Left, top, and distances of the passes of an interlaced picture, ISO/IEC 15948 8.2.
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_PAPER_WHITE = 245  # a scanner's white is seldom 255
_OPACITY_STEP = 17  # sixteen opacities are enough for smooth edges
_MM_PER_INCH = 25.4

Chunk = tuple[bytes, bytes]


def seal_image_from_png(
    content: bytes, width_mm: float, *, white_is_paper: bool = False
) -> SealImage:
    """Read a seal image from a PNG.

    Args:
        content: The file.
        width_mm: Width on paper; the height follows from the picture's proportions.
        white_is_paper: Make nearly white pixels transparent; only for a picture that has no
            transparency of its own.

    Raises:
        UploadedImageError: The file cannot be used; the reason says why.
    """
    chunks = _chunks(content)
    width_px, height_px, bits, colour_type = struct.unpack(">IIBB", chunks[0][1][:10])
    shortest, longest = _SIDES_PX
    if not (shortest <= min(width_px, height_px) and max(width_px, height_px) <= longest):
        raise UploadedImageError(reason="pixels", detail=f"{width_px} x {height_px}")
    height_mm = width_mm * height_px / width_px
    require_size(width_mm, height_mm)
    _require_whole(chunks, (width_px, height_px), bits * _SAMPLES.get(colour_type, 1))
    has_alpha = colour_type in _ALPHA_KINDS or any(kind == b"tRNS" for kind, _ in chunks)
    if white_is_paper and has_alpha:
        raise UploadedImageError(reason="transparent")
    image = _decode(chunks, to_width_px=round(width_mm / _MM_PER_INCH * _DPI_LIMIT))
    if white_is_paper:
        image = _without_paper(image)
    picture = _palette(image)
    return require_small(SealImage(picture=picture, width_mm=width_mm, height_mm=height_mm))


def _chunks(content: bytes) -> list[Chunk]:
    """The chunks that make up the picture, the header first.

    1. the file is not too large and starts as a PNG;
    2. every chunk lies wholly in the file and its checksum is right;
    3. the header is first, the end last, with nothing after it;
    4. it is not animated.
    """
    if len(content) > _BYTES_LIMIT:
        raise UploadedImageError(reason="large", detail=_BYTES_LIMIT >> 10)
    if not content.startswith(PNG_SIGNATURE):
        raise UploadedImageError(reason="kind")
    chunks = list(_read_chunks(content))
    kinds = [kind for kind, _ in chunks]
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or kinds.count(b"IHDR") != 1:
        raise UploadedImageError(reason="damaged")
    if len(chunks[0][1]) != 13:  # noqa: PLR2004  # the header's length
        raise UploadedImageError(reason="damaged")
    if _ANIMATED in kinds:
        raise UploadedImageError(reason="animated")
    return [chunk for chunk in chunks if chunk[0] in _DRAWN]


def _require_whole(chunks: list[Chunk], size: tuple[int, int], bits: int) -> None:
    """As many pixels are there as the header says; whatever follows them is not unpacked."""
    starts = _ADAM7 if chunks[0][1][12] else ((0, 0, 1, 1),)
    expected = 0
    for left, top, across, down in starts:
        width, height = -(-(size[0] - left) // across), -(-(size[1] - top) // down)
        expected += height * (1 + -(-width * bits // 8)) if width > 0 else 0
    packed = b"".join(body for kind, body in chunks if kind == b"IDAT")
    try:
        pixels = zlib.decompressobj().decompress(packed, expected)
    except zlib.error as error:
        raise UploadedImageError(reason="damaged") from error
    if len(pixels) < expected:
        raise UploadedImageError(reason="damaged")


def _read_chunks(content: bytes) -> Iterator[Chunk]:
    at, overhead = len(PNG_SIGNATURE), 12
    while at < len(content):
        if at + overhead > len(content):
            raise UploadedImageError(reason="damaged")
        (length,) = struct.unpack_from(">I", content, at)
        end = at + overhead + length
        checked = content[at + 4 : end - 4]
        if end > len(content) or content[end - 4 : end] != struct.pack(">I", zlib.crc32(checked)):
            raise UploadedImageError(reason="damaged")
        yield checked[:4], checked[4:]
        at = end


def _decode(chunks: list[Chunk], *, to_width_px: int) -> Image.Image:
    """The picture with its transparency, no finer than a printer needs."""
    cleaned = PNG_SIGNATURE + b"".join(png_chunk(kind, body) for kind, body in chunks)
    try:
        with Image.open(BytesIO(cleaned), formats=("PNG",)) as opened:
            if opened.mode.startswith("I"):
                raise UploadedImageError(reason="depth")
            image = opened.convert("RGBA")
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error) as error:
        raise UploadedImageError(reason="damaged") from error
    if image.width <= to_width_px:
        return image
    height = max(1, round(image.height * to_width_px / image.width))
    return image.resize((to_width_px, height), Image.Resampling.BOX)


def _without_paper(image: Image.Image) -> Image.Image:
    red, green, blue, _ = image.split()
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    image.putalpha(darkest.point([255] * _PAPER_WHITE + [0] * (256 - _PAPER_WHITE)))
    return image


def _palette(image: Image.Image) -> PalettePicture:
    """The picture in few colours, its opacities apart."""
    steps = [round(value / _OPACITY_STEP) * _OPACITY_STEP for value in range(256)]
    opacities = image.getchannel("A").point(steps)
    if opacities.getextrema()[1] == 0:
        raise UploadedImageError(reason="empty")
    seen = opacities.point([0] + [255] * 255)
    dots = image.convert("RGB")
    # What cannot be seen, and what is as good as the commonest colour, takes that colour.
    prevailing = Image.new("RGB", dots.size, _prevailing(dots, seen))
    red, green, blue = ImageChops.difference(dots, prevailing).split()
    apart = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    other = apart.point([0] * _ALIKE + [255] * (256 - _ALIKE))
    dots = Image.composite(dots, prevailing, ImageChops.multiply(seen, other))
    few = dots.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    indices = few.tobytes()
    colours = bytes(few.getpalette("RGB") or [])[: 3 * (max(indices) + 1)]
    return PalettePicture(
        width_px=few.width,
        height_px=few.height,
        colours=colours,
        indices=indices,
        mask=None if opacities.getextrema()[0] == _SOLID else opacities.tobytes(),
    )


def _prevailing(image: Image.Image, seen: Image.Image) -> tuple[int, int, int]:
    """The commonest colour of the pixels that are seen."""
    apart = Image.merge("RGBA", (*image.split(), seen))
    counts = apart.getcolors(apart.width * apart.height) or []
    visible = ((count, pixel) for count, pixel in counts if isinstance(pixel, tuple) and pixel[3])
    red, green, blue, _ = max(visible)[1]
    return red, green, blue
