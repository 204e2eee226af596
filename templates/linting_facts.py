"""Lint of a pack's facts and schema, before anything is drawn.

- The fields that the layout names are those of the schema; what is only reached in a branch is
  found here, what is reached by the samples is found by drawing them (`linting_fields`).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from templates.defects import Finding, PackDefect
from templates.english import ENGLISH, has_english
from templates.packs import TemplatePack
from templates.printed import has_words

KEYS: Mapping[str, frozenset[str]] = {
    "": frozenset(
        {
            "code",
            "version",
            "languages",
            "legal_basis",
            "validity_days",
            "title",
            "page",
            "seal",
            "qr",
        }
    ),
    "title": frozenset({"zh", "en"}),
    "page": frozenset({"paper"}),
    "seal": frozenset({"diameter_mm", "riding"}),
    "qr": frozenset({"width_mm"}),
}
"""Every entry that `pack.toml` may have, by table."""

LANGUAGES = frozenset({"zh-CN", "en"})
PAPERS = frozenset({"a4"})
"""GB/T 9704-2012 §5.2.1 knows no other paper, and the letterhead is measured for it."""
LONGEST_VALIDITY_DAYS = 3660
LONGEST_TITLE = {"zh": 60, "en": 160}
"""In characters: more is no title in one or two lines of 22 pt."""
SEAL_DIAMETERS_MM = (20.0, 60.0)
"""国务院关于国家行政机关和企业事业单位社会团体印章管理的规定 (1999): 42 mm for a county's units, up
to 60 mm for the State Council itself; designated seals of small units are smaller."""
QR_WIDTHS_MM = (22.0, 60.0)
"""Below 22 mm a phone does not read a print of the longest address."""

_RULE = re.compile(r"《[^《》]+》.*")
_ALIAS = re.compile(r"#?let\s+([A-Za-z_][\w-]*)\s*=\s*face\.fields\b(?!\.)")
_COMMENT = re.compile(r"(?m)(?:^|\s)//.*$|/\*[\s\S]*?\*/")
_METHODS = frozenset({"at", "keys", "values", "pairs", "len"})


def lint_facts(pack: TemplatePack) -> Iterator[Finding]:
    """Judge `pack.toml` and `schema.json` by themselves."""
    yield from _unknown_keys(pack)
    yield from _odd_values(pack)
    if not pack.legal_basis or not all(map(_RULE.fullmatch, pack.legal_basis)):
        yield Finding(defect=PackDefect.LEGAL_BASIS_MISSING, file="pack.toml")
    yield from _lint_schema(pack)
    yield from _unknown_fields(pack)


def _lint_schema(pack: TemplatePack) -> Iterator[Finding]:
    wanted = f"urn:x-certsvc:pack:{pack.code}:{pack.version}"
    if pack.schema.get("$id") != wanted:
        yield _of_schema(PackDefect.SCHEMA_ID, wanted=wanted)
    for path, schema in objects_of(pack.schema):
        if schema.get("additionalProperties") is not False:
            yield _of_schema(PackDefect.SCHEMA_OPEN, field=path or "—")
        for name, content in schema.get("properties", {}).items():
            if not (content.get("title") and content.get("x-title-en")):
                yield _of_schema(PackDefect.TITLE_MISSING, field=f"{path}.{name}".lstrip("."))
    for part in sorted({"name", "code"} - set(pack.holder_fields.values())):
        yield _of_schema(PackDefect.HOLDER_MISSING, part=part)


def _of_schema(defect: PackDefect, **params: str) -> Finding:
    return Finding(defect=defect, file="schema.json", params=params)


def _unknown_keys(pack: TemplatePack) -> Iterator[Finding]:
    facts: Mapping[str, Any] = tomllib.loads(pack.read_text("pack.toml"))
    for table, known in KEYS.items():
        entries = facts.get(table, {}) if table else facts
        for key in sorted(set(entries) - known):
            name = f"{table}.{key}".lstrip(".")
            yield Finding(defect=PackDefect.KEY_UNKNOWN, file="pack.toml", params={"key": name})


def _odd_values(pack: TemplatePack) -> Iterator[Finding]:
    good = {
        "title.zh": 0 < len(pack.title.zh.strip()) <= LONGEST_TITLE["zh"],
        "title.en": 0 < len(pack.title.en.strip()) <= LONGEST_TITLE["en"],
        "validity_days": 0 < pack.validity_days <= LONGEST_VALIDITY_DAYS,
        "languages": bool(pack.languages) and LANGUAGES.issuperset(pack.languages),
        "page.paper": pack.paper in PAPERS,
        "seal.diameter_mm": _within(pack.seal_diameter_mm, SEAL_DIAMETERS_MM),
        "qr.width_mm": _within(pack.qr_width_mm, QR_WIDTHS_MM),
    }
    for key, is_good in good.items():
        if not is_good:
            yield Finding(defect=PackDefect.VALUE_INVALID, file="pack.toml", params={"key": key})


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def objects_of(
    schema: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the schema and every object inside of it, rows of tables among them, with its path."""
    if "properties" in schema or schema.get("type") == "object":
        yield path, schema
    for name, content in schema.get("properties", {}).items():
        inner = f"{path}.{name}".lstrip(".")
        yield from objects_of(content, inner)
        if "items" in content:
            yield from objects_of(content["items"], f"{inner}[]")


def _unknown_fields(pack: TemplatePack) -> Iterator[Finding]:
    """Fields that a layout names and that the face of no paper of this schema has."""
    properties: Mapping[str, Mapping[str, Any]] = pack.schema.get("properties", {})
    known = set(properties)
    known |= {f"{name}_in_words" for name, content in properties.items() if has_words(content)}
    if ENGLISH in pack.languages:
        known |= {f"{name}_en" for name, content in properties.items() if has_english(content)}
    for file in sorted(pack.files):
        if not (file.startswith(f"{pack.code}/") and file.endswith(".typ")):
            continue
        text = _COMMENT.sub("", pack.files[file].decode("utf-8", errors="replace"))
        for name in sorted(set(_named_fields(text)) - known - _METHODS):
            yield Finding(
                defect=PackDefect.FIELD_UNKNOWN,
                file=file.removeprefix(f"{pack.code}/"),
                params={"field": name},
            )


def _named_fields(text: str) -> Iterator[str]:
    for alias in (r"face\.fields", *map(re.escape, _ALIAS.findall(text))):
        start = rf"(?<![\w.-]){alias}\."
        yield from re.findall(rf"{start}([A-Za-z_]\w*)", text)
        yield from re.findall(rf'{start}at\(\s*"([^"]+)"', text)
