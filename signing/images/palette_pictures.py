"""A small picture of at most 256 colours with a mask of opacities, as PDF and PNG store it."""

import struct
import zlib
from dataclasses import dataclass
from functools import cached_property

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BEST = 9  # deflated once, stored in every sealed document
_BITS, _WITH_ALPHA = 8, 6  # PNG (ISO/IEC 15948) 11.2.2


@dataclass(frozen=True, kw_only=True)
class PalettePicture:
    """Pixels row by row from the top, one byte each."""

    width_px: int
    """Pixels across."""

    height_px: int
    """Pixels down."""

    colours: bytes
    """Red, green and blue of each colour, one byte each."""

    indices: bytes
    """Number of the colour of each pixel."""

    mask: bytes | None
    """Opacity of each pixel; ``None`` if all are solid."""

    @cached_property
    def compressed_indices(self) -> bytes:
        """The numbers of colours, deflated."""
        return zlib.compress(self.indices, _BEST)

    @cached_property
    def compressed_mask(self) -> bytes | None:
        """The opacities, deflated."""
        return None if self.mask is None else zlib.compress(self.mask, _BEST)

    @cached_property
    def png(self) -> bytes:
        """A stand-alone PNG."""
        table = self.colours.ljust(3 * 256, b"\0")
        pixels = bytearray(4 * len(self.indices))
        for part in range(3):
            pixels[part::4] = self.indices.translate(table[part::3])
        pixels[3::4] = self.mask or b"\xff" * len(self.indices)
        width = 4 * self.width_px
        rows = b"".join(b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width))
        kind = (_BITS, _WITH_ALPHA, 0, 0, 0)
        head = struct.pack(">IIBBBBB", self.width_px, self.height_px, *kind)
        return b"".join(
            (
                PNG_SIGNATURE,
                png_chunk(b"IHDR", head),
                png_chunk(b"IDAT", zlib.compress(rows, _BEST)),
                png_chunk(b"IEND", b""),
            )
        )


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG: length, kind, content, checksum."""
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))
