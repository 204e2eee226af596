"""The seal image as a value: filled and stroked outlines, or one small palette picture.

* All lengths are true millimetres; the ground is transparent.
* The same image gives the same bytes, made once for any number of documents.
"""

import base64
import zlib
from dataclasses import dataclass
from functools import cached_property

from signing.errors import SealImageError
from signing.images.palette_pictures import PalettePicture
from signing.images.vector_paths import Segment, to_pdf, to_svg

POINTS_PER_MM = 72 / 25.4

Colour = tuple[float, float, float]
"""Red, green and blue of sRGB, 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Pen:
    """How an outline is stroked; the numbers of cap and join are PDF's own (ISO 32000-1 8.4.3)."""

    width_mm: float
    """Width of the line."""

    cap: int = 0
    """0 butt, 1 round, 2 square."""

    join: int = 0
    """0 miter, 1 round, 2 bevel."""

    miter_limit: float = 4.0
    """As in SVG and PDF."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One outline, filled or stroked in one colour."""

    segments: tuple[Segment, ...]
    """The outline, millimetres, origin bottom left."""

    colour: Colour
    """Its colour."""

    opacity: float = 1.0
    """0 is invisible, 1 is solid."""

    even_odd: bool = False
    """Filled by the even-odd rule; otherwise by the non-zero winding rule."""

    pen: Pen | None = None
    """What it is stroked with; ``None``: it is filled."""

    @property
    def opacity_name(self) -> bytes:
        """Name of the graphics state that sets its opacity."""
        return b"O%d" % round(self.opacity * 1000)

    @property
    def content(self) -> bytes:
        """PDF content in millimetres."""
        path = to_pdf(self.segments)
        if self.pen is None:
            paint = b"f*" if self.even_odd else b"f"
            return b"%.3f %.3f %.3f rg\n%b\n%b" % (*self.colour, path, paint)
        style = (self.pen.width_mm, self.pen.cap, self.pen.join, self.pen.miter_limit)
        return b"%.3f %.3f %.3f RG %.3f w %d J %d j %.2f M\n%b\nS" % (*self.colour, *style, path)

    def to_svg(self, *, height_mm: float) -> str:
        """An SVG path element in millimetres."""
        colour = "#" + "".join(f"{round(part * 255):02x}" for part in self.colour)
        opacity = "" if self.opacity == 1 else f' opacity="{self.opacity:.3f}"'
        if self.pen is None:
            rule = ' fill-rule="evenodd"' if self.even_odd else ""
            paint = f'fill="{colour}"{rule}'
        else:
            cap = ("butt", "round", "square")[self.pen.cap]
            join = ("miter", "round", "bevel")[self.pen.join]
            paint = (
                f'fill="none" stroke="{colour}" stroke-width="{self.pen.width_mm:.3f}" '
                f'stroke-linecap="{cap}" stroke-linejoin="{join}" '
                f'stroke-miterlimit="{self.pen.miter_limit:.2f}"'
            )
        return f'<path {paint}{opacity} d="{to_svg(self.segments, height_mm=height_mm)}"/>'


@dataclass(frozen=True, kw_only=True)
class SealImage:
    """A seal image (印章图像) on a transparent ground: outlines, or a picture."""

    width_mm: float
    """Width on paper."""

    height_mm: float
    """Height on paper."""

    shapes: tuple[Shape, ...] = ()
    """Outlines, the lowest first."""

    picture: PalettePicture | None = None
    """A picture instead of outlines."""

    def __post_init__(self) -> None:
        if bool(self.shapes) == (self.picture is not None):
            raise SealImageError(reason="empty", character="")

    @property
    def is_plain(self) -> bool:
        """Whether it is one solid outline, which needs no transparency group of its own."""
        return len(self.shapes) == 1 and self.shapes[0].opacity == 1

    @cached_property
    def content(self) -> bytes:
        """PDF content of the outlines, in millimetres."""
        if self.is_plain:
            return self.shapes[0].content
        return b"\n".join(b"/%b gs\n%b" % (each.opacity_name, each.content) for each in self.shapes)

    @property
    def size_pt(self) -> tuple[float, float]:
        """Width and height in points."""
        return self.width_mm * POINTS_PER_MM, self.height_mm * POINTS_PER_MM

    @cached_property
    def multiplied(self) -> bytes:
        """What draws the drawing ``/Drawing`` into the page, deflated."""
        width, height = (1.0, 1.0) if self.picture is None else self.size_pt
        return zlib.compress(b"q /Seal gs %.6f 0 0 %.6f 0 0 cm /Drawing Do Q" % (width, height))

    @cached_property
    def compressed(self) -> bytes:
        """What a form XObject of true size draws, deflated once for every document."""
        scale = b"%.6f" % POINTS_PER_MM
        state = b"/Seal gs " if self.is_plain else b""
        return zlib.compress(b"q %b%b 0 0 %b 0 0 cm\n%b\nQ" % (state, scale, scale, self.content))

    def to_svg(self) -> str:
        """A stand-alone SVG in true millimetres, for web pages."""
        return self._svg

    @cached_property
    def _svg(self) -> str:
        width, height = f"{self.width_mm:g}", f"{self.height_mm:g}"
        if self.picture is None:
            drawn = "".join(shape.to_svg(height_mm=self.height_mm) for shape in self.shapes)
        else:
            encoded = base64.b64encode(self.picture.png).decode("ascii")
            drawn = (
                f'<image width="{width}" height="{height}" href="data:image/png;base64,{encoded}"/>'
            )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
            f'viewBox="0 0 {width} {height}">{drawn}</svg>'
        )
