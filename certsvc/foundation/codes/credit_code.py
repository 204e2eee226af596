"""Unified social credit codes of units, GB 32100-2015.

- 18 characters of an alphabet of 31 (digits and capitals without I, O, S, V, Z).
- The last character is (31 - sum of value x 3^position mod 31) mod 31.
- Our own units must be right; lawful holders with a wrong check character exist
  (early pilots), so for them this check is advice.
"""

from certsvc.foundation.codes.errors import CreditCodeInvalidError

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LENGTH = 18


def credit_code_check_character(body: str) -> str:
    """Compute the check character of the first 17 characters.

    Raises:
        CreditCodeInvalidError: a character is not of the alphabet, or the length is wrong.
    """
    if len(body) != _LENGTH - 1 or any(c not in _ALPHABET for c in body):
        raise CreditCodeInvalidError(value=body)
    total = sum(_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return _ALPHABET[-total % 31]


def require_credit_code(code: str) -> None:
    """Accept a well-formed credit code with the right check character.

    Raises:
        CreditCodeInvalidError: it is not.
    """
    if len(code) != _LENGTH or credit_code_check_character(code[:-1]) != code[-1]:
        raise CreditCodeInvalidError(value=code)


def is_credit_code(code: str) -> bool:
    """Tell whether a code has the form of a credit code; its check character is not looked at."""
    return len(code) == _LENGTH and all(character in _ALPHABET for character in code)
