"""Batches that are summed up before they are confirmed; ends of records that two people decide.

Of batches from before nothing was summed up: `findings` stays empty, and their file has no name.
"""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "batches",
        sa.Column("file_name", sa.String(length=120), server_default="", nullable=False),
    )
    op.add_column("batches", sa.Column("findings", sa.JSON(), nullable=True))
    op.add_column("batches", sa.Column("begun_at", UtcDateTime(), nullable=True))
    op.add_column("batch_rows", sa.Column("typed", sa.JSON(), nullable=True))
    op.create_table(
        "record_change_proposals",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("reason_code", sa.String(length=30), nullable=False),
        sa.Column("effective_at", UtcDateTime(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=120), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "action IN ('cancel', 'revoke')", name=op.f("ck_record_change_proposals_action")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"],
            ["record_changes.id"],
            name=op.f("fk_record_change_proposals_change_id_record_changes"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals.id"],
            name=op.f("fk_record_change_proposals_proposal_id_proposals"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["certificate_records.id"],
            name=op.f("fk_record_change_proposals_record_id_certificate_records"),
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_record_change_proposals")),
    )
    op.create_index(
        op.f("ix_record_change_proposals_record_id"), "record_change_proposals", ["record_id"]
    )


def downgrade() -> None:
    op.drop_table("record_change_proposals")
    op.drop_column("batch_rows", "typed")
    for name in ("begun_at", "findings", "file_name"):
        op.drop_column("batches", name)
