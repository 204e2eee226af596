"""The life of certificate records: changes, replacements, withdrawn copies; all append-only."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime
from certsvc.foundation.db.migrations.triggers import (
    forbid_changes,
    refuse_on_postgresql,
    refuse_on_sqlite,
)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Table, and the condition under which a new row would take the place of one that is there.
APPEND_ONLY = {
    "record_changes": "id = NEW.id OR record_id = NEW.record_id AND number = NEW.number "
    "OR operator = NEW.operator AND idempotency_key = NEW.idempotency_key",
    "record_replacements": "record_id = NEW.record_id",
    "copy_withdrawals": "copy_number = NEW.copy_number",
}
# A change is the next one of its record, and dated before no other.
_OUT_OF_ORDER = (
    "NEW.number <> 1 + (SELECT count(*) FROM record_changes WHERE record_id = NEW.record_id) "
    "OR EXISTS (SELECT 1 FROM record_changes WHERE record_id = NEW.record_id "
    "AND (recorded_at > NEW.recorded_at OR effective_at > NEW.effective_at))"
)
# What was issued before records had a history, as if it had been entered then.
_ISSUED_BEFORE = """
INSERT INTO record_changes
    (record_id, number, action, ground, words, state_after, effective_at, recorded_at, operator)
SELECT certificate_records.id, 1, 'issue', 'issued', '', 'issued',
    certificate_records.issued_at, certificate_records.issued_at, issuances.caller
FROM certificate_records JOIN issuances ON issuances.record_id = certificate_records.id
WHERE certificate_records.status = 'issued' ORDER BY certificate_records.id
"""


def upgrade() -> None:
    op.create_table(
        "record_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("ground", sa.String(length=30), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("state_after", sa.String(length=20), nullable=False),
        sa.Column("effective_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("operator", sa.String(length=80), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "action IN ('issue', 'suspend', 'resume', 'revoke', 'cancel', 'supersede')",
            name=op.f("ck_record_changes_action"),
        ),
        sa.CheckConstraint(
            "state_after IN ('issued', 'suspended', 'revoked', 'cancelled', 'superseded')",
            name=op.f("ck_record_changes_state_after"),
        ),
        sa.CheckConstraint(
            "(number = 1) = (action = 'issue')", name=op.f("ck_record_changes_first")
        ),
        sa.CheckConstraint(
            "(successor_id IS NOT NULL) = (action = 'supersede')",
            name=op.f("ck_record_changes_successor"),
        ),
        sa.CheckConstraint(
            "action = 'issue' OR length(trim(words)) > 0", name=op.f("ck_record_changes_words")
        ),
        sa.CheckConstraint("effective_at <= recorded_at", name=op.f("ck_record_changes_effective")),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["certificate_records.id"],
            name=op.f("fk_record_changes_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"],
            ["certificate_records.id"],
            name=op.f("fk_record_changes_successor_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_changes")),
        sa.UniqueConstraint("record_id", "number", name=op.f("uq_record_changes_record_id_number")),
        sa.UniqueConstraint(
            "operator", "idempotency_key", name=op.f("uq_record_changes_operator_idempotency_key")
        ),
    )
    op.create_table(
        "record_replacements",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("altered_fields", sa.JSON(), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "kind IN ('reissued', 'corrected')", name=op.f("ck_record_replacements_kind")
        ),
        sa.CheckConstraint("length(trim(words)) > 0", name=op.f("ck_record_replacements_words")),
        sa.CheckConstraint("record_id <> replaces_id", name=op.f("ck_record_replacements_other")),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["certificate_records.id"],
            name=op.f("fk_record_replacements_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["certificate_records.id"],
            name=op.f("fk_record_replacements_replaces_id"),
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_record_replacements")),
    )
    op.create_index(
        op.f("ix_record_replacements_replaces_id"), "record_replacements", ["replaces_id"]
    )
    op.create_table(
        "copy_withdrawals",
        sa.Column("copy_number", sa.String(length=40), nullable=False),
        sa.Column("ground", sa.String(length=30), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("operator", sa.String(length=80), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(trim(words)) > 0", name=op.f("ck_copy_withdrawals_words")),
        sa.ForeignKeyConstraint(
            ["copy_number"],
            ["extractions.copy_number"],
            name=op.f("fk_copy_withdrawals_copy_number"),
        ),
        sa.PrimaryKeyConstraint("copy_number", name=op.f("pk_copy_withdrawals")),
    )
    op.execute(_ISSUED_BEFORE)
    for table, same_row in APPEND_ONLY.items():
        forbid_changes(table, same_row)
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    refuse = refuse_on_sqlite if on_sqlite else refuse_on_postgresql
    refuse("record_changes", "record_changes_in_order", "BEFORE INSERT", _OUT_OF_ORDER)


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION record_changes_in_order()")
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_append_only()")
