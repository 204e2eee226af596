"""Batches: many certificates from one file."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=18), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("idempotency_key", sa.String(length=120), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason_code", sa.String(length=80), nullable=True),
        sa.Column("reason_params", sa.JSON(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("problem_count", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("purged_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('rejected', 'waiting', 'running', 'paused', 'stopped', 'cancelled', 'done')",
            name=op.f("ck_batches_state"),
        ),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_batches_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint(
            "created_by", "idempotency_key", name=op.f("uq_batches_created_by_idempotency_key")
        ),
    )
    for column in ("unit_code", "state", "created_at"):
        op.create_index(op.f(f"ix_batches_{column}"), "batches", [column])
    op.create_table(
        "batch_rows",
        sa.Column("batch_id", sa.String(length=16), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("type_code", sa.String(length=60), nullable=False),
        sa.Column("holder_kind", sa.String(length=3), nullable=False),
        sa.Column("holder_code", sa.String(length=40), nullable=True),
        sa.Column("matter_code", sa.String(length=60), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=True),
        sa.Column("reply_id", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("copy_number", sa.String(length=40), nullable=True),
        sa.Column("refusal_code", sa.String(length=80), nullable=True),
        sa.Column("refusal_params", sa.JSON(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'issued', 'refused', 'cancelled')",
            name=op.f("ck_batch_rows_state"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_rows_batch_id")),
        sa.ForeignKeyConstraint(
            ["copy_number"],
            ["extractions.copy_number"],
            name=op.f("fk_batch_rows_copy_number"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "row", name=op.f("pk_batch_rows")),
    )
    op.create_index("ix_batch_rows_batch_id_state", "batch_rows", ["batch_id", "state"])
    op.create_table(
        "batch_problems",
        sa.Column("batch_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("is_note", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_problems_batch_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_batch_problems")),
    )
    op.create_table(
        "batch_workers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_workers")),
    )


def downgrade() -> None:
    for table in ("batch_workers", "batch_problems", "batch_rows", "batches"):
        op.drop_table(table)
