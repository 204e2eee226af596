"""Requests that may be repeated: done once, on each engine, whatever happens in between."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.idempotency.records import RepeatableRequest
from certsvc.foundation.idempotency.rules import (
    LEASE,
    REMEMBERED,
    IdempotencyKeyReusedError,
    InProgressError,
    KeptAnswer,
    KeyedRequest,
    LeaseLostError,
    keyed_request,
)
from certsvc.foundation.idempotency.service import _claim, do_once
from certsvc.people.units.records import Unit
from tests.support.world import NOW

SECRET = b"s" * 32
MOMENT = timedelta(seconds=1)


def request(*, caller: str = "staff:a", key: str = "k", content: bytes = b"{}") -> KeyedRequest:
    return keyed_request(SECRET, caller=caller, key=key, operation="POST /x", content=content)


def creating(number: int) -> Callable[[Session], KeptAnswer]:
    def work(session: Session) -> KeptAnswer:
        session.add(Unit(code=f"{number:018}", name=str(number), kind="government", area_code="1"))
        session.flush()
        return KeptAnswer(body=f'{{"number": {number}}}', location=f"/x/{number}")

    return work


def created(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Unit)) or 0


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def test_a_repetition_creates_nothing_and_gets_the_same_answer(
    migrated_database: Database, clock: FixedClock
) -> None:
    first = do_once(migrated_database, clock, request(), creating(1))
    again = do_once(migrated_database, clock, request(), creating(2))
    assert first == again == KeptAnswer(body='{"number": 1}', location="/x/1")
    assert created(migrated_database) == 1


def test_a_key_is_the_callers_own_and_for_one_request(
    migrated_database: Database, clock: FixedClock
) -> None:
    do_once(migrated_database, clock, request(), creating(1))
    with pytest.raises(IdempotencyKeyReusedError):
        do_once(migrated_database, clock, request(content=b"[]"), creating(2))
    elsewhere = keyed_request(SECRET, caller="staff:a", key="k", operation="POST /y", content=b"{}")
    with pytest.raises(IdempotencyKeyReusedError):
        do_once(migrated_database, clock, elsewhere, creating(2))
    do_once(migrated_database, clock, request(caller="staff:b", content=b"[]"), creating(3))
    do_once(migrated_database, clock, request(key="other", content=b"[]"), creating(4))
    assert created(migrated_database) == 3


def test_of_two_at_once_one_works_and_the_other_is_told(
    migrated_database: Database, clock: FixedClock
) -> None:
    begun, told = threading.Event(), threading.Event()

    def slow_work(session: Session) -> KeptAnswer:
        begun.set()
        assert told.wait(20)
        return creating(1)(session)

    if migrated_database.engine.dialect.name == "sqlite":
        # SQLite has one writer, so the second waits while the first writes, and then gets its
        # answer; here it comes between the claim and the first word of the work.
        with migrated_database.transaction() as session:
            _claim(session, request(), attempt="first", now=clock.now())
        with pytest.raises(InProgressError):
            do_once(migrated_database, clock, request(), creating(2))
        return
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(do_once, migrated_database, clock, request(), slow_work)
        assert begun.wait(20)
        with pytest.raises(InProgressError):
            do_once(migrated_database, clock, request(), creating(2))
        told.set()
        assert first.result(20).location == "/x/1"
    assert created(migrated_database) == 1


def test_many_at_once_create_one(migrated_database: Database, clock: FixedClock) -> None:
    barrier = threading.Barrier(6)

    def attempt(number: int) -> str:
        barrier.wait(20)
        try:
            return str(do_once(migrated_database, clock, request(), creating(number)).location)
        except InProgressError:
            return "in progress"

    with ThreadPoolExecutor(6) as threads:
        answers = set(threads.map(attempt, range(6)))
    assert created(migrated_database) == 1
    assert len(answers - {"in progress"}) == 1


def test_what_failed_may_be_tried_again_at_once(
    migrated_database: Database, clock: FixedClock
) -> None:
    def fail(session: Session) -> KeptAnswer:
        creating(1)(session)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        do_once(migrated_database, clock, request(), fail)
    assert created(migrated_database) == 0
    assert do_once(migrated_database, clock, request(), creating(2)).location == "/x/2"


def _claim_and_die(database: Database, clock: FixedClock) -> None:
    """Leave what a process leaves that was killed in the middle of its work."""
    with database.transaction() as session:
        session.add(
            RepeatableRequest(
                caller="staff:a",
                key_hmac=request().key_hmac,
                request_hmac=request().request_hmac,
                state="in_progress",
                attempt="dead",
                ends_at=clock.now() + LEASE,
            )
        )


def test_after_a_crash_another_attempt_begins_when_the_lease_ends(
    migrated_database: Database, clock: FixedClock
) -> None:
    _claim_and_die(migrated_database, clock)
    clock.advance(LEASE - MOMENT)
    with pytest.raises(InProgressError):
        do_once(migrated_database, clock, request(), creating(1))
    clock.advance(MOMENT)
    with pytest.raises(IdempotencyKeyReusedError):
        do_once(migrated_database, clock, request(content=b"[]"), creating(1))
    assert do_once(migrated_database, clock, request(), creating(2)).location == "/x/2"


def test_an_attempt_that_lost_its_claim_commits_nothing(
    migrated_database: Database, clock: FixedClock
) -> None:
    def overtaken(session: Session) -> KeptAnswer:
        answer = creating(1)(session)
        row = session.scalars(select(RepeatableRequest)).one()
        row.attempt = "another"
        session.flush()
        return answer

    with pytest.raises(LeaseLostError):
        do_once(migrated_database, clock, request(), overtaken)
    assert created(migrated_database) == 0


def test_answers_are_forgotten_after_a_day(migrated_database: Database, clock: FixedClock) -> None:
    do_once(migrated_database, clock, request(), creating(1))
    clock.advance(REMEMBERED - MOMENT)
    assert do_once(migrated_database, clock, request(), creating(2)).location == "/x/1"
    clock.advance(MOMENT)
    do_once(migrated_database, clock, replace(request(key="other")), creating(3))
    with migrated_database.reading() as session:
        kept = session.scalars(select(RepeatableRequest.key_hmac)).all()
    assert kept == [request(key="other").key_hmac]


def test_nothing_of_key_and_request_is_stored(
    migrated_database: Database, clock: FixedClock
) -> None:
    number = "990101199003070023"
    do_once(migrated_database, clock, request(key=number, content=number.encode()), creating(1))
    with migrated_database.reading() as session:
        row = session.scalars(select(RepeatableRequest)).one()
        assert number not in repr(vars(row))
