"""Identity numbers of citizens, GB 11643-1999.

- 6 digits area, 8 digits date of birth, 3 digits sequence (odd for men), 1 check character.
- The check character is ISO 7064 MOD 11-2.
"""

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_LENGTH = 18


def identity_number_check_character(body: str) -> str:
    """Compute the check character of the first 17 digits."""
    return _CHECK[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def is_identity_number(number: str, *, on: date) -> bool:
    """Tell whether a number has the right form, a real birthday up to `on`, and check character.

    For judging what somebody typed; a department's own record stands even if this is False.
    """
    body = number[:-1]
    if len(number) != _LENGTH or not (body.isascii() and body.isdigit()):
        return False
    try:
        born_on = date(int(body[6:10]), int(body[10:12]), int(body[12:14]))
    except ValueError:
        return False
    return born_on <= on and identity_number_check_character(body) == number[-1]
