"""The entries of a seal's scope that are typed: hours, counts, days before its certificate ends."""

from collections.abc import Mapping
from typing import Any

from certsvc.sealing.register.scope_rules import ScopeInvalidError, SealScope

COUNTS = ("daily_limit", "total_limit")
TYPED_ENTRIES = ("service_hours", *COUNTS, "stop_before_days")
_MOST_DIGITS = 10


def read_typed_scope(fields: Mapping[str, str]) -> dict[str, Any]:
    """Read the typed entries of a scope; an empty count is no limit.

    Raises:
        ScopeInvalidError: a number is none, or the days are missing.
    """
    return {name: read_typed_entry(fields, name) for name in TYPED_ENTRIES}


def read_typed_entry(fields: Mapping[str, str], name: str) -> Any:  # noqa: ANN401  text or number
    """Read one of the typed entries of a scope.

    Raises:
        ScopeInvalidError: it is no number, or the days are missing.
    """
    if name == "service_hours":
        return fields.get(name, "")
    number = _number(fields, name)
    if number is None and name not in COUNTS:
        raise ScopeInvalidError(entry=name)
    return number


def typed_scope(scope: SealScope) -> dict[str, str]:
    """Return the typed entries of a scope as a form shows them."""
    values = {name: getattr(scope, name) for name in TYPED_ENTRIES}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _number(fields: Mapping[str, str], entry: str) -> int | None:
    text = fields.get(entry, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ScopeInvalidError(entry=entry)
    return int(text)
