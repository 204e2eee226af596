"""The log proves that it is whole, also while it grows, and notices every damage."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Semaphore

import pytest
from sqlalchemy import text

from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.migrate import migrate
from certsvc.verification.transparency.service import LogBrokenError, check_entries, check_log
from tests.support.events import log_deliverer, record_one

GUARDS = {
    "sqlite": [f"DROP TRIGGER log_entries_no_{verb}" for verb in ("update", "delete", "replace")],
    "postgresql": ["DROP TRIGGER log_entries_append_only ON log_entries"],
}

SURPLUS = "at, kind, actor, subject, details, entry_sha256, 'new' FROM log_entries WHERE sequence=3"


def check(database: Database) -> int:
    return check_log(database, log_deliverer(database))


def damage(database: Database, *statements: str) -> None:
    with database.transaction() as session:
        for statement in (*GUARDS[session.get_bind().dialect.name], *statements):
            session.execute(text(statement))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_whole_log_is_counted(migrated_database: Database, count: int) -> None:
    for _ in range(count):
        record_one(migrated_database)
    assert check(migrated_database) == count


def test_a_log_that_grows_meanwhile_is_whole(migrated_database: Database) -> None:
    database, stop = migrated_database, Event()
    # Two writers are faster than the log is checked: without a limit it grows with each check.
    allowed = Semaphore(0)

    def write() -> int:
        written = 0
        while not (allowed.acquire() and stop.is_set()):
            record_one(database)
            written += 1
        return written

    with ThreadPoolExecutor(2) as threads:
        writers = [threads.submit(write) for _ in range(2)]
        try:
            counts = []
            for _ in range(15):
                allowed.release(10)
                counts.append(check(database))
            # In a transaction that writes each statement sees its own state on PostgreSQL.
            for _ in range(15):
                allowed.release(10)
                with database.transaction() as session:
                    counts.append(check_entries(session))
        finally:
            stop.set()
            allowed.release(2)
        written = sum(writer.result() for writer in writers)
    assert check(database) == written
    assert counts == sorted(counts)
    assert len(set(counts)) > 1


def test_no_writer_waits_for_the_check(migrated_database: Database) -> None:
    record_one(migrated_database)
    check(migrated_database)
    with migrated_database.reading() as session:
        assert check_entries(session) == 1
        record_one(migrated_database)  # while the transaction of the check is open
        assert check_entries(session) == 1
    assert check(migrated_database) == 2


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE log_entries SET actor = 'nobody' WHERE sequence = 1", 1),
        ("UPDATE log_entries SET actor = 'nobody' WHERE sequence = 3", 3),
        ("UPDATE log_entries SET at = '2020-01-01 00:00:00' WHERE sequence = 2", 2),
        ("UPDATE log_entries SET previous_sha256 = 'x' WHERE sequence = 1", 1),
        ("UPDATE log_entries SET entry_sha256 = 'x' WHERE sequence = 3", 3),
        ("DELETE FROM log_entries WHERE sequence = 1", 1),
        ("DELETE FROM log_entries WHERE sequence = 2", 2),
        ("DELETE FROM log_entries WHERE sequence = 3", 3),
        ("DELETE FROM log_entries", 3),
        (
            f"INSERT INTO log_entries SELECT 4, {SURPLUS}",
            3,
        ),
        (
            f"INSERT INTO log_entries SELECT 0, {SURPLUS}",
            1,
        ),
        ("UPDATE log_head SET sequence = 2", 2),
        ("UPDATE log_head SET sequence = 4", 4),
        ("UPDATE log_head SET entry_sha256 = 'x'", 4),
        ("DELETE FROM log_head", 0),
    ],
)
def test_every_damage_is_noticed(migrated_database: Database, statement: str, broken: int) -> None:
    for _ in range(3):
        record_one(migrated_database)
    check(migrated_database)
    damage(migrated_database, statement)
    with pytest.raises(LogBrokenError) as caught:
        check(migrated_database)
    assert caught.value.params["sequence"] == broken


@pytest.mark.parametrize(
    "change",
    ["UPDATE log_entries SET at = 'nonsense'", "UPDATE log_entries SET details = 'nonsense'"],
)
def test_a_value_that_cannot_be_read_is_damage(tmp_path: Path, change: str) -> None:
    database = Database(f"sqlite:///{tmp_path / 'log.db'}")  # PostgreSQL keeps its types itself
    migrate(database)
    record_one(database)
    check(database)
    damage(database, change)
    with pytest.raises(LogBrokenError):
        check(database)
    database.close()


def test_cutting_off_the_end_together_with_the_head_needs_an_anchor(
    migrated_database: Database,
) -> None:
    # What the decision on the log says: whoever owns the database can rewrite the whole chain.
    for _ in range(2):
        record_one(migrated_database)
    check(migrated_database)
    damage(
        migrated_database,
        "DELETE FROM log_entries WHERE sequence = 2",
        "UPDATE log_head SET sequence = 1, entry_sha256 ="
        " (SELECT entry_sha256 FROM log_entries WHERE sequence = 1)",
    )
    assert check(migrated_database) == 1
