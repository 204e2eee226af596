"""Outlines of SVG: path data and basic shapes (SVG 1.1 clauses 8 and 9), in user units.

* Numbers and commands are read strictly; what is not understood is refused, never guessed.
"""

import re
from collections.abc import Callable, Mapping

from fontTools.svgLib.path.parser import parse_path

from signing.errors import UploadedImageError
from signing.images.segment_pen import SegmentPen
from signing.images.vector_paths import Segment

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_FLAG = re.compile(r"[01]")
_GAP = re.compile(r"[\s,]*")
_COMMAND = re.compile(r"[MmZzLlHhVvCcSsQqTtAa]")
_ARGUMENTS = {"M": 2, "Z": 0, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}
_ARC_FLAGS = (3, 4)
_FARTHEST = 1e6  # user units; beyond it arithmetic is no longer exact
_LENGTH_UNITS = ("", "px")


def number(text: str) -> float:
    """A number, alone or in pixels.

    Raises:
        UploadedImageError: It is none, or beyond reason.
    """
    matched = _NUMBER.match(text.strip())
    if matched is None or text.strip()[matched.end() :] not in _LENGTH_UNITS:
        raise UploadedImageError(reason="value", detail=text)
    return _within_reason(matched[0])


def numbers(text: str) -> list[float]:
    """Numbers with blanks and commas between them.

    Raises:
        UploadedImageError: There is anything else.
    """
    found, at = [], _skip(text, 0)
    while at < len(text):
        matched = _NUMBER.match(text, at)
        if matched is None:
            raise UploadedImageError(reason="value", detail=text)
        found.append(_within_reason(matched[0]))
        at = _skip(text, matched.end())
    return found


def outline(kind: str, attributes: Mapping[str, str]) -> list[Segment]:
    """The outline of a drawing element, which may be empty.

    Args:
        kind: Name of the element, one of :data:`DRAWN`.
        attributes: Its attributes.

    Raises:
        UploadedImageError: An attribute cannot be read.
    """
    data = DRAWN[kind](attributes)
    if not data.strip():
        return []
    pen = SegmentPen()
    try:
        parse_path(_canonical(data), pen)
    except (ValueError, ArithmeticError, AssertionError) as error:
        raise UploadedImageError(reason="value", detail=data) from error
    reach = [abs(part) for segment in pen.segments for point in segment.points for part in point]
    if not all(part <= _FARTHEST for part in reach):
        raise UploadedImageError(reason="value", detail=data)
    return pen.segments


def _canonical(data: str) -> str:
    """Path data with each number written in full, blanks between all parts."""
    parts, at = [], _skip(data, 0)
    while at < len(data):
        command = _COMMAND.match(data, at)
        if command is None:
            raise UploadedImageError(reason="value", detail=data)
        arguments, at = _arguments(data, _skip(data, command.end()), command[0].upper())
        parts += [command[0], *arguments]
    return " ".join(parts)


def _arguments(data: str, at: int, command: str) -> tuple[list[str], int]:
    expected, found = _ARGUMENTS[command], list[str]()
    while True:
        turn = len(found) % expected if expected else 0
        is_flag = command == "A" and turn in _ARC_FLAGS
        matched = (_FLAG if is_flag else _NUMBER).match(data, at) if expected else None
        if matched is None:
            break
        found.append(matched[0] if is_flag else repr(_within_reason(matched[0])))
        at = _skip(data, matched.end())
    if expected and (not found or len(found) % expected):
        raise UploadedImageError(reason="value", detail=data)
    return found, at


def _skip(text: str, at: int) -> int:
    gap = _GAP.match(text, at)
    return gap.end() if gap else at


def _within_reason(text: str) -> float:
    value = float(text)
    if not abs(value) <= _FARTHEST:
        raise UploadedImageError(reason="value", detail=text)
    return value


def _path(attributes: Mapping[str, str]) -> str:
    return attributes.get("d", "")


def _rect(attributes: Mapping[str, str]) -> str:
    names = ("x", "y", "width", "height")
    x, y, width, height = (number(attributes.get(name, "0")) for name in names)
    if width <= 0 or height <= 0:
        return ""
    # A radius that is not given is the other's (SVG 1.1 9.2).
    given = attributes.get("rx", attributes.get("ry", "0"))
    rx = min(number(attributes.get("rx", given)), width / 2)
    ry = min(number(attributes.get("ry", given)), height / 2)
    if rx <= 0 or ry <= 0:
        return f"M{x} {y}h{width}v{height}h{-width}Z"
    across, down = width - 2 * rx, height - 2 * ry
    return (
        f"M{x + rx} {y}h{across}a{rx} {ry} 0 0 1 {rx} {ry}v{down}a{rx} {ry} 0 0 1 {-rx} {ry}"
        f"h{-across}a{rx} {ry} 0 0 1 {-rx} {-ry}v{-down}a{rx} {ry} 0 0 1 {rx} {-ry}Z"
    )


def _ellipse(attributes: Mapping[str, str]) -> str:
    x, y = number(attributes.get("cx", "0")), number(attributes.get("cy", "0"))
    circle = attributes.get("r", "0")
    rx, ry = number(attributes.get("rx", circle)), number(attributes.get("ry", circle))
    if rx <= 0 or ry <= 0:
        return ""
    half = f"a{rx} {ry} 0 0 1 "
    return f"M{x - rx} {y}{half}{2 * rx} 0{half}{-2 * rx} 0Z"


def _line(attributes: Mapping[str, str]) -> str:
    x1, y1, x2, y2 = (number(attributes.get(name, "0")) for name in ("x1", "y1", "x2", "y2"))
    return f"M{x1} {y1}L{x2} {y2}"


def _polyline(attributes: Mapping[str, str]) -> str:
    points = numbers(attributes.get("points", ""))
    if len(points) % 2:
        raise UploadedImageError(reason="value", detail="points")
    return "M" + " ".join(map(repr, points)) if points else ""


def _polygon(attributes: Mapping[str, str]) -> str:
    drawn = _polyline(attributes)
    return drawn and drawn + "Z"


DRAWN: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "path": _path,
    "rect": _rect,
    "circle": _ellipse,
    "ellipse": _ellipse,
    "line": _line,
    "polyline": _polyline,
    "polygon": _polygon,
}
"""The elements that draw, and their path data."""
