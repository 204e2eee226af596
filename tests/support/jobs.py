"""Jobs in tests: a database with nothing but jobs, and a handler that leaves a row behind."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select
from sqlalchemy.orm import Session

from certsvc.foundation.clock import FixedClock
from certsvc.foundation.db.base import Base
from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs import claims
from certsvc.foundation.jobs.kinds import JobKind, JobKinds, Timer
from certsvc.foundation.jobs.records import Job, JobWorkerSign
from certsvc.foundation.jobs.rules import JobInHand, Lane
from certsvc.foundation.jobs.schedule import schedule_timer
from certsvc.foundation.jobs.worker import JobWorker

PERSONAL = "990101199003070023"
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
EFFECTS = Table(
    "effects",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("subject", String(120)),
)


def prepare(database: Database) -> Database:
    """Make the tables of jobs, and one for effects."""
    tables = [Base.metadata.tables[kind.__tablename__] for kind in (Job, JobWorkerSign)]
    Base.metadata.create_all(database.engine, tables=tables)
    EFFECTS.metadata.create_all(database.engine)
    return database


def leave_effect(session: Session, job: JobInHand) -> None:
    """Do what a handler does in the database."""
    session.execute(insert(EFFECTS).values(subject=job.subject))


def effects(database: Database) -> list[str]:
    """What the handlers did, in order."""
    with database.reading() as session:
        return [
            str(subject)
            for subject in session.scalars(select(EFFECTS.c.subject).order_by(EFFECTS.c.id))
        ]


def jobs(database: Database) -> list[Job]:
    """All jobs, as they stand."""
    with database.reading() as session:
        return list(session.scalars(select(Job).order_by(Job.id)))


TIMER = Timer(name="timer", fire=leave_effect)


class JobBench:
    """A database of jobs, a clock, and workers that know some kinds."""

    def __init__(self, database: Database) -> None:
        self.database = prepare(database)
        self.clock = FixedClock(NOW)
        self.faults: list[Exception] = []

    def worker(self, *kinds: JobKind) -> JobWorker:
        return JobWorker(self.database, self.clock, JobKinds(*kinds), on_failure=self.faults.append)

    def set_timer(self, subject: str, *, in_s: float = 0, kind: str = "timer") -> None:
        at = self.clock.now() + timedelta(seconds=in_s)
        with self.database.transaction() as session:
            schedule_timer(session, kind, subject, at=at)

    def claim(self, lane: Lane, kind: str) -> JobInHand:
        with self.database.transaction() as session:
            found = claims.claim_next(
                session, [kind], lane=lane, now=self.clock.now(), is_stopping=lambda: False
            )
        assert found is not None
        return found


def refuse(message: str = PERSONAL) -> Callable[[Session, JobInHand], None]:
    """A handler that leaves an effect and then fails, with personal data in its message."""

    def fire(session: Session, job: JobInHand) -> None:
        leave_effect(session, job)
        raise RuntimeError(message)

    return fire
