"""Bars of a chart, as a template draws them; the same numbers stand beside it in words."""

from collections.abc import Sequence
from dataclasses import dataclass

BAR_WIDTH, HEIGHT, LOWEST = 5, 40, 2
"""Units of the drawing."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar."""

    x: int
    y: int
    width: int
    height: int
    is_failure: bool
    """Whether it stands for something that went wrong."""


def bars_of(values: Sequence[tuple[int, bool]], most: int) -> list[Bar]:
    """Draw the last values as bars, the latest on the right, the largest as high as the chart.

    Args:
        values: Each value, and whether it stands for something that went wrong.
        most: How many bars there is room for.
    """
    last = values[-most:]
    largest = max((value for value, _ in last), default=0) or 1
    bars = []
    for number, (value, is_failure) in enumerate(last):
        height = max(LOWEST, round(HEIGHT * value / largest))
        bars.append(
            Bar(
                x=(most - len(last) + number) * BAR_WIDTH,
                y=HEIGHT - height,
                width=BAR_WIDTH - 1,
                height=height,
                is_failure=is_failure,
            )
        )
    return bars
