"""What people are told of attempts in vain with their names."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLE = "failed_log_ins"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("subject_hmac", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("subject_hmac", name=op.f("pk_failed_log_ins")),
    )
    op.create_index(op.f("ix_failed_log_ins_ends_at"), TABLE, ["ends_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_failed_log_ins_ends_at"), table_name=TABLE)
    op.drop_table(TABLE)
