"""Trial signatures of the keys that seals shall sign with; rows are only ever added."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime
from certsvc.foundation.db.migrations.triggers import forbid_changes

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = "seal_key_trials"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("key_uri", sa.String(length=500), nullable=False),
        sa.Column("certificate_sha256", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.String(length=40), nullable=False),
        sa.Column("signature_base64", sa.Text(), nullable=False),
        sa.Column("error", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(error = '') = (length(signature_base64) > 0)",
            name=op.f("ck_seal_key_trials_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["seal_changes.id"], name=op.f("fk_seal_key_trials_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_key_trials")),
    )
    op.create_index(op.f("ix_seal_key_trials_change_id"), TABLE, ["change_id"])
    forbid_changes(TABLE, "id = NEW.id")


def downgrade() -> None:
    op.drop_table(TABLE)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {TABLE}_append_only()")
