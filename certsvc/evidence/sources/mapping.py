"""Mapping a source's columns to the fields of a certificate type, for all kinds of sources."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from certsvc.evidence.sources.value_rules import ValueForm, ValueRule
from certsvc.foundation.codes.holder import HolderCodeType


class Described(BaseModel):
    """Base of all parts of a description: immutable, unknown entries are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


FOLDER = "folder"
"""Key of the validation context: the folder to which paths are relative."""


def _placed(path: Path, info: ValidationInfo) -> Path:
    return Path(info.context[FOLDER]) / path if info.context else path


PlacedPath = Annotated[Path, AfterValidator(_placed)]
"""A path that is relative to the file which names it."""


class FieldDescription(Described):
    """One column, and what its values must be."""

    column: str
    """Column of a table or a query; of JSON, the path of keys with dots between."""
    form: ValueForm | None = None
    """What its values must be; anything if left out."""
    date_format: str | None = None
    """How the source writes a day, such as `%Y%m%d`; ISO 8601 if left out."""
    codes: dict[str, str] = Field(default_factory=dict)
    """The source's codes and our values for them, such as `1` for 男."""
    optional: bool = False
    """Whether an answer of JSON may leave it out altogether."""

    @property
    def rule(self) -> ValueRule:
        """What its values must be."""
        return ValueRule(form=self.form, date_format=self.date_format, codes=self.codes)


def _described(entry: Any) -> Any:  # noqa: ANN401  whatever stands in the file
    return {"column": entry} if isinstance(entry, str) else entry


Column = Annotated[FieldDescription, BeforeValidator(_described)]
"""A field's description; a name alone is that of its column."""


class TableDescription(Described):
    """Where the rows of a field that is a table come from."""

    columns: dict[str, Column]
    """Field of a row -> column."""


class TypeDescription(Described):
    """Where the fields of a certificate type come from."""

    holder_name: Column
    """Column with the holder's name."""
    basis: str
    """Description of the database, recorded in the evidence."""
    fields: dict[str, Column]
    """Field of the certificate -> column."""
    holder_kinds: frozenset[HolderCodeType] = frozenset({HolderCodeType.IDENTITY_NUMBER})
    """Kinds of document by whose numbers it is searched (GB/T 36903 annex A)."""

    @property
    def table_descriptions(self) -> Mapping[str, TableDescription]:
        """Each field that is a table; a kind of source says more of it."""
        found: Mapping[str, TableDescription] = getattr(self, "tables", {})
        return found

    @property
    def columns(self) -> dict[str, FieldDescription]:
        """Every column of a holder's row that is needed, once."""
        needed = [self.holder_name, *self.fields.values()]
        found: dict[str, FieldDescription] = {}
        for each in needed:
            # A column that one field needs is needed, though another could do without.
            if each.column not in found or not each.optional:
                found[each.column] = each
        return found


class Limits(Described):
    """Time limits and concurrency limits of a source."""

    total_s: Annotated[float, Field(gt=0, le=60)] = 10.0
    """Longest time of a query as a whole, seconds; whoever asks never waits longer."""
    connect_s: Annotated[float, Field(gt=0, le=60)] = 3.0
    """Longest time until a connection stands, seconds."""
    read_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    """Longest silence within an answer, seconds."""
    at_once: Annotated[int, Field(ge=1, le=32)] = 4
    """Queries under way at a time."""
    waiting: Annotated[int, Field(ge=0, le=64)] = 4
    """Callers that may wait for one of those to end; more are answered at once."""
    failures: Annotated[int, Field(ge=1, le=100)] = 3
    """Failures in a row after which the source is left alone for a while."""
    rest_s: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """How long it is left alone, seconds."""
    answer_bytes: Annotated[int, Field(ge=1024, le=64 << 20)] = 2 << 20
    """Largest answer of an HTTP source, bytes."""
    rows: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """Most rows of a table of one holder."""


class AnySource(Described):
    """Entries that all descriptions of sources share."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
    """Short name."""
    name: str = ""
    """What people call it; the basis of its first type if left out."""
    unit: str
    """Credit code of the unit whose records these are."""
    limits: Limits = Limits()
    """How long it may take."""

    @model_validator(mode="before")
    @classmethod
    def _is_named(cls, entry: Any) -> Any:  # noqa: ANN401  whatever stands in the file
        if not isinstance(entry, dict) or not isinstance(entry.get("types"), dict):
            return entry
        basis = [
            kind["basis"]
            for kind in entry["types"].values()
            if isinstance(kind, dict) and "basis" in kind
        ]
        return {"name": (basis or [""])[0]} | entry
