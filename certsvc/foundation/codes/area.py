"""Area codes of places in China, GB/T 2260.

- Six digits: province, prefecture, county. A place that lost its code keeps its old papers, and
  identity numbers of 18 characters name places of forty years, so only the province is checked.
- `99` is not assigned: the demonstration's places begin with it, and production knows none.
"""

import re

_GIVEN = (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55))
PROVINCES = frozenset(map(str, (*_GIVEN, *range(61, 66), 71, 81, 82)))
"""The first two digits that GB/T 2260 gives, Hong Kong, Macao and Taiwan among them."""
FICTIONAL = "99"
"""First two digits of places that do not exist."""
_OF_RESIDENTS = "83"
"""Residence permits of people from Taiwan (港澳台居民居住证申领发放办法)."""
_OF_FOREIGNERS = "9"
"""First digit of foreigners' permanent residence cards since 2023."""

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


def begins_identity_number(digits: str) -> bool:
    """Tell whether an identity number, or one of the same form, may begin with two digits."""
    return is_province(digits) or digits == _OF_RESIDENTS or digits.startswith(_OF_FOREIGNERS)
