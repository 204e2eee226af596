"""What is said of sources and of the warnings that come with their facts, on every way in."""

from collections.abc import Iterable

from api.shared.sentences import sentence
from certsvc.catalogue.packs.repository import PackRepository
from certsvc.evidence.sources.rules import HOLDER_FIELD, DataWarning
from certsvc.foundation.messages.catalogue import Language
from templates.packs import TemplatePack


def warning_sentences(
    warnings: Iterable[DataWarning], *, type_code: str, packs: PackRepository, language: Language
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


def field_title(field: str, pack: TemplatePack, language: Language) -> str:
    """Return what people call a field; a dot leads to a column of a table."""
    outer, _, inner = field.partition(".")
    described = pack.schema["properties"].get(outer, {})
    if inner:
        described = described.get("items", {}).get("properties", {}).get(inner, {})
    return str(described.get("title" if language is Language.ZH else "x-title-en", field))


def _title(field: str, type_code: str, packs: PackRepository, language: Language) -> str:
    if field == HOLDER_FIELD:
        return sentence("sources.warning.holder", language)
    return field_title(field, packs.get(type_code), language)
