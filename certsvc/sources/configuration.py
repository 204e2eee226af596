"""The connected sources, described in a TOML file that the operator keeps.

Each certificate type has one query for the holder's row and, where it has tables, one query
for each table's rows. A query sees one bound parameter, `:holder`.
"""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from certsvc.codes.holder import HolderCodeType
from certsvc.sources.errors import SourceConfigurationError


class TableQuery(BaseModel):
    """Where the rows of a table field come from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str
    """SELECT with the parameter `:holder`."""
    columns: dict[str, str]
    """Field of a row -> column of the query."""


class TypeQuery(BaseModel):
    """Where the fields of a certificate type come from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str
    """SELECT with the parameter `:holder`; one row for a holder."""
    holder_name: str
    """Column with the holder's name."""
    basis: str
    """What the database is, in words that stand on the evidence."""
    fields: dict[str, str]
    """Field of the certificate -> column of the query."""
    tables: dict[str, TableQuery] = {}
    """Field of the certificate that is a table -> its rows."""
    holder_kinds: frozenset[HolderCodeType] = frozenset({HolderCodeType.IDENTITY_NUMBER})
    """Kinds of document whose numbers `:holder` may be (GB/T 36903 annex A)."""


class SourceDescription(BaseModel):
    """A department's database."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    """Short name."""
    unit: str
    """Credit code of the unit whose records these are."""
    url: str
    """SQLAlchemy URL; read-only rights are enough and wanted."""
    types: dict[str, TypeQuery]
    """Certificate type -> where its fields come from."""


def read_sources(path: Path) -> tuple[SourceDescription, ...]:
    """Read the description of the connected sources; a missing file means none.

    Raises:
        SourceConfigurationError: the file is malformed, or two sources claim one type.
    """
    if not path.exists():
        return ()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        sources = tuple(SourceDescription(**entry) for entry in content.get("source", []))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError, TypeError) as error:
        raise SourceConfigurationError(file=path.name) from error
    claimed = [code for source in sources for code in source.types]
    if len(claimed) != len(set(claimed)):
        raise SourceConfigurationError(file=path.name)
    return sources
