"""Events reach their subscribers in the order of commits, each exactly once, whoever fails."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from certsvc.certificates.batches.events import BatchResumed
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.migrate import migrate
from certsvc.foundation.events.delivery import (
    FIRST_PAUSE,
    SENDING_LEASE,
    Deliverer,
    SubscriberUnknownError,
)
from certsvc.foundation.events.recording import RecordedEvent, give_positions, record
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.events.waking import PromptDelivery
from certsvc.verification.transparency.service import LogBrokenError, TransparencyLog, check_log
from tests.support.events import (
    Effects,
    Outbox,
    effects_of,
    log_deliverer,
    make_effects,
    record_one,
    row_of,
)
from tests.support.world import NOW, World

_T = TypeVar("_T")
PERSONAL = "张三 110101199003070011"
CONTENT = "at, kind, actor, subject, details"
COLUMNS = f"id, position, {CONTENT}"


@pytest.fixture
def database(migrated_database: Database) -> Database:
    """A database with a table for effects."""
    make_effects(migrated_database)
    return migrated_database


@pytest.fixture
def on_postgresql(postgres_url: str) -> Iterator[Database]:
    """A database whose writers do not wait for each other."""
    database = Database(postgres_url)
    migrate(database)
    make_effects(database)
    yield database
    database.close()


def deliverer(
    database: Database,
    *followers: Effects | Outbox | TransparencyLog,
    clock: FixedClock | None = None,
    told: list[str] | None = None,
) -> Deliverer:
    """What delivers to these."""
    heard = [] if told is None else told
    return Deliverer(
        database=database,
        clock=clock or FixedClock(NOW),
        subscribers=[each for each in followers if not isinstance(each, Outbox)],
        senders=[each for each in followers if isinstance(each, Outbox)],
        on_failure=lambda name, error: heard.append(f"{name} {type(error).__name__}"),
    )


def positions(database: Database) -> dict[int, int | None]:
    """The positions of all events, by their ids."""
    with database.reading() as session:
        found = session.execute(select(EventRecord.id, EventRecord.position))
        return {row.id: row.position for row in found}


def elsewhere(act: Callable[[], _T]) -> _T:
    """Act in a thread of its own: one thread has one transaction at a time."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(act).result()


def fails(_: RecordedEvent) -> None:
    raise ValueError(PERSONAL)


class TestOrderOfCommits:
    def test_a_late_commit_is_not_skipped(self, on_postgresql: Database) -> None:
        database, effects = on_postgresql, Effects()
        with database.transaction() as late:
            first = record(late, BatchResumed(subject="late"), actor="a", now=NOW).id
            second = elsewhere(lambda: record_one(database, "early"))
            assert first < second
            assert elsewhere(deliverer(database, effects).deliver) is None
            assert effects_of(database) == [second]
        assert deliverer(database, effects).deliver() is None
        assert effects_of(database) == [second, first]
        assert positions(database) == {second: 1, first: 2}
        assert check_log(database, log_deliverer(database)) == 2

    def test_nobody_waits_for_an_open_transaction_that_recorded(
        self, on_postgresql: Database
    ) -> None:
        with on_postgresql.transaction() as waiting:
            record(waiting, BatchResumed(subject="open"), actor="a", now=NOW)
            elsewhere(lambda: self._record_impatiently(on_postgresql))
            elsewhere(lambda: give_positions(on_postgresql))

    @staticmethod
    def _record_impatiently(database: Database) -> None:
        with database.transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = 1000"))
            record(session, BatchResumed(subject="other"), actor="a", now=NOW)

    def test_a_transaction_that_is_undone_leaves_no_gap(self, database: Database) -> None:
        record_one(database)
        with suppress(InterruptedError), database.transaction() as session:
            record(session, BatchResumed(subject="undone"), actor="a", now=NOW)
            raise InterruptedError
        record_one(database)
        assert give_positions(database) == 2
        assert sorted(filter(None, positions(database).values())) == [1, 2]


class TestFailures:
    def test_one_that_fails_is_seen_and_tried_again_and_stops_nobody(
        self, database: Database
    ) -> None:
        clock, told = FixedClock(NOW), list[str]()
        bad, good = Effects("bad", after=fails), Effects("good")
        delivery = deliverer(database, bad, good, clock=clock, told=told)
        event = record_one(database)
        assert delivery.deliver() == FIRST_PAUSE
        row = row_of(database, "bad")
        assert (row.position, row.failures) == (0, 1)
        assert (row.last_error, row.last_code) == ("ValueError", "service.defect")
        assert row.next_try_at == NOW + FIRST_PAUSE
        assert told == ["bad ValueError"]
        assert (effects_of(database, "bad"), effects_of(database, "good")) == ([], [event])

        record_one(database)
        delivery.deliver()
        assert len(told) == 1, "it is left alone for a while"
        assert len(effects_of(database, "good")) == 2
        clock.advance(FIRST_PAUSE)
        assert delivery.deliver() == FIRST_PAUSE * 2
        assert row_of(database, "bad").failures == 2

        clock.advance(timedelta(hours=1))
        cured = deliverer(database, Effects("bad"), good, clock=clock)
        assert cured.deliver() is None
        row = row_of(database, "bad")
        assert (row.position, row.failures, row.next_try_at) == (2, 0, None)
        assert len(effects_of(database, "bad")) == 2

    def test_no_failure_keeps_personal_data(
        self, database: Database, caplog: pytest.LogCaptureFixture
    ) -> None:
        bad = Effects("bad", after=fails)
        record_one(database)
        Deliverer(database=database, clock=FixedClock(NOW), subscribers=[bad]).deliver()
        with database.reading() as session:
            kept = str(session.execute(text("SELECT * FROM event_positions")).all())
        assert "ValueError" in kept
        assert "bad failed: ValueError service.defect" in caplog.text
        for part in PERSONAL.split():
            assert part not in kept + caplog.text

    def test_what_comes_before_the_event_that_fails_is_taken(self, database: Database) -> None:
        ids = [record_one(database) for _ in range(4)]

        def third_fails(event: RecordedEvent) -> None:
            if event.id == ids[2]:
                raise ValueError

        deliverer(database, Effects(after=third_fails)).deliver()
        assert effects_of(database) == ids[:2]
        assert row_of(database, "effects").position == 2

    def test_who_waits_for_the_log_is_told_what_fails(self, database: Database) -> None:
        record_one(database)
        delivery = deliverer(database, Effects("bad", after=fails))
        delivery.deliver()
        with pytest.raises(ValueError, match="张三"):
            delivery.catch_up("bad")
        with pytest.raises(SubscriberUnknownError):
            delivery.catch_up("nobody")


class TestSenders:
    def test_what_leaves_is_sent_again_with_the_same_id(self, database: Database) -> None:
        clock, event = FixedClock(NOW), record_one(database)
        outbox = Outbox(after=fails)
        deliverer(database, outbox, clock=clock).deliver()
        clock.advance(FIRST_PAUSE)
        again = Outbox()
        assert deliverer(database, again, clock=clock).deliver() is None
        assert outbox.received == again.received == [event]
        assert deliverer(database, again, clock=clock).deliver() is None
        assert again.received == [event]

    def test_one_process_at_a_time_sends(self, database: Database) -> None:
        clock, event, second = FixedClock(NOW), record_one(database), Outbox()
        other = deliverer(database, second, clock=clock)
        first = Outbox(after=lambda _: other.deliver())
        deliverer(database, first, clock=clock).deliver()
        assert (first.received, second.received) == ([event], [])

    def test_who_died_while_sending_is_taken_over(self, database: Database) -> None:
        clock, event = FixedClock(NOW), record_one(database)

        def dies(_: RecordedEvent) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            deliverer(database, Outbox(after=dies), clock=clock).deliver()
        again = Outbox()
        assert deliverer(database, again, clock=clock).deliver() == SENDING_LEASE
        clock.advance(SENDING_LEASE)
        deliverer(database, again, clock=clock).deliver()
        assert again.received == [event]


def test_any_number_may_deliver_at_once(database: Database) -> None:
    ids, count, begin = [record_one(database) for _ in range(150)], 4, Barrier(4)
    others = [
        Database(database.engine.url.render_as_string(hide_password=False)) for _ in range(count)
    ]

    def work(other: Database) -> None:
        delivery = deliverer(other, Effects(), TransparencyLog())
        begin.wait()
        for _ in range(3):
            delivery.deliver()

    with ThreadPoolExecutor(count) as threads:
        list(threads.map(work, others))
    for other in others:
        other.close()
    deliverer(database, Effects(), TransparencyLog()).deliver()
    assert effects_of(database) == ids
    assert check_log(database, log_deliverer(database)) == len(ids)


class TestTampering:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE events SET subject = 'x'",
            "UPDATE events SET position = position + 7",
            "UPDATE events SET position = NULL",
            "DELETE FROM events",
            f"INSERT INTO events ({COLUMNS}) SELECT 9, 9, {CONTENT} FROM events",  # noqa: S608  our own names
        ],
    )
    def test_the_database_refuses_it(self, database: Database, statement: str) -> None:
        record_one(database)
        give_positions(database)
        with (
            pytest.raises(DatabaseError, match="append-only|gives a position once"),
            database.transaction() as session,
        ):
            session.execute(text(statement))

    @pytest.mark.parametrize(
        "statement",
        [
            f"INSERT OR REPLACE INTO events ({COLUMNS}) SELECT 1, NULL, {CONTENT} FROM events",  # noqa: S608  our own names
            "UPDATE OR REPLACE events SET position = 1 WHERE position IS NULL",
        ],
    )
    def test_sqlite_replaces_no_event(self, sqlite_world: World, statement: str) -> None:
        database = sqlite_world.services.database
        give_positions(database)
        record_one(database)
        with (
            pytest.raises(DatabaseError, match="append-only|gives a position once"),
            database.transaction() as session,
        ):
            session.execute(text(statement))

    @pytest.mark.parametrize("logged", [True, False])
    @pytest.mark.parametrize("which", [1, 2, 3])
    def test_an_event_that_was_deleted_is_missed(
        self, world: World, which: int, *, logged: bool
    ) -> None:
        database, before = world.services.database, world.check_log()
        for _ in range(3):
            record_one(database)
        give_positions(database)
        if logged:
            world.check_log()
        world.remove_triggers("events")
        with database.transaction() as session:
            statement = text("DELETE FROM events WHERE position = :position")
            session.execute(statement, {"position": before + which})
        with pytest.raises(LogBrokenError) as caught:
            world.check_log()
        assert caught.value.params["sequence"] == before + which
        pause = deliverer(database, TransparencyLog()).deliver()
        assert logged or pause == FIRST_PAUSE, "it is tried again, and not without end"

    def test_an_event_that_says_something_else_than_its_entry_is_found(self, world: World) -> None:
        world.issue()
        world.check_log()
        world.remove_triggers("events")
        with world.services.database.transaction() as session:
            session.execute(text("UPDATE events SET actor = 'nobody' WHERE position = 1"))
        with pytest.raises(LogBrokenError):
            world.check_log()


class TestPromptDelivery:
    def test_a_commit_is_delivered_soon_and_idling_looks_at_nothing(
        self, database: Database
    ) -> None:
        rounds, inner = list[int](), deliverer(database, Effects())

        def counted() -> timedelta | None:
            rounds.append(1)
            return inner.deliver()

        delivery = PromptDelivery(database, counted)
        with database.transaction() as session:
            session.execute(text("DELETE FROM effects"))
        delivery.close()
        assert rounds == [], "nothing was recorded"

        delivery = PromptDelivery(database, counted)
        event = record_one(database)
        delivery.close()
        assert effects_of(database) == [event], "what is left is delivered at the end"
        assert len(rounds) <= 2
