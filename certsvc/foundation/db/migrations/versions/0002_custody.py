"""Custody of signing keys and key ceremonies; every table is append-only."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime
from certsvc.foundation.db.migrations.triggers import forbid_changes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Table, and the condition under which a new row would take the place of one that is there.
APPEND_ONLY = {
    "custody_keys": "name = NEW.name OR uri = NEW.uri",
    "custody_events": "id = NEW.id OR operation = NEW.operation AND outcome = NEW.outcome",
    "ceremony_approvals": "id = NEW.id",
    "ceremony_runs": "ceremony_sha256 = NEW.ceremony_sha256 OR number = NEW.number",
    "ceremony_ends": "ceremony_sha256 = NEW.ceremony_sha256",
}


def upgrade() -> None:
    op.create_table(
        "custody_keys",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("uri", sa.String(length=500), nullable=False),
        sa.Column("algorithm", sa.String(length=40), nullable=False),
        sa.Column("public_key_pem", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("ceremony_sha256", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_custody_keys")),
        sa.UniqueConstraint("uri", name=op.f("uq_custody_keys_uri")),
    )
    op.create_table(
        "custody_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation", sa.String(length=32), nullable=False),
        sa.Column("key_name", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("ceremony_sha256", sa.String(length=64), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "action IN ('generate', 'request', 'certify', 'rotate', 'destroy')",
            name=op.f("ck_custody_events_action"),
        ),
        sa.CheckConstraint(
            "outcome IN ('started', 'done', 'failed')", name=op.f("ck_custody_events_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_events")),
        sa.UniqueConstraint(
            "operation", "outcome", name=op.f("uq_custody_events_operation_outcome")
        ),
    )
    op.create_table(
        "ceremony_approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ceremony_sha256", sa.String(length=64), nullable=False),
        sa.Column("approver", sa.String(length=80), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ceremony_approvals")),
    )
    op.create_table(
        "ceremony_runs",
        sa.Column("ceremony_sha256", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("ceremony_sha256", name=op.f("pk_ceremony_runs")),
        sa.UniqueConstraint("number", name=op.f("uq_ceremony_runs_number")),
    )
    op.create_table(
        "ceremony_ends",
        sa.Column("ceremony_sha256", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("signature_base64", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('done', 'failed')", name=op.f("ck_ceremony_ends_outcome")),
        sa.ForeignKeyConstraint(
            ["ceremony_sha256"],
            ["ceremony_runs.ceremony_sha256"],
            name=op.f("fk_ceremony_ends_ceremony_sha256"),
        ),
        sa.PrimaryKeyConstraint("ceremony_sha256", name=op.f("pk_ceremony_ends")),
    )
    for table, same_row in APPEND_ONLY.items():
        forbid_changes(table, same_row)


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_append_only()")
