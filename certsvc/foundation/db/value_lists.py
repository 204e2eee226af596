"""Lists of values that a column may hold, made from the program's enums and kept by the database.

- A list is a named CHECK whose text is generated from an enum, so the two cannot differ.
- Every run of migrations renews the lists: before it they are widened by what is new, so that a
  migration may write it; after it they are exactly the program's. So a new role or state needs no
  migration of its own. A value that rows still hold cannot leave its list.
- A program whose lists are not those of the database does not start (`require_current_schema`).
- PostgreSQL has ALTER TABLE for it; on SQLite the definition of the table is rewritten
  (`sqlite_definitions`).
"""

import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module

from sqlalchemy import CheckConstraint, Connection, MetaData, inspect, text

import certsvc
from certsvc.foundation.db.base import Base
from certsvc.foundation.db.sqlite_definitions import rewrite_definition
from certsvc.foundation.errors import DefectError
from certsvc.foundation.states.rules import Event, State, TransitionTable

_GENERATED = "generated from an enum"
_WORD = re.compile(r"'([^']*)'")
_ONE_OF = re.compile(r"(\w+) IN \([^()]*\)")


class ValueInUseError(DefectError):
    """Rows hold a value that the program does not know any more. Params: `constraint`."""

    code = "db.value-in-use"


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """Return the check that a column, if it holds anything, holds one of an enum's values."""
    return CheckConstraint(_in(column, words), column, info={_GENERATED: True})


def leads_to(
    name: str, event_column: str, state_column: str, table: TransitionTable[State, Event]
) -> CheckConstraint:
    """Return the check that an event left a state that a transition table lets it lead to."""
    pairs = [
        f"{event_column} = '{event.value}' AND "
        + _in(state_column, [state for state in table.states if state in table.ends(event)])
        for event in table.events
    ]
    return CheckConstraint(" OR ".join(pairs), name, info={_GENERATED: True})


def _in(column: str, words: Iterable[str]) -> str:
    listed = ", ".join(f"'{word!s}'" for word in words)
    return f"{column} IN ({listed})"


@dataclass(frozen=True, kw_only=True)
class _Check:
    table: str
    name: str
    sql: str

    @property
    def words(self) -> list[str]:
        # Engines format a check differently, but keep the quoted values.
        return sorted(_WORD.findall(self.sql))


def outdated_lists(connection: Connection, metadata: MetaData = Base.metadata) -> list[str]:
    """Return the names of the program's lists that the database has not, or has otherwise."""
    kept = _kept(connection)
    return [
        check.name
        for check in _wanted(metadata)
        if check.name not in kept or kept[check.name].words != check.words
    ]


def widen_lists(connection: Connection, metadata: MetaData = Base.metadata) -> None:
    """Let the columns of a database hold what the program knows beside what they may hold now."""
    kept = _kept(connection)
    for check in _wanted(metadata):
        single = _ONE_OF.fullmatch(check.sql)
        if check.name in kept and single and set(check.words) - set(kept[check.name].words):
            words = dict.fromkeys([*_WORD.findall(check.sql), *kept[check.name].words])
            _exchange(connection, kept[check.name], _in(single[1], words))


def renew_lists(connection: Connection, metadata: MetaData = Base.metadata) -> None:
    """Let the columns of a database hold what the program knows, and nothing else.

    Raises:
        ValueInUseError: a row holds what the program does not know any more.
    """
    kept = _kept(connection)
    for check in _wanted(metadata):
        if check.name in kept and kept[check.name].words != check.words:
            wrong = f"SELECT 1 FROM {check.table} WHERE NOT ({check.sql}) LIMIT 1"  # noqa: S608  our own names
            if connection.scalar(text(wrong)) is not None:
                raise ValueInUseError(constraint=check.name)
            _exchange(connection, kept[check.name], check.sql)


def load_all_records() -> None:
    """Import the records of every room, so that all value lists of the program are known."""
    for module in pkgutil.walk_packages(certsvc.__path__, "certsvc."):
        if module.name.endswith(".records"):
            import_module(module.name)


def require_all_loaded(connection: Connection, metadata: MetaData = Base.metadata) -> None:
    """Check that all of the program's tables are loaded before value lists are renewed.

    Raises:
        RuntimeError: a table with checks named as ours is none that was loaded.
    """
    unknown = {check.table for check in _kept(connection).values()} - set(metadata.tables)
    if ours := sorted(name for name in unknown if _has_our_names(connection, name)):
        raise RuntimeError(f"the records of {ours} must be imported before migrating")


def _has_our_names(connection: Connection, table: str) -> bool:
    return any(
        check.table == table and check.name.startswith(f"ck_{table}_")
        for check in _kept(connection).values()
    )


def _wanted(metadata: MetaData) -> Iterator[_Check]:
    for table in metadata.sorted_tables:
        for constraint in sorted(table.constraints, key=lambda each: str(each.name)):
            if isinstance(constraint, CheckConstraint) and constraint.info.get(_GENERATED):
                yield _Check(
                    table=table.name, name=str(constraint.name), sql=str(constraint.sqltext)
                )


def _kept(connection: Connection) -> dict[str, _Check]:
    """Return the named checks of a database, as its engine writes them."""
    if connection.dialect.name == "postgresql":
        rows = connection.execute(
            text(
                "SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid)"
                " FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid"
                " WHERE contype = 'c' AND connamespace = current_schema()::regnamespace"
            )
        )
        return {name: _Check(table=table, name=name, sql=sql) for table, name, sql in rows}
    asked = inspect(connection)
    return {
        str(found["name"]): _Check(table=table, name=str(found["name"]), sql=str(found["sqltext"]))
        for table in asked.get_table_names()
        for found in asked.get_check_constraints(table)
        if found["name"]
    }


def _exchange(connection: Connection, kept: _Check, sql: str) -> None:
    if connection.dialect.name == "sqlite":
        rewrite_definition(
            connection, kept.table, lambda definition: _with_check(definition, kept.name, sql)
        )
        return
    connection.execute(
        text(
            f"ALTER TABLE {kept.table} DROP CONSTRAINT {kept.name},"
            f" ADD CONSTRAINT {kept.name} CHECK ({sql})"
        )
    )


def _with_check(definition: str, name: str, sql: str) -> str:
    head = re.search(rf'CONSTRAINT "?{name}"? CHECK \(', definition)
    if head is None:
        raise ValueError(name)
    return f"{definition[: head.end()]}{sql}{definition[_closing(definition, head.end()) :]}"


def _closing(definition: str, start: int) -> int:
    """Return where the bracket closes that was opened just before; texts may hold brackets."""
    depth = 1
    for part in re.finditer(r"'(?:[^']|'')*'|[()]", definition[start:]):
        depth += {"(": 1, ")": -1}.get(part[0], 0)
        if depth == 0:
            return start + part.start()
    raise ValueError(definition)
