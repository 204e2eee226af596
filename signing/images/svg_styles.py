"""Looks of SVG: properties, colours and transformations.

* What would change the picture and is not understood is refused; what has no effect is ignored.
* Nothing refers to anything else: neither ``url(…)`` nor a style sheet.
"""

import re
from collections.abc import Mapping
from math import radians, tan

from fontTools.misc.transform import Identity, Transform
from PIL import ImageColor

from signing.errors import UploadedImageError
from signing.images.drawings import Colour
from signing.images.svg_outlines import number, numbers

INHERITED = {
    "fill": "black",
    "fill-opacity": "1",
    "fill-rule": "nonzero",
    "stroke": "none",
    "stroke-opacity": "1",
    "stroke-width": "1",
    "stroke-linecap": "butt",
    "stroke-linejoin": "miter",
    "stroke-miterlimit": "4",
}
"""Properties that an element has from those around it, and their initial values."""

# Properties that would change the picture, and the values with which they do not.
_NEUTRAL: Mapping[str, tuple[str, ...]] = {
    "clip-path": ("none",),
    "color": (),
    "display": ("inline", "block"),
    "filter": ("none",),
    "marker": ("none",),
    "marker-end": ("none",),
    "marker-mid": ("none",),
    "marker-start": ("none",),
    "mask": ("none",),
    "mix-blend-mode": ("normal",),
    "paint-order": ("normal", "fill", "markers fill stroke", "fill markers stroke"),
    "stroke-dasharray": ("none",),
    "transform-box": (),
    "transform-origin": (),
    "vector-effect": ("none",),
    "visibility": ("visible", "inherit"),
}
_HARMLESS = {"color"}  # used only where a colour says currentColor, which is refused
# These are attributes; as properties of SVG 2 they would win over the attributes.
_GEOMETRY = {"transform", "d", "cx", "cy", "r", "rx", "ry", "x", "y", "width", "height", "all"}
_ESCAPES = re.compile(r"url\s*\(|@|\\|/\*|!|var\s*\(|expression", re.IGNORECASE)
_NO_COLOUR = ("none", "transparent")
_STEP = re.compile(r"\s*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^()]*)\)[\s,]*")
_COUNTS = {
    "matrix": (6,),
    "translate": (1, 2),
    "scale": (1, 2),
    "rotate": (1, 3),
    "skewX": (1,),
    "skewY": (1,),
}
_PERCENT = 100


def properties(attributes: Mapping[str, str]) -> dict[str, str]:
    """What an element's attributes and its ``style`` say about its looks.

    Raises:
        UploadedImageError: Something would change the picture and is not understood.
    """
    known = INHERITED.keys() | _NEUTRAL.keys() | {"opacity"}
    found = {name: value.strip() for name, value in attributes.items() if name in known}
    for declaration in attributes.get("style", "").split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        name = name.lower()
        if _ESCAPES.search(declaration) or name in _GEOMETRY:
            raise UploadedImageError(reason="property", detail=declaration.strip())
        if name in known:
            found[name] = value
    for name, neutral in _NEUTRAL.items():
        value = found.pop(name, "")
        if value and name not in _HARMLESS and value not in neutral:
            raise UploadedImageError(reason="property", detail=f"{name}: {value}")
    return {name: value for name, value in found.items() if value != "inherit"}


def colour(text: str) -> tuple[Colour, float] | None:
    """A colour and its opacity; ``None`` if nothing is painted.

    Raises:
        UploadedImageError: It is no colour, or refers to one elsewhere.
    """
    if text.lower() in _NO_COLOUR:
        return None
    try:
        red, green, blue, *rest = ImageColor.getrgb(text)
    except ValueError as error:
        raise UploadedImageError(reason="colour", detail=text) from error
    opacity = rest[0] / 255 if rest else 1.0
    parts = [min(max(part, 0), 255) / 255 for part in (red, green, blue)]
    return (parts[0], parts[1], parts[2]), opacity


def opacity(text: str) -> float:
    """An opacity, 0 to 1.

    Raises:
        UploadedImageError: It is none.
    """
    value = number(text[:-1]) / _PERCENT if text.endswith("%") else number(text)
    return min(max(value, 0.0), 1.0)


def transformation(text: str) -> Transform:
    """The transformation of a ``transform`` attribute (SVG 1.1 clause 7.6).

    Raises:
        UploadedImageError: It cannot be read.
    """
    whole, at = Identity, 0
    while at < len(text.rstrip()):
        step = _STEP.match(text, at)
        if step is None:
            raise UploadedImageError(reason="value", detail=text)
        values = numbers(step[2])
        if len(values) not in _COUNTS[step[1]]:
            raise UploadedImageError(reason="value", detail=text)
        whole, at = _apply(whole, step[1], values), step.end()
    return whole


def _apply(whole: Transform, name: str, values: list[float]) -> Transform:
    match name:
        case "matrix":
            return whole.transform(values)
        case "translate":
            return whole.translate(*values)
        case "scale":
            return whole.scale(*values)
        case "rotate":
            x, y = values[1:] or (0.0, 0.0)
            return whole.translate(x, y).rotate(radians(values[0])).translate(-x, -y)
        case "skewX":
            return whole.transform((1, 0, tan(radians(values[0])), 1, 0, 0))
        case _:
            return whole.transform((1, tan(radians(values[0])), 0, 1, 0, 0))
