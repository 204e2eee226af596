"""Numbers of rows in addresses."""

from certsvc.foundation.errors import NotFoundError

_LARGEST = 2**31 - 1
_MOST_DIGITS = 10


def read_number(text: str, unknown: type[NotFoundError]) -> int:
    """Read the number of a row; whatever is none names no row.

    Raises:
        NotFoundError: of the kind `unknown`: it is no number that a row can have.
    """
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    number = int(text) if is_number else 0
    if not 0 < number <= _LARGEST:
        raise unknown
    return number
