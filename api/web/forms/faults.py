"""Everything that is wrong with a form, told at once, each beside its field."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from api.shared.problems import status_of
from api.shared.sentences import KnownError, sentence, sentence_of
from api.web.forms.fields import KNOWN, Entry, Widget
from certsvc.foundation.messages.catalogue import Language

_CODES = {
    "missing": "form.missing",
    "string_too_long": "form.too-long",
    "enum": "form.choose",
    "literal_error": "form.choose",
    "string_pattern_mismatch": "form.invalid",
    "greater_than_equal": "form.too-small",
    "less_than_equal": "form.too-large",
}
_CODES_BY_KIND = {
    "int": "form.number",
    "float": "form.number",
    "decimal": "form.number",
    "date": "form.day",
    "datetime": "form.moment",
}
_CHOSEN = {Widget.CHOICE, Widget.RADIO, Widget.TICKS}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with a form."""

    text: str
    """In the reader's words."""
    field: str | None
    """Field that it stands beside; None: above the form alone."""
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY
    """HTTP status of a page that says so first."""


def faults_of_values(
    error: ValidationError, entries: dict[str, Entry], language: Language
) -> list[Fault]:
    """Say what is wrong with the values of fields, in the order of the form."""
    order = list(entries)
    faults = [_fault(each, entries, language) for each in error.errors()]
    return sorted(faults, key=lambda each: order.index(each.field) if each.field in order else -1)


def fault_of_error(error: KnownError, field: str | None, language: Language) -> Fault:
    """Turn an error of the service into faults beside fields of the form."""
    status = status_of(error)
    # What cannot be used is a defect everywhere but where it was typed.
    if field and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return Fault(text=sentence_of(error, language), field=field, status=status)


def _fault(found: Any, entries: dict[str, Entry], language: Language) -> Fault:  # noqa: ANN401  of pydantic
    field = str(found["loc"][0]) if found["loc"] else None
    context = found.get("ctx", {})
    if found["type"] == KNOWN:
        return fault_of_error(context["error"], field, language)
    entry = entries.get(field or "")
    label = sentence(entry.label, language) if entry and entry.label else ""
    code = _CODES.get(found["type"]) or _CODES_BY_KIND.get(
        found["type"].partition("_")[0], "form.invalid"
    )
    if code == "form.missing" and entry and entry.widget in _CHOSEN:
        code = "form.choose"
    if code == "form.missing" and entry and entry.widget is Widget.FILE:
        code = "form.file-missing"
    limit = next((context[name] for name in ("max_length", "ge", "le") if name in context), 0)
    return Fault(text=sentence(code, language, {"label": label, "limit": limit}), field=field)
