"""Jobs in tests: a database with nothing but jobs, and a handler that leaves a row behind."""

from datetime import UTC, datetime

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select
from sqlalchemy.orm import Session

from certsvc.foundation.db.base import Base
from certsvc.foundation.db.engine import Database
from certsvc.foundation.jobs.records import Job, JobWorkerSign
from certsvc.foundation.jobs.rules import JobInHand

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
