"""What the tests spare, where it is not what they are about.

- **Synchronous writes of SQLite.** Nobody cuts the power of a test, and a killed process loses
  nothing that was handed to the kernel. In this process every connection to SQLite has
  `synchronous=OFF`; `real_durability` takes that back. Processes that tests start write as ever.
- **Compiling the same SQL for each installation.** SQLAlchemy keeps compiled statements by dialect,
  and each engine has one of its own, also in caches of the mappers, which outlive the engine. Here
  all engines of one kind share a dialect that has seen its database, and one cache.
- **Looking for garbage among what stays.** Modules and collected tests, a third of a million
  objects, are set aside once; each full look at them would cost 0.2 s.
- **The cost of a password.** It lies in the stored digest, so an installation that tests copy gets
  its demonstration's passwords under a cheap one. No part of the product knows of it.
"""

import gc
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection
from sqlalchemy.util import LRUCache

from certsvc.demonstration.district import PASSWORD
from certsvc.foundation.db import engine as product
from certsvc.foundation.db.engine import Database
from certsvc.people.accounts.records import HolderAccount, StaffMember

_STATEMENTS_KEPT = 2000
_KNOWN: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = {}
"""Dialect and compiled statements, by the kind of engine."""
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def pytest_configure() -> None:
    """Spare what is told above from the first connection on."""
    event.listen(Pool, "checkout", _spare_synchronous_writes)
    product.create_engine = _create_sharing  # type: ignore[attr-defined,assignment]  # see above


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Set aside what stays until the end of the run."""
    gc.collect()
    gc.freeze()


def _create_sharing(url: URL, **options: Any) -> Engine:  # noqa: ANN401  SQLAlchemy's own
    engine = create_engine(url, **options)
    kind = url.drivername
    if kind in _KNOWN:
        engine.dialect, compiled = _KNOWN[kind]
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    def keep(_: Connection) -> None:
        # Only now: a dialect asks the database at the first connection what it can do.
        _KNOWN.setdefault(kind, (engine.dialect, LRUCache(_STATEMENTS_KEPT)))

    event.listen(engine, "engine_connect", keep)
    return engine


def _spare_synchronous_writes(
    connection: DBAPIConnection, entry: ConnectionPoolEntry, _: PoolProxiedConnection
) -> None:
    # Not at "connect": what the program sets there comes after what is set for every pool.
    if isinstance(connection, sqlite3.Connection) and "spared" not in entry.info:
        connection.execute("PRAGMA synchronous=OFF")
        entry.info["spared"] = True


@pytest.fixture
def real_durability() -> Iterator[None]:
    """Let connections to SQLite be as the program makes them; ask for it before the database."""
    event.remove(Pool, "checkout", _spare_synchronous_writes)
    yield
    event.listen(Pool, "checkout", _spare_synchronous_writes)


def make_log_ins_cheap(database: Database) -> None:
    """Keep the demonstration's password under a digest that is checked in no time."""
    with database.transaction() as session:
        for account in (StaffMember, HolderAccount):
            session.execute(update(account).values(password_hash=_CHEAP.hash(PASSWORD)))
