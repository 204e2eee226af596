"""Collects outlines that fontTools draws."""

from fontTools.pens.basePen import BasePen

from signing.images.vector_paths import Point, Segment


class SegmentPen(BasePen):  # type: ignore[misc]  # fontTools is untyped
    """Collects an outline; quadratic curves arrive here already as cubic ones."""

    def __init__(self, units: float = 1) -> None:
        """Start with nothing.

        Args:
            units: What every coordinate is divided by.
        """
        super().__init__(None)
        self._units = units
        self.segments: list[Segment] = []

    def _add(self, operator: str, *points: Point) -> None:
        scaled = tuple((x / self._units, y / self._units) for x, y in points)
        self.segments.append(Segment(operator, scaled))

    def _moveTo(self, pt: Point) -> None:  # noqa: N802  # name given by BasePen
        self._add("m", pt)

    def _lineTo(self, pt: Point) -> None:  # noqa: N802  # as above
        self._add("l", pt)

    def _curveToOne(self, pt1: Point, pt2: Point, pt3: Point) -> None:  # noqa: N802  # as above
        self._add("c", pt1, pt2, pt3)

    def _closePath(self) -> None:  # noqa: N802  # as above
        self._add("h")
