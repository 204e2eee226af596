"""Jobs: timers, chores and durable work in one table; chunks of batches at work become jobs."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KIND = "batch.chunk"
AT_WORK = ("waiting", "running", "paused")
TROUBLED = sa.text("last_error IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("run_at", UtcDateTime(), nullable=True),
        sa.Column("claim", sa.String(length=40), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("waits", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=1000), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(run_at IS NULL) = (failed_at IS NOT NULL)", name=op.f("ck_jobs_failed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_jobs_kind_subject")),
    )
    op.create_index("ix_jobs_lane_run_at", "jobs", ["lane", "run_at", "id"])
    op.create_index(
        "ix_jobs_troubled",
        "jobs",
        ["failed_at", "run_at"],
        sqlite_where=TROUBLED,
        postgresql_where=TROUBLED,
    )
    op.create_table(
        "job_workers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("does_work", sa.Boolean(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_workers")),
    )
    op.drop_table("batch_workers")
    _carry_on()


def _carry_on() -> None:
    """Make a job of each chunk that has waiting rows; a batch without any still has to end."""
    open_chunks = sa.text(
        "SELECT DISTINCT batches.id, batches.created_at, COALESCE(batch_rows.chunk, 0)"
        " FROM batches LEFT JOIN batch_rows"
        " ON batch_rows.batch_id = batches.id AND batch_rows.state = 'waiting'"
        " WHERE batches.state IN :states"
    ).bindparams(sa.bindparam("states", AT_WORK, expanding=True))
    columns = open_chunks.columns(
        sa.column("id", sa.String),
        sa.column("created_at", UtcDateTime),
        sa.column("chunk", sa.Integer),
    )
    jobs = sa.table(
        "jobs",
        *(sa.column(name) for name in ("lane", "kind", "subject", "priority", "attempts", "waits")),
        sa.column("details", sa.JSON),
        sa.column("due_at", UtcDateTime),
        sa.column("run_at", UtcDateTime),
    )
    found = [_job_of(*row) for row in op.get_bind().execute(columns)]
    if found:
        op.get_bind().execute(sa.insert(jobs), found)


def _job_of(batch_id: str, created_at: datetime, chunk: int) -> dict[str, Any]:
    return {
        "lane": "work",
        "kind": KIND,
        "subject": f"{batch_id}-{chunk}",
        "details": {"batch": batch_id, "chunk": chunk},
        "priority": chunk,
        "attempts": 0,
        "waits": 0,
        "due_at": created_at,
        "run_at": created_at,
    }


def downgrade() -> None:
    op.create_table(
        "batch_workers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_workers")),
    )
    for table in ("job_workers", "jobs"):
        op.drop_table(table)
    # The workflow engine of before begins anew what waits, under workflows of a new generation.
    again = (
        "UPDATE batches SET state = 'waiting', generation = generation + 1 WHERE state IN :states"
    )
    states: sa.BindParameter[Any] = sa.bindparam("states", AT_WORK, expanding=True)
    op.get_bind().execute(sa.text(again).bindparams(states))
