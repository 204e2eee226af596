"""Converting a source's values to those of a certificate.

- A value that cannot be what its description says is refused; nothing is guessed or cut.
- A wrong check character of somebody's number is a warning: lawful ones exist. Of one of our own
  units it is refused, since we gave the code into the register ourselves.
- A day that the calendar does not have is no date, whatever its form.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeAlias

from certsvc.foundation.codes.area import begins_identity_number, is_area_code
from certsvc.foundation.codes.credit_code import credit_code_check_character, is_credit_code
from certsvc.foundation.codes.holder import normalise_code
from certsvc.foundation.codes.identity_number import (
    identity_number_check_character,
    is_identity_number,
)

JsonValue: TypeAlias = str | int | float | bool | None
LARGEST_EXACT_INTEGER = 2**53 - 1
"""JSON numbers are doubles (RFC 8785); a larger one is kept as text."""
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[T ].*)?")
_MONTH = re.compile(r"([0-9]{4})-?(0[1-9]|1[0-2])")
_TRUE, _FALSE = {"1", "true", "y", "yes", "是"}, {"0", "false", "n", "no", "否"}


class ValueForm(StrEnum):
    """Form of a value."""

    TEXT = "text"
    """Any text, without blanks at its ends."""
    DATE = "date"
    """A day of the calendar; ISO 8601, or of the form that the description gives."""
    MONTH = "month"
    """YYYY-MM or YYYYMM."""
    INTEGER = "integer"
    DECIMAL = "decimal"
    """An exact number, kept as text with its places."""
    BOOLEAN = "boolean"
    IDENTITY_NUMBER = "identity-number"
    """GB 11643, anybody's."""
    CREDIT_CODE = "credit-code"
    """GB 32100, anybody's."""
    OWN_UNIT = "own-unit"
    """GB 32100, of a unit of ours: its check character must be right."""
    AREA = "area"
    """GB/T 2260."""


class ValueWarning(StrEnum):
    """Irregularity of a value that is lawful."""

    CHECK_CHARACTER = "check-character"
    """The last character of a number does not fit the others."""
    AREA = "area"
    """A number begins with no province's digits."""


class ValueUnfitError(ValueError):
    """A value cannot be what its description says; internal to this area."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault
        """`not-a-date`, `unknown-code` and so on; never the value."""


@dataclass(frozen=True, kw_only=True)
class ValueRule:
    """Form of a source's value, and its conversion."""

    form: ValueForm | None = None
    """None: as it comes."""
    date_format: str | None = None
    """How the source writes a day, for `strptime`; None: ISO 8601."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """The source's code -> our word; a code that is not here is refused. Empty: no codes."""


@dataclass(frozen=True, kw_only=True)
class FittedValue:
    """A converted value."""

    value: JsonValue
    """As the certificate has it; None: there is none."""
    warnings: tuple[ValueWarning, ...] = ()
    """Warning about it."""


def fit(value: object, rule: ValueRule, *, fictional_areas: bool = False) -> FittedValue:
    """Convert a value of a source.

    Args:
        value: As the source gave it.
        rule: What it must be.
        fictional_areas: Whether places of a demonstration are places.

    Raises:
        ValueUnfitError: it cannot be that.
    """
    if rule.codes:
        value = _decoded(value, rule.codes)
    if rule.form is None:
        return FittedValue(value=as_json(value))
    if value is None or (isinstance(value, str) and not value.strip()):
        return FittedValue(value=None)
    if rule.form is ValueForm.DATE:
        return FittedValue(value=_date(value, rule.date_format))
    if rule.form in _PLAIN:
        return FittedValue(value=_PLAIN[rule.form](value))
    return _number(_text(value), rule.form, fictional_areas=fictional_areas)


def as_json(value: object) -> JsonValue:
    """Write a value as JSON can: dates as ISO 8601, exact numbers as text."""
    if isinstance(value, int) and abs(value) > LARGEST_EXACT_INTEGER:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def _decoded(value: object, codes: Mapping[str, str]) -> str | None:
    if value is None:
        return None
    code = _text(value)
    if code not in codes:
        raise ValueUnfitError("unknown-code")
    return codes[code]


def _text(value: object) -> str:
    if isinstance(value, bool | list | dict | bytes):
        raise ValueUnfitError("not-text")
    # A spreadsheet keeps every number as a double: 1 comes as 1.0.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _date(value: object, date_format: str | None) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = _text(value)
    found = _DAY.fullmatch(text)
    try:
        if date_format is not None:
            return datetime.strptime(text, date_format).date().isoformat()  # noqa: DTZ007  a day
        if found is None:
            raise ValueUnfitError("not-a-date")
        return date(*map(int, found.groups())).isoformat()
    except ValueError as error:
        raise ValueUnfitError("not-a-date") from error


def _month(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    found = _MONTH.fullmatch(_text(value))
    if found is None:
        raise ValueUnfitError("not-a-month")
    return f"{found[1]}-{found[2]}"


def _integer(value: object) -> int:
    try:
        number = int(_text(value))
    except ValueError as error:
        raise ValueUnfitError("not-a-number") from error
    if abs(number) > LARGEST_EXACT_INTEGER:
        raise ValueUnfitError("not-a-number")
    return number


def _decimal(value: object) -> str:
    try:
        number = Decimal(str(value) if isinstance(value, float) else _text(value))
    except InvalidOperation as error:
        raise ValueUnfitError("not-a-number") from error
    if not number.is_finite():
        raise ValueUnfitError("not-a-number")
    return f"{number:f}"


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    text = _text(value).lower()
    if text not in _TRUE | _FALSE:
        raise ValueUnfitError("not-yes-or-no")
    return text in _TRUE


_PLAIN: Mapping[ValueForm, Callable[[object], JsonValue]] = {
    ValueForm.TEXT: _text,
    ValueForm.MONTH: _month,
    ValueForm.INTEGER: _integer,
    ValueForm.DECIMAL: _decimal,
    ValueForm.BOOLEAN: _boolean,
}


def _number(text: str, form: ValueForm, *, fictional_areas: bool) -> FittedValue:
    number = normalise_code(text)
    if form is ValueForm.AREA:
        if not is_area_code(number, fictional=fictional_areas):
            raise ValueUnfitError("not-an-area")
        return FittedValue(value=number)
    if form is ValueForm.IDENTITY_NUMBER:
        return _identity_number(number)
    if not is_credit_code(number):
        raise ValueUnfitError("not-a-credit-code")
    if credit_code_check_character(number[:-1]) == number[-1]:
        return FittedValue(value=number)
    if form is ValueForm.OWN_UNIT:
        raise ValueUnfitError("not-a-credit-code")
    return FittedValue(value=number, warnings=(ValueWarning.CHECK_CHARACTER,))


def _identity_number(number: str) -> FittedValue:
    if not is_identity_number(number):
        raise ValueUnfitError("not-an-identity-number")
    warnings = []
    if identity_number_check_character(number[:-1]) != number[-1]:
        warnings.append(ValueWarning.CHECK_CHARACTER)
    if not begins_identity_number(number[:2]):
        warnings.append(ValueWarning.AREA)
    return FittedValue(value=number, warnings=tuple(warnings))
