"""Stored: jobs, and the processes that work on them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.foundation.db.base import Base, Json
from certsvc.foundation.jobs.rules import LONGEST_ERROR

_TROUBLED = text("last_error IS NOT NULL")


class Job(Base):
    """后台任务: a timer, a chore or a piece of durable work; a row ends with its job."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("ix_jobs_lane_run_at", "lane", "run_at", "id"),
        Index(
            "ix_jobs_troubled",
            "failed_at",
            "run_at",
            sqlite_where=_TROUBLED,
            postgresql_where=_TROUBLED,
        ),
        CheckConstraint("(run_at IS NULL) = (failed_at IS NOT NULL)", "failed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120))
    """Subject of the job: together with the kind, the key for moving or cancelling it."""
    details: Mapped[Json]
    """Numbers and names that the handler needs; never personal data."""
    priority: Mapped[int] = mapped_column(default=0)
    """Smaller ones first, among durable work."""
    due_at: Mapped[datetime]
    run_at: Mapped[datetime | None]
    """From when on it may be claimed: due, after a pause, or when a lease has run out."""
    claim: Mapped[str | None] = mapped_column(String(40))
    """Token of the worker that has claimed it, or had when it died."""
    attempts: Mapped[int] = mapped_column(default=0)
    waits: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(LONGEST_ERROR))
    """Class and places of the last failure; never its message."""
    ended_at: Mapped[datetime | None]
    """When a chore last went well."""
    failed_at: Mapped[datetime | None]
    """When it was given up."""


class JobWorkerSign(Base):
    """后台进程: a process that works on jobs, and its last heartbeat."""

    __tablename__ = "job_workers"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    does_work: Mapped[bool]
    """Whether it does durable work too, not only timers and chores."""
    seen_at: Mapped[datetime]
