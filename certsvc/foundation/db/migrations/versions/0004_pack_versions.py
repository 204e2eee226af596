"""Versions of template packs, put into force by two people; who may do so."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLE = "pack_versions"
PROPOSED = (
    "id",
    "code",
    "version",
    "digest",
    "title",
    "effective_on",
    "content",
    "reason",
    "proposed_by",
    "proposed_person",
    "proposed_at",
)
ROLES = ("clerk", "handler", "seal_proposer", "seal_approver")
NEW_ROLES = ("pack_proposer", "pack_approver")
FROZEN = "a proposed pack version is not rewritten, a decided one not decided again"
KEPT = "pack versions are never deleted"
UNDECIDED = "a pack version begins as a proposal"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_person", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_person", sa.String(length=64), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('approved', 'rejected', 'withdrawn')",
            name=op.f("ck_pack_versions_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL)"
            " AND (outcome IS NULL) = (decided_person IS NULL)"
            " AND (outcome IS NULL) = (decided_at IS NULL)"
            " AND (outcome IS NULL) = (decision_reason IS NULL)",
            name=op.f("ck_pack_versions_decision_whole"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome = 'withdrawn' AND decided_by = proposed_by"
            " OR outcome <> 'withdrawn' AND decided_by <> proposed_by"
            " AND decided_person <> proposed_person",
            name=op.f("ck_pack_versions_two_people"),
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_pack_versions_reason")),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_pack_versions_digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_versions")),
    )
    op.create_index(
        "uq_pack_versions_approved",
        TABLE,
        ["code", "version"],
        unique=True,
        sqlite_where=sa.text("outcome = 'approved'"),
        postgresql_where=sa.text("outcome = 'approved'"),
    )
    op.create_index("ix_pack_versions_code_effective_on", TABLE, ["code", "effective_on"])
    op.create_index(op.f("ix_pack_versions_digest"), TABLE, ["digest"])
    if op.get_bind().dialect.name == "sqlite":
        _freeze_on_sqlite()
    else:
        _freeze_on_postgresql()
    _permit_roles((*ROLES, *NEW_ROLES))


def _freeze_on_sqlite() -> None:
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in PROPOSED)
    for trigger, event, condition, words in (
        ("frozen", "UPDATE", f"OLD.outcome IS NOT NULL OR {changed}", FROZEN),
        ("kept", "DELETE", "1", KEPT),
        ("undecided", "INSERT", "NEW.outcome IS NOT NULL", UNDECIDED),
        # INSERT OR REPLACE deletes the old row without asking the trigger on DELETE.
        ("replaced", "INSERT", f"EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)", KEPT),  # noqa: S608  our own names
    ):
        op.execute(
            f"CREATE TRIGGER {TABLE}_{trigger} BEFORE {event} ON {TABLE} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )


def _freeze_on_postgresql() -> None:
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in PROPOSED)
    op.execute(
        f"CREATE FUNCTION {TABLE}_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP IN ('DELETE', 'TRUNCATE') THEN "
        f"RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'restrict_violation'; "
        "ELSIF TG_OP = 'INSERT' THEN IF NEW.outcome IS NOT NULL THEN "
        f"RAISE EXCEPTION '{UNDECIDED}' USING ERRCODE = 'restrict_violation'; END IF; "
        f"ELSIF OLD.outcome IS NOT NULL OR {changed} THEN "
        f"RAISE EXCEPTION '{FROZEN}' USING ERRCODE = 'restrict_violation'; "
        "END IF; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {TABLE}_frozen BEFORE INSERT OR UPDATE OR DELETE ON {TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_frozen()"
    )
    op.execute(
        f"CREATE TRIGGER {TABLE}_kept BEFORE TRUNCATE ON {TABLE} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_frozen()"
    )


def _permit_roles(roles: tuple[str, ...]) -> None:
    named = ", ".join(f"'{role}'" for role in roles)
    with op.batch_alter_table("staff_roles") as table:
        table.drop_constraint(op.f("ck_staff_roles_role"), type_="check")
        table.create_check_constraint(op.f("ck_staff_roles_role"), f"role IN ({named})")


def downgrade() -> None:
    new = ", ".join(f"'{role}'" for role in NEW_ROLES)
    op.execute(f"DELETE FROM staff_roles WHERE role IN ({new})")  # noqa: S608  our own names
    _permit_roles(ROLES)
    op.drop_table(TABLE)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {TABLE}_frozen()")
