"""The English of a face in two languages.

- Only what is fixed has an English form: dates, and the values of an enumeration whose schema
  lists them under ``x-en``. What a person or a department wrote is never translated.
- The English form of ``field`` is ``field_en``, right behind it: in a row it belongs to the cell.
- A row's dates have none; figures and 年月日 in a table's head say what they are.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from templates.face import JSON

ENGLISH = "en"
"""Its name among the languages of a pack."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def english_date(day: date) -> str:
    """21 November 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def has_english(schema: Mapping[str, Any]) -> bool:
    """Whether a field of this schema has an English form beside it."""
    return schema.get("format") == "date" or "x-en" in schema


def with_english(
    printed: Mapping[str, Any], values: Mapping[str, JSON], schema: Mapping[str, Any]
) -> dict[str, Any]:
    """The printed fields with their English forms among them."""
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    shown: dict[str, Any] = {}
    for field, text in printed.items():
        value, content = values.get(field), properties.get(field, {})
        shown[field] = text
        if isinstance(value, str) and content.get("format") == "date":
            shown[f"{field}_en"] = english_date(date.fromisoformat(value))
        elif isinstance(value, str):
            shown |= _translated(field, value, content)
        elif isinstance(value, Sequence):
            shown[field] = [_row(row, content) for row in text]
    return shown


def _row(row: Mapping[str, str], schema: Mapping[str, Any]) -> dict[str, str]:
    properties = schema.get("items", {}).get("properties", {})
    shown: dict[str, str] = {}
    for field, text in row.items():
        shown[field] = text
        shown |= _translated(field, text, properties.get(field, {}))
    return shown


def _translated(field: str, value: str, schema: Mapping[str, Any]) -> dict[str, str]:
    english = schema.get("x-en", {})
    return {f"{field}_en": str(english[value])} if value in english else {}
