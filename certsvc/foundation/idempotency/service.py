"""Executing a repeatable request exactly once.

1. Claim the key in a transaction of its own: of two requests at once one gets it, the other is
   told that the first is being worked on.
2. Do the work and keep its answer **in one transaction**: both are there, or neither is.
3. What failed created nothing: the claim is given back, and the caller may try again at once.

A crash after 1 leaves a claim that ends by itself; a crash after 2 leaves the answer. Where nobody
can know whether the commit was carried out, the claim stays: either the answer is there, or the
claim ends. An attempt that took longer than its lease finds its claim gone and commits nothing.

What the work does outside the transaction must bear being done twice (files named by their
content do).
"""

import secrets
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import CommitUncertainError, Database
from certsvc.foundation.idempotency.records import RepeatableRequest
from certsvc.foundation.idempotency.rules import (
    LEASE,
    REMEMBERED,
    EarlierRequest,
    KeptAnswer,
    KeyedRequest,
    LeaseLostError,
    RequestState,
    Turn,
    settle,
)

_Row = RepeatableRequest
Work = Callable[[Session], KeptAnswer]


def do_once(database: Database, clock: Clock, request: KeyedRequest, work: Work) -> KeptAnswer:
    """Do the work of a request and return its answer, or the answer that it had before.

    Args:
        database: Where requests are kept, and where the work is done.
        clock: The time.
        request: The request.
        work: Does what is asked for, inside the transaction it is given.

    Raises:
        IdempotencyKeyReusedError: the key belongs to a different request.
        InProgressError: another process or thread is at work on it.
        LeaseLostError: the work took too long, and another attempt has begun; nothing was kept.
        Exception: whatever the work raises; nothing was kept, and it may be tried again.
    """
    attempt = secrets.token_hex(16)
    with database.transaction() as session:
        earlier = _claim(session, request, attempt=attempt, now=clock.now())
    if earlier is not None:
        return earlier
    try:
        with database.transaction() as session:
            answer = work(session)
            _keep(session, request, answer, attempt=attempt, now=clock.now())
    except CommitUncertainError:
        raise
    except BaseException:
        with database.transaction() as session:
            _give_back(session, request, attempt=attempt)
        raise
    return answer


def _claim(
    session: Session, request: KeyedRequest, *, attempt: str, now: datetime
) -> KeptAnswer | None:
    forget_ended_answers(session, now)
    if _insert(session, request, attempt=attempt, now=now):
        return None
    row = session.get_one(
        _Row, (request.caller, request.key_hmac), with_for_update=True, populate_existing=True
    )
    earlier = EarlierRequest(
        fingerprint=row.request_hmac,
        is_done=row.state == RequestState.DONE,
        busy_until=row.ends_at,
    )
    if settle(earlier, fingerprint=request.request_hmac, now=now) is Turn.ANSWER:
        return KeptAnswer(body=str(row.body), location=row.location, is_replayed=True)
    row.attempt, row.ends_at = attempt, now + LEASE
    return None


def _insert(session: Session, request: KeyedRequest, *, attempt: str, now: datetime) -> bool:
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    new: postgresql.Insert | sqlite.Insert = (
        postgresql.insert(_Row) if on_postgresql else sqlite.insert(_Row)
    )
    inserted = session.execute(
        new.values(
            caller=request.caller,
            key_hmac=request.key_hmac,
            request_hmac=request.request_hmac,
            state=RequestState.IN_PROGRESS.value,
            attempt=attempt,
            ends_at=now + LEASE,
        )
        .on_conflict_do_nothing()
        .returning(_Row.key_hmac)
    )
    return inserted.scalar_one_or_none() is not None


def _keep(
    session: Session, request: KeyedRequest, answer: KeptAnswer, *, attempt: str, now: datetime
) -> None:
    kept = session.execute(
        update(_Row)
        .where(_Row.caller == request.caller, _Row.key_hmac == request.key_hmac)
        .where(_Row.attempt == attempt, _Row.state == RequestState.IN_PROGRESS.value)
        .values(
            state=RequestState.DONE.value,
            ends_at=now + REMEMBERED,
            body=answer.body,
            location=answer.location,
        )
        .returning(_Row.key_hmac)
        .execution_options(synchronize_session=False)
    )
    if kept.scalar_one_or_none() is None:
        raise LeaseLostError


def _give_back(session: Session, request: KeyedRequest, *, attempt: str) -> None:
    session.execute(
        delete(_Row)
        .where(_Row.caller == request.caller, _Row.key_hmac == request.key_hmac)
        .where(_Row.attempt == attempt, _Row.state == RequestState.IN_PROGRESS.value)
        .execution_options(synchronize_session=False)
    )


def forget_ended_answers(session: Session, now: datetime) -> None:
    """Delete expired answers, but no rows that another request has locked."""
    ended = (
        select(_Row.caller, _Row.key_hmac)
        .where(_Row.ends_at <= now, _Row.state == RequestState.DONE.value)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    for caller, key_hmac in session.execute(ended).all():
        session.execute(
            delete(_Row)
            .where(_Row.caller == caller, _Row.key_hmac == key_hmac)
            .execution_options(synchronize_session=False)
        )
