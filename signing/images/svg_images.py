"""Read an uploaded SVG as a seal image, keeping nothing of it but outlines and colours.

* Drawn: paths, basic shapes, groups, transformations, fill and stroke in one colour each.
* Refused: scripts, links, style sheets, text that is not outlined, pictures, gradients, patterns,
  clipping, masks, filters, declared entities; never left out silently.
* Read by libxml2 without network, without a DTD and within limits.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from xml.parsers import expat

from fontTools.misc.transform import Transform
from lxml import etree

from signing.errors import UploadedImageError
from signing.images.drawings import Pen, SealImage, Shape
from signing.images.image_limits import require_size, require_small
from signing.images.svg_outlines import DRAWN, number, numbers, outline
from signing.images.svg_styles import INHERITED, colour, opacity, properties, transformation
from signing.images.vector_paths import Segment

_NAMESPACE = "http://www.w3.org/2000/svg"
_BYTES_LIMIT = 512 << 10
_ELEMENTS_LIMIT, _DEPTH_LIMIT, _SEGMENTS_LIMIT = 2_000, 32, 20_000
_SILENT = {"title", "desc", "metadata"}
_ALIKE = 1e-3
_CAPS, _JOINS = ("butt", "round", "square"), ("miter", "round", "bevel")


def seal_image_from_svg(content: bytes, width_mm: float) -> SealImage:
    """Read a seal image from an SVG.

    Args:
        content: The file, UTF-8.
        width_mm: Width on paper; the height follows from the drawing's proportions.

    Raises:
        UploadedImageError: The file cannot be drawn faithfully; the reason says why.
    """
    root = _parse(content)
    left, top, width, height = _view(root)
    height_mm = width_mm * height / width
    require_size(width_mm, height_mm)
    scale = width_mm / width
    # SVG's y grows downwards.
    to_paper = Transform(scale, 0, 0, -scale, -left * scale, height_mm + top * scale)
    found = tuple(_Walk().shapes(root, to_paper, INHERITED, 0))
    if not found:
        raise UploadedImageError(reason="empty")
    return require_small(SealImage(shapes=found, width_mm=width_mm, height_mm=height_mm))


def _parse(content: bytes) -> Any:  # noqa: ANN401  # lxml is untyped
    if len(content) > _BYTES_LIMIT:
        raise UploadedImageError(reason="large", detail=_BYTES_LIMIT >> 10)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UploadedImageError(reason="encoding") from error
    if "<!ENTITY" in text or _declares_things(text):
        raise UploadedImageError(reason="entity")
    if "<?xml-stylesheet" in text:
        raise UploadedImageError(reason="style")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UploadedImageError(reason="damaged") from error
    if root.tag != f"{{{_NAMESPACE}}}svg":
        raise UploadedImageError(reason="not-svg")
    return root


def _declares_things(text: str) -> bool:
    """Tell whether a document type has declarations of its own; its mere name does nothing.

    Drawing programs write the name of SVG's own document type, which nothing here fetches.
    """
    found: list[bool] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *given: found.append(bool(given[3]))
    with suppress(expat.ExpatError):  # damaged: for the real parser to say
        parser.Parse(text.encode("utf-8"), True)  # noqa: FBT003  expat takes no keywords
    return any(found)


def _view(root: Any) -> tuple[float, float, float, float]:  # noqa: ANN401  lxml is untyped
    """Left, top, width and height of the drawing in user units."""
    box = root.get("viewBox")
    if box is None:
        size = (_strip_unit(root.get("width", "")), _strip_unit(root.get("height", "")))
        view = (0.0, 0.0, *(number(value) for value in size))
    else:
        view = tuple(numbers(box))
    if len(view) != 4 or min(view[2:]) <= 0:  # noqa: PLR2004  # place and size
        raise UploadedImageError(reason="value", detail=box or "width, height")
    return view


def _strip_unit(length: str) -> str:
    # Only the proportion counts, so any unit will do as long as both are the same.
    return length.strip().removesuffix("mm").removesuffix("cm").removesuffix("in")


class _Walk:
    """Goes through the elements once, in the order they are painted."""

    def __init__(self) -> None:
        self._elements = self._segments = 0

    def shapes(
        self,
        element: Any,  # noqa: ANN401  lxml is untyped
        placed: Transform,
        style: Mapping[str, str],
        depth: int,
    ) -> Iterator[Shape]:
        """The shapes of an element and what is in it."""
        self._elements += 1
        if self._elements > _ELEMENTS_LIMIT or depth > _DEPTH_LIMIT:
            raise UploadedImageError(reason="complex")
        kind = _kind(element)
        if kind is None:
            return
        attributes = _attributes(element)
        own = properties(attributes)
        alpha = opacity(own.pop("opacity", "1"))
        style = {**style, **own}
        # On the root of a file alone, SVG 1.1 has no transformation.
        moved = placed.transform(transformation(attributes.get("transform", "")))
        if kind in DRAWN:
            yield from self._drawn(kind, attributes, moved, style, alpha)
            return
        if alpha != 1 and len(element):
            raise UploadedImageError(reason="property", detail="opacity")
        for child in element:
            yield from self.shapes(child, moved, style, depth + 1)

    def _drawn(
        self,
        kind: str,
        attributes: Mapping[str, str],
        moved: Transform,
        style: Mapping[str, str],
        alpha: float,
    ) -> Iterator[Shape]:
        segments = outline(kind, attributes)
        self._segments += len(segments)
        if self._segments > _SEGMENTS_LIMIT:
            raise UploadedImageError(reason="complex")
        if not segments:
            return
        fill, stroke = colour(style["fill"]), colour(style["stroke"])
        width = number(style["stroke-width"])
        if width <= 0 or kind == "line":
            fill, stroke = (None, stroke) if kind == "line" else (fill, None)
        if fill and stroke and alpha != 1:  # painted together first, then made transparent
            raise UploadedImageError(reason="property", detail="opacity")
        on_paper = _on_paper(segments, moved)
        if fill:
            yield Shape(
                segments=on_paper,
                colour=fill[0],
                opacity=alpha * fill[1] * opacity(style["fill-opacity"]),
                even_odd=_one_of(style, "fill-rule", ("nonzero", "evenodd")) == 1,
            )
        if stroke:
            yield Shape(
                segments=on_paper,
                colour=stroke[0],
                opacity=alpha * stroke[1] * opacity(style["stroke-opacity"]),
                pen=_pen(style, width, moved),
            )


def _kind(element: Any) -> str | None:  # noqa: ANN401  lxml is untyped
    """Name of an element that is drawn or holds others; ``None`` if it shows nothing."""
    if not isinstance(element.tag, str):  # a reference to an entity
        raise UploadedImageError(reason="entity")
    name = etree.QName(element)
    if name.localname.lower() in ("script", "style"):
        raise UploadedImageError(reason=name.localname.lower())
    if name.namespace != _NAMESPACE:
        return None  # an editor's notes, which no viewer draws
    if name.localname in _SILENT or (name.localname == "defs" and not len(element)):
        return None
    if name.localname not in DRAWN and name.localname not in ("svg", "g"):
        raise UploadedImageError(reason="element", detail=name.localname)
    if name.localname == "svg" and element.getparent() is not None:
        raise UploadedImageError(reason="element", detail="svg")
    return str(name.localname)


def _attributes(element: Any) -> dict[str, str]:  # noqa: ANN401  lxml is untyped
    found = {}
    for name, value in element.items():
        local = etree.QName(name).localname
        if local == "href":
            raise UploadedImageError(reason="link", detail=value)
        if name.lower().startswith("on"):
            raise UploadedImageError(reason="script", detail=name)
        found[name] = str(value)
    return found


def _on_paper(segments: list[Segment], moved: Transform) -> tuple[Segment, ...]:
    return tuple(
        Segment(segment.operator, tuple(moved.transformPoints(segment.points)))
        for segment in segments
    )


def _pen(style: Mapping[str, str], width: float, moved: Transform) -> Pen:
    xx, xy, yx, yy = moved[:4]
    across, down = math.hypot(xx, xy), math.hypot(yx, yy)
    # A line keeps one width only if both directions are scaled alike and stay at right angles.
    leaning = abs(xx * yx + xy * yy) > _ALIKE * across * down
    if leaning or not math.isclose(across, down, rel_tol=_ALIKE):
        raise UploadedImageError(reason="property", detail="stroke, transform")
    return Pen(
        width_mm=width * across,
        cap=_one_of(style, "stroke-linecap", _CAPS),
        join=_one_of(style, "stroke-linejoin", _JOINS),
        miter_limit=max(1.0, number(style["stroke-miterlimit"])),
    )


def _one_of(style: Mapping[str, str], name: str, values: tuple[str, ...]) -> int:
    if style[name] not in values:
        raise UploadedImageError(reason="property", detail=f"{name}: {style[name]}")
    return values.index(style[name])
