"""Requests that may be repeated; an index for lists of a unit's copies."""

import sqlalchemy as sa
from alembic import op

from certsvc.db.base import UtcDateTime

revision = "0006"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repeatable_requests",
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("key_hmac", sa.String(length=64), nullable=False),
        sa.Column("request_hmac", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.String(length=32), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("location", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "state IN ('in_progress', 'done')", name=op.f("ck_repeatable_requests_state")
        ),
        sa.CheckConstraint(
            "(state = 'done') = (body IS NOT NULL)", name=op.f("ck_repeatable_requests_answered")
        ),
        sa.PrimaryKeyConstraint("caller", "key_hmac", name=op.f("pk_repeatable_requests")),
    )
    op.create_index(op.f("ix_repeatable_requests_ends_at"), "repeatable_requests", ["ends_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_repeatable_requests_ends_at"), "repeatable_requests")
    op.drop_table("repeatable_requests")
