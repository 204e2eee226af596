"""Template packs: one folder for each kind of proof.

- A pack is refused as a whole when anything in it is missing or wrong; a half-usable pack is worse
  than none.
- A pack that was loaded is held in memory and does not change with its folder.
- Its digest covers every file it is made from, the shared letterhead included, so a paper can name
  exactly the layout it was set with.
- Fields are checked against the pack's JSON Schema (2020-12), formats included.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError, best_match

from templates.errors import FieldsInvalidError, PackInvalidError, PackUnknownError
from templates.face import JSON
from templates.pack_files import Files, digest_of_files, read_files

FILES = (
    "pack.toml",
    "schema.json",
    "layout.typ",
    "sample.json",
    "sample-hard.json",
    "expected.txt",
)

VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,19}")
"""1, 2, 2.1 …: as long as a record keeps it."""

FETCHED_PACKAGE = re.compile(r"""["']@[a-z]""")
"""A package name in a string, as in ``import "@preview/…"``."""

FORMATS = FormatChecker(formats=("date",))


@FORMATS.checks("year-month")
def _is_year_month(value: object) -> bool:
    """2026-11."""
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value))


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One text in both languages of the service."""

    zh: str
    """As it is printed."""
    en: str
    """For English pages and the document's description."""


@dataclass(frozen=True, kw_only=True)
class TemplatePack:
    """模板包: the layout, the schema and the fixed facts of one kind of proof."""

    code: str
    """Stable name, equal to the folder's."""
    version: str
    """Raised with every change of wording, layout or schema."""
    digest: str
    """SHA-256 (hex) over the pack's files and the shared letterhead."""
    title: Wording
    """Printed title, and its English name."""
    legal_basis: tuple[str, ...]
    """The rules the proof rests on, as titles of laws and regulations."""
    validity_days: int
    """How many days a copy may be used, unless the matter says less."""
    languages: tuple[str, ...]
    """Languages the face has, first the main one; several stand side by side."""
    schema: Mapping[str, Any]
    """JSON Schema 2020-12 of the fields, with titles in both languages."""
    files: Files = field(repr=False)
    """Everything it is made from, the shared letterhead included."""
    paper: str
    """Paper size."""
    seal_diameter_mm: float
    """Diameter the issuing line leaves room for; a smaller seal is centred in it."""
    has_riding_seal: bool
    """Whether a copy of several pages bears a riding seal (骑缝章) on their right edges."""
    qr_width_mm: float
    """Side of the QR code with its quiet zone."""

    def read_text(self, name: str) -> str:
        """Return a text file of the pack, `expected.txt` say.

        Raises:
            PackInvalidError: there is none, or it is no text.
        """
        try:
            return self.files[f"{self.code}/{name}"].decode("utf-8")
        except (KeyError, UnicodeDecodeError) as error:
            raise PackInvalidError(pack=self.code, reason="unreadable", detail=name) from error

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return Draft202012Validator(self.schema, format_checker=FORMATS)

    @cached_property
    def holder_fields(self) -> Mapping[str, str]:
        """Fields that say whose proof it is: ``x-holder`` by field.

        ``name``, ``code``, ``birthday`` or ``sex``.
        """
        properties: Mapping[str, Mapping[str, Any]] = self.schema["properties"]
        return {
            field: str(content["x-holder"])
            for field, content in properties.items()
            if "x-holder" in content
        }

    def check_fields(self, fields: Mapping[str, JSON]) -> None:
        """Make sure data fits this kind of proof.

        Raises:
            FieldsInvalidError: names the field, its title and the schema keyword it breaks.
        """
        error = best_match(self._validator.iter_errors(fields))
        if error is not None:
            raise _fields_invalid(error, self.schema)


def _fields_invalid(error: ValidationError, schema: Mapping[str, Any]) -> FieldsInvalidError:
    """Say which field is wrong; the value itself stays out of the message."""
    path = [*error.absolute_path, *_missing_or_unknown(error)]
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    titled = _schema_at(schema, path)
    params: dict[str, str | int] = {
        "field": field.lstrip("."),
        "title": str(titled.get("title", field.lstrip("."))),
        "title_en": str(titled.get("x-title-en", field.lstrip("."))),
        "reason": str(error.validator),
    }
    if isinstance(error.validator_value, int):
        params["limit"] = error.validator_value
    return FieldsInvalidError(**params)


def _missing_or_unknown(error: ValidationError) -> list[str]:
    """The last step of the path when the error is that a name is missing or unknown."""
    instance: Any = error.instance
    if error.validator == "required":
        required: Any = error.validator_value
        return [next(name for name in required if name not in instance)]
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        return [next(name for name in instance if name not in schema["properties"])]
    return []


def _schema_at(schema: Mapping[str, Any], path: list[str | int]) -> Mapping[str, Any]:
    at = schema
    for step in path:
        at = (
            at.get("items", {}) if isinstance(step, int) else at.get("properties", {}).get(step, {})
        )
    return at


def load_pack(folder: Path) -> TemplatePack:
    """Read one pack.

    Raises:
        PackInvalidError: a file or a value is missing, or the schema is no schema.
    """
    return pack_from_files(folder.resolve().name, read_files(folder.resolve()))


def pack_from_files(code: str, files: Files) -> TemplatePack:
    """Make a pack of its files.

    Raises:
        PackInvalidError: a file or a value is missing, or the schema is no schema.
    """
    for name in FILES:
        if f"{code}/{name}" not in files:
            raise PackInvalidError(pack=code, reason="file-missing", detail=name)
    _check_layouts(code, files)
    try:
        facts = tomllib.loads(files[f"{code}/pack.toml"].decode("utf-8"))
        schema = json.loads(files[f"{code}/schema.json"])
        Draft202012Validator.check_schema(schema)
        pack = _from_facts(code, files, facts, schema)
    except KeyError as error:
        detail = str(error.args[0])
        raise PackInvalidError(pack=code, reason="value-missing", detail=detail) from error
    except SchemaError as error:
        raise PackInvalidError(pack=code, reason="schema", detail=error.json_path) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise PackInvalidError(pack=code, reason="unreadable", detail=str(error)) from error
    if pack.code != code:
        raise PackInvalidError(pack=code, reason="code", detail=pack.code)
    return pack


def _check_layouts(code: str, files: Files) -> None:
    """A layout may use the pack and the letterhead, never a package fetched from elsewhere."""
    for name, content in files.items():
        if name.endswith(".typ") and FETCHED_PACKAGE.search(content.decode(errors="replace")):
            raise PackInvalidError(pack=code, reason="fetches", detail=name.rsplit("/", 1)[-1])


def _from_facts(
    code: str, files: Files, facts: Mapping[str, Any], schema: Mapping[str, Any]
) -> TemplatePack:
    return TemplatePack(
        code=str(facts["code"]),
        version=_version(facts["version"]),
        digest=digest_of_files(code, files),
        title=Wording(zh=str(facts["title"]["zh"]), en=str(facts["title"]["en"])),
        legal_basis=_texts("legal_basis", facts["legal_basis"]),
        validity_days=int(facts["validity_days"]),
        languages=_texts("languages", facts["languages"]),
        schema=schema,
        files=files,
        paper=str(facts["page"]["paper"]),
        seal_diameter_mm=float(facts["seal"]["diameter_mm"]),
        has_riding_seal=_truth(facts["seal"].get("riding", False)),
        qr_width_mm=float(facts["qr"]["width_mm"]),
    )


def _version(value: object) -> str:
    if not isinstance(value, str | int) or not VERSION.fullmatch(str(value)):
        raise ValueError("version")
    return str(value)


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise TypeError(name)
    return tuple(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("seal.riding")
    return value


class PackLibrary:
    """All packs under one folder."""

    def __init__(self, root: Path) -> None:
        """Read every pack at once, so a broken one is found at start and not in use.

        Raises:
            PackInvalidError: names the pack.
        """
        folders = sorted(path.parent for path in root.glob("*/pack.toml"))
        self._packs = {pack.code: pack for pack in map(load_pack, folders)}

    def get(self, code: str) -> TemplatePack:
        """The pack of this code.

        Raises:
            PackUnknownError: there is none.
        """
        if code not in self._packs:
            raise PackUnknownError(pack=code)
        return self._packs[code]

    def find(self, code: str, version: str) -> TemplatePack | None:
        """The pack of this code if it has this version."""
        found = self._packs.get(code)
        return found if found and found.version == version else None

    def __iter__(self) -> Iterator[TemplatePack]:
        return iter(self._packs.values())

    def __len__(self) -> int:
        return len(self._packs)
