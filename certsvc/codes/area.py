"""Area codes of places in China, GB/T 2260.

- Six digits: province, prefecture, county. A place that lost its code keeps its old papers, and
  identity numbers of 18 characters name places of forty years, so only the province is checked.
- `99` is nobody's: the demonstration's places begin with it, and production knows none.
"""

import re

PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46"
    " 50 51 52 53 54 61 62 63 64 65 71 81 82".split()
)
"""The first two digits that GB/T 2260 gives, Hong Kong, Macao and Taiwan among them."""
FICTIONAL = "99"
"""First two digits of places that do not exist."""

_FORM = re.compile(r"[0-9]{6}")


def is_area_code(code: str, *, fictional: bool = False) -> bool:
    """Tell whether six digits can be a place of GB/T 2260.

    Args:
        code: The code.
        fictional: Whether places of a demonstration count too.
    """
    return bool(_FORM.fullmatch(code)) and is_province(code[:2], fictional=fictional)


def is_province(digits: str, *, fictional: bool = False) -> bool:
    """Tell whether two digits are a province's."""
    return digits in PROVINCES or (fictional and digits == FICTIONAL)
