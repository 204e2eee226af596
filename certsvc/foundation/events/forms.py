"""Types of event fields: codes, digests and names that the installation assigned.

- There is no type for names or numbers of persons, so no event can hold personal data.
- The forms are annotations (`subject: Code`); `check_form` holds a value against them.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from certsvc.foundation.codes.credit_code import is_credit_code
from certsvc.foundation.codes.identity_number import is_identity_number
from certsvc.foundation.errors import DefectError

_NUMBER = re.compile(r"(?<![0-9A-Za-z.])[0-9]{17}[0-9Xx](?![0-9A-Za-z.])")
_UNIT = re.compile(r"[159][1239]")
"""Registering authority and kind of body, GB 32100."""
_BIRTH_YEARS = range(1850, 2150)
_PHONE = re.compile(r"(?:\+?86)?1[3-9][0-9]{9}")
_PLAIN = (bool, int, datetime, date, NoneType)


class PersonalDataError(DefectError):
    """A field of an event has not the form that was declared for it. Param `field`: its name."""

    code = "events.personal-data"


@dataclass(frozen=True)
class TextForm:
    """The form of a text."""

    pattern: str
    """The whole text matches it."""
    may_be_phone: bool = False
    """Whether eleven digits may be something else than a telephone."""


Code: TypeAlias = Annotated[str, TextForm(r"[!-~]{0,160}")]
"""A code, number or name that the installation or a standard gave: ASCII, without blanks."""
Digest: TypeAlias = Annotated[str, TextForm(r"[0-9a-f]{64}", may_be_phone=True)]
"""A SHA-256, keyed or not, in hexadecimal digits."""
DigestOrNone: TypeAlias = Annotated[str, TextForm(r"([0-9a-f]{64})?", may_be_phone=True)]
"""A digest, or an empty text where there is nothing to digest."""
Base64: TypeAlias = Annotated[str, TextForm(r"([0-9A-Za-z+/=]{40,})?", may_be_phone=True)]
"""Bytes that a key of ours signed or made."""
Label: TypeAlias = Annotated[str, TextForm(r"[^\x00-\x1f\x7f]{1,80}", may_be_phone=True)]
"""A name that the installation gives to an account or a ceremony, in any script."""


def check_form(field: str, value: object, declared: Any) -> None:  # noqa: ANN401  an annotation
    """Accept a value that has the declared form.

    Raises:
        PersonalDataError: it has not.
    """
    if not _fits(value, declared):
        raise PersonalDataError(field=field)


def _fits(value: object, declared: Any) -> bool:  # noqa: ANN401  an annotation
    origin, arguments = get_origin(declared), get_args(declared)
    if origin in {Union, UnionType}:
        return any(_fits(value, each) for each in arguments)
    if origin is Annotated:
        return isinstance(value, str) and _has_form(value, arguments[1])
    if origin in {tuple, list, frozenset}:
        of_kind = isinstance(value, origin)
        return of_kind and all(_fits(each, arguments[0]) for each in value)  # type: ignore[attr-defined]  # it is one
    if declared in _PLAIN:
        return type(value) is declared
    return isinstance(declared, type) and issubclass(declared, Enum) and isinstance(value, declared)


def _has_form(text: str, form: TextForm) -> bool:
    if not re.fullmatch(form.pattern, text):
        return False
    if not form.may_be_phone and _PHONE.fullmatch(text):
        return False
    return not any(_is_persons(found.group().upper()) for found in _NUMBER.finditer(text))


def _is_persons(number: str) -> bool:
    # A unit's credit code of digits alone can look like an identity number; its own check tells.
    # One in 31 numbers from the areas 11, 12, 13, 51, 52, 53, 91 passes for a code by chance.
    is_number = is_identity_number(number) and int(number[6:10]) in _BIRTH_YEARS
    return is_number and not (_UNIT.match(number) and is_credit_code(number))
