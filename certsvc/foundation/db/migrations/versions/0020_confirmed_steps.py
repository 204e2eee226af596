"""Batches that are summed up before they are confirmed; ends of records that two people decide.

Of batches from before nothing was summed up: `findings` stays empty, and their file has no name.
"""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime
from certsvc.foundation.db.migrations import former_tables as before

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_NO_REASON = "length(trim(coalesce(NEW.decision_reason, ''))) = 0"
_UNREASONED_BEFORE = (
    f"NEW.outcome IN ('approved', 'rejected') AND NEW.kind <> 'key-ceremony' AND {_NO_REASON}"
)
# Approving the end of a record needs no reason of its own.
_UNREASONED = (
    "(NEW.outcome = 'rejected' OR NEW.outcome = 'approved' AND NEW.kind <> 'record-ending')"
    f" AND NEW.kind <> 'key-ceremony' AND {_NO_REASON}"
)


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
    _require_reasons(_UNREASONED)


def downgrade() -> None:
    _require_reasons(_UNREASONED_BEFORE)
    op.drop_table("record_change_proposals")
    op.drop_column("batch_rows", "typed")
    for name in ("begun_at", "findings", "file_name"):
        op.drop_column("batches", name)


def _require_reasons(unreasoned: str) -> None:
    if before.on_sqlite():
        op.execute("DROP TRIGGER proposals_reasoned")
    else:
        op.execute("DROP TRIGGER proposals_reasoned ON proposals")
        op.execute("DROP FUNCTION proposals_reasoned()")
    said = "lacks the reason of a decision"
    before.refuse("proposals", "reasoned", "BEFORE UPDATE OF outcome", unreasoned, said)
