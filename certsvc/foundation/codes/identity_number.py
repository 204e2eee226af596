"""Identity numbers of citizens, GB 11643-1999.

- 6 digits area, 8 digits date of birth, 3 digits sequence (odd for men), 1 check character.
- The check character is ISO 7064 MOD 11-2.
"""

import re
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_FORM = re.compile(r"[0-9]{17}[0-9X]")


def identity_number_check_character(body: str) -> str:
    """Compute the check character of the first 17 digits."""
    return _CHECK[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def is_identity_number(number: str) -> bool:
    """Tell whether 18 characters have the form of a number, with a day that the calendar has.

    The check character is not looked at: lawful numbers with a wrong one exist.
    """
    if not _FORM.fullmatch(number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return True
