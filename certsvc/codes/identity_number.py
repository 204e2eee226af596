"""Identity numbers of citizens, GB 11643-1999.

- 6 digits area, 8 digits date of birth, 3 digits sequence (odd for men), 1 check character.
- The check character is ISO 7064 MOD 11-2.
"""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


def identity_number_check_character(body: str) -> str:
    """Compute the check character of the first 17 digits."""
    return _CHECK[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]
