"""What is said of sources and of the warnings that come with their facts, on every way in."""

from collections.abc import Iterable

from api.sentences import sentence
from certsvc.messages.catalogue import Language
from certsvc.packs.shelf import PackShelf
from certsvc.sources.rules import HOLDER_FIELD, DataWarning


def warning_sentences(
    warnings: Iterable[DataWarning], *, type_code: str, packs: PackShelf, language: Language
) -> list[str]:
    """Return the sentences of warnings, with the titles of their fields."""
    return [
        sentence(
            f"sources.warning.{warning.kind}",
            language,
            {"field": _title(warning.field, type_code, packs, language)},
        )
        for warning in warnings
    ]


def _title(field: str, type_code: str, packs: PackShelf, language: Language) -> str:
    if field == HOLDER_FIELD:
        return sentence("sources.warning.holder", language)
    outer, _, inner = field.partition(".")
    properties = packs.get(type_code).schema["properties"]
    described = properties.get(outer, {})
    if inner:
        described = described.get("items", {}).get("properties", {}).get(inner, {})
    return str(described.get("title" if language is Language.ZH else "x-title-en", field))
