"""Calls of the sources, for their health."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("purpose IN ('query', 'check')", name=op.f("ck_source_calls_purpose")),
        sa.CheckConstraint(
            "outcome IN ('answered', 'none', 'several', 'slow', 'nonsense', 'down')",
            name=op.f("ck_source_calls_outcome"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_calls")),
    )
    op.create_index(op.f("ix_source_calls_source_at"), "source_calls", ["source", "at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_source_calls_source_at"), table_name="source_calls")
    op.drop_table("source_calls")
