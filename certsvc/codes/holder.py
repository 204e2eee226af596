"""Holders of certificates and the kinds of code that name them, GB/T 36903-2018 annex A."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from certsvc.codes.errors import HolderCodeInvalidError

_PRINTABLE = re.compile(r"[0-9A-Za-z()（）\-]{1,40}")


_IDENTITY_NUMBER = re.compile(r"[0-9]{17}[0-9X]")


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

    def __post_init__(self) -> None:
        if not _PRINTABLE.fullmatch(self.value):
            raise HolderCodeInvalidError
        # One person must not become two by the x of their number.
        object.__setattr__(self, "value", self.value.upper())

    @classmethod
    def of(cls, kind: str, value: str) -> "HolderCode":
        """Read a stored pair of kind and value back."""
        return cls(value=value, kind=HolderCodeType(kind))


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
