"""Uploaded PNGs: small, transparent where they are, and nothing harmful unpacked."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageChops, PngImagePlugin

from signing.errors import UploadedImageError
from signing.images.palette_pictures import PNG_SIGNATURE, PalettePicture, png_chunk
from signing.images.png_images import seal_image_from_png
from signing.images.uploaded_images import seal_image_from_file
from tests.support.seal_pictures import RED, SVG, WHITE, grey_rows, png, raw_png, ring


def _picture(content: bytes, *, white_is_paper: bool = False) -> PalettePicture:
    picture = seal_image_from_png(content, 42.0, white_is_paper=white_is_paper).picture
    assert picture is not None
    return picture


def _at(picture: PalettePicture, x: int, y: int) -> tuple[int, ...]:
    with Image.open(BytesIO(picture.png)) as image:
        pixel = image.convert("RGBA").getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel


def test_transparency_is_kept() -> None:
    picture = _picture(png(ring()))
    assert (picture.width_px, picture.height_px) == (400, 400)
    assert picture.colours == bytes(RED[:3])
    assert _at(picture, 200, 5) == RED
    assert _at(picture, 200, 200)[3] == 0


def test_white_stays_white_unless_it_is_said_to_be_paper() -> None:
    scan = png(ring(ground=WHITE).convert("RGB"))
    kept = _picture(scan)
    assert kept.mask is None
    assert _at(kept, 200, 200) == WHITE
    cut = _picture(scan, white_is_paper=True)
    assert _at(cut, 200, 200)[3] == 0
    assert _at(cut, 200, 5) == RED


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_ordinary_kind_can_be_read(mode: str) -> None:
    picture = _picture(png(ring(ground=WHITE).convert(mode)))
    assert len(picture.indices) == 160_000
    assert len(picture.colours) <= 3 * 16


def test_interlaced_pictures_can_be_read() -> None:
    passes = [(13, 13), (12, 13), (25, 12), (25, 25), (50, 25), (50, 50), (100, 50)]
    rows = b"".join((b"\0" + b"\x80" * across) * down for across, down in passes)
    head = struct.pack(">IIBBBBB", 100, 100, 8, 0, 0, 0, 1)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    whole = PNG_SIGNATURE + b"".join(png_chunk(kind, body) for kind, body in chunks)
    assert _at(_picture(whole), 50, 50) == (128, 128, 128, 255)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows[:-1])), (b"IEND", b""))
    short = PNG_SIGNATURE + b"".join(png_chunk(kind, body) for kind, body in chunks)
    with pytest.raises(UploadedImageError):
        _picture(short)


def test_it_is_no_finer_than_a_printer_needs() -> None:
    picture = _picture(png(ring(2000)))
    assert picture.width_px == 496  # 42 mm at 300 dpi
    assert len(picture.compressed_indices) + len(picture.compressed_mask or b"") < 8 << 10


def test_the_picture_that_web_pages_show_is_the_same() -> None:
    source = ring(300)
    with Image.open(BytesIO(_picture(png(source)).png)) as shown:
        difference = ImageChops.difference(shown.getchannel("A"), source.getchannel("A"))
    assert difference.getextrema() == (0, 0)


def test_the_same_file_gives_the_same_bytes() -> None:
    first, second = (_picture(png(ring(700))) for _ in range(2))
    assert first == second
    assert first.png == second.png


def test_notes_in_the_file_are_not_looked_at() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "x" * (2 << 20), zip=True)  # more than Pillow itself would read
    assert _picture(png(ring(), pnginfo=notes)) == _picture(png(ring()))


def _animated() -> bytes:
    out = BytesIO()
    frames = [ring(ground=WHITE), ring()]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


def _broken_checksum() -> bytes:
    content = bytearray(png(ring()))
    content[-5] ^= 1
    return bytes(content)


_BOMB = raw_png((b"IDAT", zlib.compress(bytes(200 << 20), 9)), width=30_000, height=30_000)
_LONGER = raw_png((b"IDAT", zlib.compress(bytes(200 << 20), 9)))  # than its header says


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "kind"),
        (b"GIF89a", "kind"),
        (png(ring())[:-200], "damaged"),
        (png(ring())[:-12], "damaged"),
        (png(ring()) + b"more", "damaged"),
        (_broken_checksum(), "damaged"),
        (raw_png(), "damaged"),
        (raw_png((b"IDAT", b"not deflated")), "damaged"),
        (raw_png(grey_rows(100, 50)), "damaged"),
        (raw_png((b"IHDR", b""), grey_rows()), "damaged"),
        (_animated(), "animated"),
        (_BOMB, "pixels"),
        (raw_png(grey_rows(10, 10), width=10, height=10), "pixels"),
        (png(ring(400).crop((0, 0, 70, 400))), "size"),
        (png(Image.new("RGBA", (100, 100))), "empty"),
        (png(Image.effect_noise((800, 800), 90)), "complex"),
        (png(Image.new("RGB", (3001, 100))), "pixels"),
        (png(Image.new("I;16", (100, 100))), "depth"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 5 << 20) + bytes(4 << 20), "large"),
    ],
)
def test_what_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UploadedImageError) as refused:
        seal_image_from_png(content, 42.0)
    assert refused.value.params["reason"] == reason


def test_a_stream_longer_than_the_picture_is_not_unpacked_further() -> None:
    assert len(_picture(_LONGER).indices) == 10_000


def test_white_cannot_be_paper_where_something_is_transparent_already() -> None:
    for image in (ring(), ring().convert("LA")):
        with pytest.raises(UploadedImageError) as refused:
            seal_image_from_png(png(image), 42.0, white_is_paper=True)
        assert refused.value.params["reason"] == "transparent"


def test_a_file_is_read_as_what_it_is() -> None:
    assert seal_image_from_file(png(ring()), 42.0).picture is not None
    assert seal_image_from_file(b"\xef\xbb\xbf \n" + SVG.encode(), 42.0).shapes
    with pytest.raises(UploadedImageError) as refused:
        seal_image_from_file(b"%PDF-1.7", 42.0)
    assert refused.value.params["reason"] == "kind"
