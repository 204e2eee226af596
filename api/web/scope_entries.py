"""The entries of a seal's scope that are typed: hours, counts, days before its certificate ends."""

from collections.abc import Mapping
from typing import Any

from certsvc.seals.scope_rules import ScopeInvalidError, SealScope

COUNTS = ("daily_limit", "total_limit")
TYPED_ENTRIES = ("service_hours", *COUNTS, "stop_before_days")
_MOST_DIGITS = 10


def read_typed_scope(fields: Mapping[str, str]) -> dict[str, Any]:
    """Read the typed entries of a scope; an empty count is no limit.

    Raises:
        ScopeInvalidError: a number is none, or the days are missing.
    """
    days = _number(fields, "stop_before_days")
    if days is None:
        raise ScopeInvalidError(entry="stop_before_days")
    return {
        "service_hours": fields.get("service_hours", ""),
        "daily_limit": _number(fields, "daily_limit"),
        "total_limit": _number(fields, "total_limit"),
        "stop_before_days": days,
    }


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
