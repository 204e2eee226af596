"""Which constraint a statement violated, by its name, on both engines.

- Conflicts are recognised by the violated constraint, never by searching an error's text.
- PostgreSQL says the name. SQLite says the kind by a code of its own, the name of a check, and of
  a uniqueness its columns, which the program's tables turn into the name; what it says stands in
  the message alone, so this is the one place that reads one. Of a reference it says nothing more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from sqlite3 import IntegrityError as SqliteError

import psycopg
from sqlalchemy import Table, UniqueConstraint
from sqlalchemy.exc import IntegrityError

from certsvc.foundation.db.base import Base
from certsvc.foundation.errors import CertsvcError


class ViolationKind(StrEnum):
    """What kind of rule of the database refused."""

    UNIQUE = "unique"
    """A primary key is one, too."""
    CHECK = "check"
    REFERENCE = "reference"
    """A foreign key."""
    MISSING = "missing"
    """NOT NULL."""
    TRIGGER = "trigger"
    """A rule of our own, such as an append-only table."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """What was violated."""

    kind: ViolationKind
    constraint: str | None
    """Name of the constraint; None where it has none, and of references on SQLite."""


_OF_SQLSTATE = {
    "23505": ViolationKind.UNIQUE,
    "23514": ViolationKind.CHECK,
    "23503": ViolationKind.REFERENCE,
    "23502": ViolationKind.MISSING,
    "23001": ViolationKind.TRIGGER,
}
"""PostgreSQL, appendix A, class 23; our triggers raise `restrict_violation`."""
_OF_SQLITE = {
    "SQLITE_CONSTRAINT_UNIQUE": ViolationKind.UNIQUE,
    "SQLITE_CONSTRAINT_PRIMARYKEY": ViolationKind.UNIQUE,
    "SQLITE_CONSTRAINT_ROWID": ViolationKind.UNIQUE,
    "SQLITE_CONSTRAINT_CHECK": ViolationKind.CHECK,
    "SQLITE_CONSTRAINT_FOREIGNKEY": ViolationKind.REFERENCE,
    "SQLITE_CONSTRAINT_NOTNULL": ViolationKind.MISSING,
    "SQLITE_CONSTRAINT_TRIGGER": ViolationKind.TRIGGER,
}
"""SQLite, extended result codes."""


def violation_of(error: IntegrityError) -> Violation | None:
    """Return what a statement violated; None if the engine does not say."""
    refused = error.orig
    if isinstance(refused, psycopg.Error):
        kind = _OF_SQLSTATE.get(refused.sqlstate or "")
        return Violation(kind=kind, constraint=refused.diag.constraint_name) if kind else None
    if isinstance(refused, SqliteError):
        kind = _OF_SQLITE.get(refused.sqlite_errorname)
        return Violation(kind=kind, constraint=_named(kind, refused)) if kind else None
    return None


@contextmanager
def refused_as(told: CertsvcError, *constraints: str) -> Iterator[None]:
    """Raise an error of ours when one of the given constraints is violated.

    Args:
        told: What is raised instead.
        constraints: Names of the constraints; any other violation is raised as it is.
    """
    try:
        yield
    except IntegrityError as error:
        violation = violation_of(error)
        if violation is not None and violation.constraint in constraints:
            raise told from error
        raise


@contextmanager
def let_pass(*constraints: str) -> Iterator[None]:
    """Ignore the violation of given constraints: another process inserted the row first.

    Args:
        constraints: Names of the constraints; any other violation is raised as it is.
    """
    try:
        yield
    except IntegrityError as error:
        violation = violation_of(error)
        if violation is None or violation.constraint not in constraints:
            raise


def _named(kind: ViolationKind, refused: SqliteError) -> str | None:
    # "UNIQUE constraint failed: seals.id" and "CHECK constraint failed: ck_seals_route".
    said = str(refused).partition(" constraint failed: ")[2]
    if kind is ViolationKind.CHECK:
        return said or None
    if kind is ViolationKind.UNIQUE:
        columns = [each.partition(".") for each in said.split(", ")]
        return _uniqueness(columns[0][0], [column for _, _, column in columns])
    return None


def _uniqueness(table_name: str, columns: list[str]) -> str | None:
    table = Base.metadata.tables.get(table_name)
    if table is None:
        return None
    return next((name for name, of in _uniquenesses(table) if of == columns), None)


def _uniquenesses(table: Table) -> Iterator[tuple[str, list[str]]]:
    for constraint in (table.primary_key, *sorted(table.constraints, key=lambda c: str(c.name))):
        if constraint is table.primary_key or isinstance(constraint, UniqueConstraint):
            yield str(constraint.name), [column.name for column in constraint.columns]
    for index in table.indexes:
        if index.unique:
            yield str(index.name), [column.name for column in index.columns]
