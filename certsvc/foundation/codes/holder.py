"""Holders of certificates and the kinds of code that name them, GB/T 36903-2018 annex A.

- A number is read as people type it: full-width digits, blanks between groups, small letters.
- What no number can hold is refused, and the sentence says which character it is.
- What is plainly a code of another kind is refused: a credit code chosen as identity number.
- An identity number or credit code with a wrong check character is not refused: lawful ones
  exist.
"""

import re
import unicodedata
from dataclasses import InitVar, dataclass, field
from enum import StrEnum

from certsvc.foundation.codes.credit_code import credit_code_check_character, is_credit_code
from certsvc.foundation.codes.errors import HolderCodeInvalidError
from certsvc.foundation.codes.identity_number import (
    identity_number_check_character,
    is_identity_number,
)

_PRINTABLE = re.compile(r"[0-9A-Za-z()（）\-]")
_IDENTITY_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_FULL_WIDTH = re.compile("[\uff0d\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_LONGEST = 40
_IDENTITY_LENGTHS = {15, 18}  # 15 digits until 1999
_OLD_IDENTITY_LENGTH = 15


class HolderCodeType(StrEnum):
    """持证主体代码类型: what kind of document names the holder."""

    CREDIT_CODE = "001"
    OTHER_ORGANISATION = "099"
    IDENTITY_NUMBER = "111"
    PASSPORT = "414"
    TAIWAN_PERMIT = "511"
    HONG_KONG_MACAO_PERMIT = "516"
    OTHER_PERSON = "999"


@dataclass(frozen=True, kw_only=True)
class HolderCode:
    """The code that names a holder (持证主体代码) and its kind."""

    value: str = field(repr=False)
    """The number as printed on the document; letters become capitals."""
    kind: HolderCodeType = HolderCodeType.IDENTITY_NUMBER
    """Its kind; resident identity number unless told."""

    is_kept: InitVar[bool] = False
    """Whether it is read back from where it is kept: then nobody is asked about its kind."""

    def __post_init__(self, is_kept: bool) -> None:
        # One person must not become two by the x of their number, or by how it was typed.
        object.__setattr__(self, "value", normalise_code(self.value))
        if not is_kept:
            _require_likely_kind(self.value, self.kind)
        _check_form(self.value, self.kind)

    @classmethod
    def of(cls, kind: str, value: str) -> "HolderCode":
        """Read a stored pair of kind and value back."""
        return cls(value=value, kind=HolderCodeType(kind), is_kept=True)


def normalise_code(typed: str) -> str:
    """Return a number as it is kept: plain digits and capital letters, without blanks."""
    return half_width("".join(typed.split())).upper()


def half_width(text: str) -> str:
    """Return a text with full-width digits, letters and hyphens made plain.

    Brackets are printed full-width in the numbers of some documents, and stay as they are.
    """
    return "".join(
        unicodedata.normalize("NFKC", letter) if _FULL_WIDTH.fullmatch(letter) else letter
        for letter in text
    )


def _require_likely_kind(value: str, kind: HolderCodeType) -> None:
    """Refuse what is plainly the code of another kind: the wrong one was chosen in a list."""
    is_right_credit_code = (
        is_credit_code(value)
        and value[0] != "0"  # no authority registers with it
        and credit_code_check_character(value[:-1]) == value[-1]
    )
    if kind is HolderCodeType.IDENTITY_NUMBER:
        # Of a number's form and with a wrong check character: lawful, and may fit a code by chance.
        if is_right_credit_code and not is_identity_number(value):
            raise HolderCodeInvalidError(reason="credit-code")
    elif kind is HolderCodeType.CREDIT_CODE and is_identity_number(value):
        is_right = identity_number_check_character(value[:-1]) == value[-1]
        if is_right and not is_right_credit_code:
            raise HolderCodeInvalidError(reason="identity-number")


def _check_form(value: str, kind: HolderCodeType) -> None:
    names_citizen = kind is HolderCodeType.IDENTITY_NUMBER
    for position, character in enumerate(value, start=1):
        wrong = not _PRINTABLE.fullmatch(character)
        if names_citizen:
            last = position == max(_IDENTITY_LENGTHS)
            wrong = character not in ("0123456789X" if last else "0123456789")
        if wrong:
            shown = character if character.isprintable() else f"U+{ord(character):04X}"
            raise HolderCodeInvalidError(reason="character", position=position, character=shown)
    if names_citizen and len(value) not in _IDENTITY_LENGTHS:
        raise HolderCodeInvalidError(reason="length", length=len(value))
    if not 0 < len(value) <= _LONGEST:
        raise HolderCodeInvalidError


def is_old_identity_number(holder: HolderCode) -> bool:
    """Tell whether an identity number has the 15 digits of before 1999 (GB 11643-1989).

    It is on no card any more; old records may still bear it.
    """
    is_person = holder.kind is HolderCodeType.IDENTITY_NUMBER
    return is_person and len(holder.value) == _OLD_IDENTITY_LENGTH


def has_wrong_check_character(holder: HolderCode) -> bool:
    """Tell whether the last character of an identity number or credit code does not fit."""
    number = holder.value
    if holder.kind is HolderCodeType.CREDIT_CODE and is_credit_code(number):
        return credit_code_check_character(number[:-1]) != number[-1]
    if holder.kind is not HolderCodeType.IDENTITY_NUMBER or not _IDENTITY_NUMBER.fullmatch(number):
        return False
    return identity_number_check_character(number[:-1]) != number[-1]


def told_by_number(holder: HolderCode) -> dict[str, str]:
    """Return the birthday and sex that an identity number of 18 characters tells (GB 11643).

    Any other code tells nothing.
    """
    number = holder.value
    if holder.kind is not HolderCodeType.IDENTITY_NUMBER or not _IDENTITY_NUMBER.fullmatch(number):
        return {}
    return {
        "birthday": f"{number[6:10]}-{number[10:12]}-{number[12:14]}",
        "sex": "男" if int(number[16]) % 2 else "女",
    }


def mask_code(code: str) -> str:
    """Hide the middle of a holder's code: the last 4 characters and the first 3 remain at most."""
    if len(code) <= 8:  # noqa: PLR2004  a short code must not be readable from its two ends
        return "*" * max(len(code) - 2, 1) + code[-2:]
    return code[:3] + "*" * (len(code) - 7) + code[-4:]


def mask_name(name: str) -> str:
    """Hide a holder's name but for its first character."""
    return name[:1] + "*" * max(len(name) - 1, 1)
