"""Reasons of those who decide about seals; nobody decides whom the register of staff has not."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.migrations.triggers import refuse_on_postgresql, refuse_on_sqlite

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = "seal_changes"


def _unknown(account: str, person: str) -> str:
    """Say when an account is neither the system nor a member of staff with that person behind."""
    behind = f" AND person_id = NEW.{person}" if person else ""
    return (
        f"(NEW.{account} <> 'system' AND NOT EXISTS (SELECT 1 FROM staff"  # noqa: S608  our own names
        f" WHERE 'staff:' || login = NEW.{account}{behind}))"
    )


# Name of the trigger, columns it watches, when it refuses, what it says.
CHECKS = (
    (
        "decision_reasoned",
        "approved_by, outcome, decision_reason",
        (
            "(NEW.approved_by <> 'system' OR NEW.outcome = 'rejected')"
            " AND length(trim(coalesce(NEW.decision_reason, ''))) = 0"
        ),
        "lacks the reason of a decision",
    ),
    (
        "proposer_known",
        "proposed_by, proposed_person",
        _unknown("proposed_by", "proposed_person"),
        "names nobody of the staff",
    ),
    (
        "decider_known",
        "approved_by, approved_person, closed_by",
        f"{_unknown('approved_by', 'approved_person')} OR {_unknown('closed_by', '')}",
        "names nobody of the staff",
    ),
)


def upgrade() -> None:
    # Nullable: decisions made before this had no reason, and they stay as they are.
    op.add_column(TABLE, sa.Column("decision_reason", sa.String(length=500)))
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, columns, condition, words in CHECKS:
        trigger, altered = f"{TABLE}_{name}", f"UPDATE OF {columns}"
        if sqlite:
            refuse_on_sqlite(TABLE, f"{trigger}_new", "AFTER INSERT", condition, words)
            refuse_on_sqlite(TABLE, f"{trigger}_altered", f"AFTER {altered}", condition, words)
        else:
            event = f"AFTER INSERT OR {altered}"
            refuse_on_postgresql(TABLE, trigger, event, condition, words)


def downgrade() -> None:
    for name, *_ in CHECKS:
        if op.get_bind().dialect.name == "sqlite":
            for suffix in ("new", "altered"):
                op.execute(f"DROP TRIGGER {TABLE}_{name}_{suffix}")
        else:
            op.execute(f"DROP TRIGGER {TABLE}_{name} ON {TABLE}")
            op.execute(f"DROP FUNCTION {TABLE}_{name}()")
    op.drop_column(TABLE, "decision_reason")
