"""Formatting of values for print.

- The printed form of every value is made here, once; the layout only places it and the check looks
  for exactly it, so the two can't disagree.
- Dates are 2026年11月21日, months 2026年11月, times are shown in Asia/Shanghai with seconds.
- Codes are printed in groups of four.
- An amount whose schema says ``x-in-words`` is printed in figures and in words (大写).
- A face in two languages has the English forms of ``templates/english.py`` as well.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from templates.amounts import amount_in_words
from templates.english import ENGLISH, english_date, with_english
from templates.errors import FieldsInvalidError
from templates.face import JSON, Face
from templates.packs import TemplatePack

SHANGHAI = ZoneInfo("Asia/Shanghai")


def printed_date(day: date) -> str:
    """2026年11月21日 (GB/T 9704: Arabic numerals, no leading zeros)."""
    return f"{day.year}年{day.month}月{day.day}日"


def printed_time(at: datetime) -> str:
    """2026年11月21日 10:00:00, China Standard Time."""
    local = at.astimezone(SHANGHAI)
    return f"{printed_date(local.date())} {local:%H:%M:%S}"


def printed_code(code: str) -> str:
    """A code in groups of four, as people read and type it."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def verify_site(url: str) -> str:
    """The address a person types, without the code: what stands before the last ``/``."""
    return url.rsplit("/", 1)[0]


def printed_face(face: Face, pack: TemplatePack) -> dict[str, Any]:
    """All texts of a face as they will be read on paper, in the shape the layouts expect."""
    issued_on = face.extracted_at.astimezone(SHANGHAI).date()
    fields = printed_value(face.fields, pack.schema)
    texts = {
        "fields": fields,
        "identifier": face.identifier,
        "copy_number": face.copy_number,
        "producing_unit": face.producing_unit,
        "extracting_unit": face.extracting_unit,
        "matter": face.matter,
        "purpose": face.purpose,
        "extracted_at": printed_time(face.extracted_at),
        "issued_on": printed_date(issued_on),
        "valid_until": printed_date(face.valid_until),
        "verify_url": face.verify_url,
        "verify_site": verify_site(face.verify_url),
        "verify_code": printed_code(face.verify_code),
        "notice": face.notice,
    }
    if ENGLISH in pack.languages:
        texts["fields"] = with_english(fields, face.fields, pack.schema)
        texts["issued_on_en"] = english_date(issued_on)
    return texts


def printed_value(value: JSON, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - mirrors JSON's shape
    """The printed form of one value under its schema: same shape, strings at the leaves."""
    if isinstance(value, str):
        return _printed_text(value, str(schema.get("format", "")))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        # In the schema's order: it is the order of a table's columns, whatever the source's is.
        properties = schema.get("properties", {})
        ordered = [
            *(key for key in properties if key in value),
            *sorted(set(value) - set(properties)),
        ]
        shown = {key: printed_value(value[key], properties.get(key, {})) for key in ordered}
        return shown | _in_words(value, properties)
    if isinstance(value, Sequence):
        return [printed_value(item, schema.get("items", {})) for item in value]
    return "—"


def _in_words(value: Mapping[str, JSON], properties: Mapping[str, Any]) -> dict[str, str]:
    """The amounts that the paper has in words too, as ``amount_in_words`` for ``amount``."""
    return {
        f"{key}_in_words": amount_in_words(str(value[key]))
        for key, schema in properties.items()
        if key in value and has_words(schema)
    }


def has_words(schema: Mapping[str, Any]) -> bool:
    """Whether an amount of this schema is printed in words too."""
    return bool(schema.get("x-in-words"))


def _printed_text(text: str, kind: str) -> str:
    try:
        if kind == "date":
            return printed_date(date.fromisoformat(text))
        if kind == "year-month":
            first = date.fromisoformat(f"{text}-01")
            return f"{first.year}年{first.month}月"
    except ValueError as error:
        raise FieldsInvalidError(field=kind, reason="format") from error
    return text
