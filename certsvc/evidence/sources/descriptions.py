"""The descriptions of the three kinds of sources; `docs/sources.md` shows each.

- A password, key or token stands in a file of its own or in a variable, and is never shown.
- An HTTP source is asked by https; plain HTTP reaches no farther than this machine.
"""

import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Discriminator, Field, Tag, field_validator, model_validator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from certsvc.evidence.sources.errors import SourceSecretMissingError
from certsvc.evidence.sources.mapping import (
    AnySource,
    Described,
    PlacedPath,
    TableDescription,
    TypeDescription,
)

HOLDER, HOLDER_KIND = ":holder", ":holder_kind"
"""Placeholders for the holder's number and the kind of their document."""
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Secret(Described):
    """Where a secret is; the description itself may be read by more people."""

    file: PlacedPath | None = None
    """File with nothing else in it; a line break at its end is left out."""
    variable: str | None = None
    """Variable of the environment."""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "Secret":
        if (self.file is None) == (self.variable is None):
            raise ValueError("file or variable")
        return self

    def read(self, source: str) -> str:
        """Return the secret.

        Raises:
            SourceSecretMissingError: it is not there.
        """
        try:
            if self.file is not None:
                return self.file.read_text(encoding="utf-8").rstrip("\r\n")
            return os.environ[str(self.variable)]
        except (OSError, UnicodeDecodeError, KeyError) as error:
            place = self.file.name if self.file is not None else str(self.variable)
            raise SourceSecretMissingError(source=source, place=place) from error


class TableQuery(TableDescription):
    """Where the rows of a table come from in a SQL database."""

    query: str
    """SELECT with the parameter `:holder`, and `:holder_kind` if need be."""


class TypeQuery(TypeDescription):
    """Where the fields come from in a SQL database."""

    query: str
    """SELECT with the parameter `:holder`, and `:holder_kind` if need be; one row for a holder."""
    tables: dict[str, TableQuery] = Field(default_factory=dict)
    """Field of the certificate that is a table -> its rows."""


class SqlDescription(AnySource):
    """A department's SQL database."""

    kind: Literal["sql"] = "sql"
    url: Annotated[str, Field(repr=False)]
    """SQLAlchemy URL; read-only rights are enough and wanted."""
    password: Secret | None = None
    """Where the password is, which then does not stand in the URL."""
    types: dict[str, TypeQuery]
    """Certificate type -> where its fields come from."""

    @field_validator("url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        try:
            make_url(value)
        except ArgumentError as error:
            raise ValueError("url") from error
        return value


class TableMember(TableDescription):
    """Where the rows of a table are in a record of JSON."""

    rows: str
    """Path of the list within the record."""


class TypeRequest(TypeDescription):
    """Where the fields come from at an HTTP service."""

    path: str
    """Added to the source's address."""
    method: Literal["GET", "POST"] = "POST"
    """POST keeps the holder's number out of the logs of whatever stands between."""
    parameters: dict[str, str]
    """What is sent: members of a JSON object, or of the query of a GET; `:holder` and
    `:holder_kind` are replaced where a value is just that."""
    status: str | None = None
    """Path of the code by which an answer says how it went; None: it has none."""
    good: frozenset[str] = frozenset({"0", "200"})
    """Codes of an answer with records."""
    none: frozenset[str] = frozenset()
    """Codes of an answer that says that there is no such holder."""
    records: str
    """Path of the list of records, or of the only one; null or an empty list means none."""
    tables: dict[str, TableMember] = Field(default_factory=dict)
    """Field of the certificate that is a table -> its rows."""

    @model_validator(mode="after")
    def _asks_for_the_holder(self) -> "TypeRequest":
        if HOLDER not in self.parameters.values():
            raise ValueError("parameters")
        return self


class HttpDescription(AnySource):
    """A department's HTTP service that answers in JSON."""

    kind: Literal["http"]
    url: Annotated[str, Field(repr=False)]
    """Address without user, query and fragment; https, or plain HTTP to this machine itself."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers without a secret."""
    secret_headers: dict[str, Secret] = Field(default_factory=dict)
    """Headers whose values are secrets."""
    ca_file: PlacedPath | None = None
    """PEM file of the authorities to trust instead of the machine's own."""
    probe: str | None = None
    """Path to GET for a check, added to the address; each type is asked for nobody if left out."""
    retries: Annotated[int, Field(ge=0, le=5)] = 2
    """How often a query is repeated after a failed connection; never after a timeout."""
    types: dict[str, TypeRequest]
    """Certificate type -> where its fields come from."""

    @field_validator("url")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.username is not None or parts.query or parts.fragment or not parts.hostname:
            raise ValueError("url")
        plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if parts.scheme != "https" and not plain:
            raise ValueError("url")
        return value.rstrip("/")


class TableSheet(TableDescription):
    """Where the rows of a table are."""

    file: PlacedPath | None = None
    """Another file; the type's own if left out."""
    sheet: str | None = None
    """Sheet of a workbook; the first one if left out."""
    holder: str
    """Column with the holder's number."""
    holder_kind: str | None = None
    """Column with the kind of their document, where the file holds several kinds."""


class TypeSheet(TypeDescription):
    """Where the fields are in a table file."""

    file: PlacedPath
    """CSV or XLSX file; its first row names the columns."""
    sheet: str | None = None
    """Sheet of a workbook; the first one if left out."""
    holder: str
    """Column with the holder's number."""
    holder_kind: str | None = None
    """Column with the kind of their document (GB/T 36903 annex A); needed where the file is
    searched by several kinds."""
    tables: dict[str, TableSheet] = Field(default_factory=dict)
    """Field of the certificate that is a table -> its rows."""

    @model_validator(mode="after")
    def _tells_kinds_apart(self) -> "TypeSheet":
        if len(self.holder_kinds) > 1 and self.holder_kind is None:
            raise ValueError("holder_kind")
        if len(self.holder_kinds) > 1 and any(not t.holder_kind for t in self.tables.values()):
            raise ValueError("holder_kind")
        return self


class FileDescription(AnySource):
    """Tables that a department hands over as files."""

    kind: Literal["file"]
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    """Of CSV files; a mark at a file's beginning wins."""
    file_bytes: Annotated[int, Field(ge=1024, le=256 << 20)] = 32 << 20
    """Largest file, bytes."""
    types: dict[str, TypeSheet]
    """Certificate type -> where its fields come from."""


def _kind_of(entry: Any) -> str:  # noqa: ANN401  whatever stands in the file
    kind = entry.get("kind", "sql") if isinstance(entry, Mapping) else entry.kind
    return str(kind)


SourceDescription: TypeAlias = Annotated[
    Annotated[SqlDescription, Tag("sql")]
    | Annotated[HttpDescription, Tag("http")]
    | Annotated[FileDescription, Tag("file")],
    Discriminator(_kind_of),
]
"""A connected source; a description that names no kind is of a SQL database."""
