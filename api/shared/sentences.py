"""Turning errors and codes into sentences; the only place where `api` asks the catalogue.

- An error may have a closer sentence for its reason: `template.fields-invalid.required` is taken
  before `template.fields-invalid`.
- A parameter that is a word of ours (`permission=issue`) is translated by `word.permission.issue`.
- A value that names its kind (`record_state.issued`) is translated by `word.record_state.issued`;
  so is each of several, with blanks between them.
- An instant is shown in China Standard Time.
- A name that comes with an English one (`matter` and `matter_en`) is shown in it in English.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from certsvc.foundation.clock import in_china
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.messages.catalogue import Language, load_catalogue
from certsvc.foundation.messages.names import name_in
from keys.errors import SigningKeyError
from signing.errors import SigningError
from templates.errors import TemplateError

KnownError = CertsvcError | TemplateError | SigningError | SigningKeyError
KNOWN_ERRORS = (CertsvcError, TemplateError, SigningError, SigningKeyError)
"""The bases of every error that the packages below raise."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d")
Params = Mapping[str, str | int]


def sentence(code: str, language: Language, params: Params | None = None) -> str:
    """Return the sentence of a code in a language."""
    catalogue, values = load_catalogue(), dict(params or {})
    closer = f"{code}.{values['reason']}" if "reason" in values else code
    for name, value in (values | _names_in(language, values)).items():
        values[name] = shown_value(name, value, language)
    return catalogue.text(closer if closer in catalogue else code, language, values)


def _names_in(language: Language, values: Params) -> dict[str, str]:
    return {
        name: name_in(language, str(value), str(values[f"{name}_en"]))
        for name, value in values.items()
        if f"{name}_en" in values
    }


def shown_value(name: str, value: str | int, language: Language) -> str:
    """Return a parameter as people write it: our own words translated, instants in China's time."""
    word, catalogue = f"word.{name}.{value}", load_catalogue()
    if word in catalogue:
        return catalogue.text(word, language)
    words = [f"word.{each}" for each in str(value).split(" ")]
    if all(each in catalogue for each in words):
        comma = "、" if language is Language.ZH else ", "
        return comma.join(catalogue.text(each, language) for each in words)
    return str(_as_people_write(value))


def _as_people_write(value: str | int) -> str | int:
    """Return an instant in China Standard Time, without its offset; anything else as it is."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return value
    return f"{in_china(datetime.fromisoformat(value)):%Y-%m-%d %H:%M:%S}"


def sentence_of(error: KnownError, language: Language) -> str:
    """Return the sentence that tells a person what went wrong and what to do."""
    return sentence(error.code, language, error.params)
