"""Reasons of those who decide about seals; nobody decides whom the register of staff has not."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


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
    op.add_column("seal_changes", sa.Column("decision_reason", sa.String(length=500)))
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, columns, condition, words in CHECKS:
        if sqlite:
            _check_on_sqlite(name, columns, condition, words)
        else:
            _check_on_postgresql(name, columns, condition, words)


def _check_on_sqlite(name: str, columns: str, condition: str, words: str) -> None:
    for event, suffix in (("INSERT", "new"), (f"UPDATE OF {columns}", "altered")):
        op.execute(
            f"CREATE TRIGGER seal_changes_{name}_{suffix} AFTER {event} ON seal_changes "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, 'seal_changes {words}'); END"
        )


def _check_on_postgresql(name: str, columns: str, condition: str, words: str) -> None:
    op.execute(
        f"CREATE FUNCTION seal_changes_{name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {condition} THEN RAISE EXCEPTION 'seal_changes {words}' "
        "USING ERRCODE = 'restrict_violation'; END IF; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER seal_changes_{name} AFTER INSERT OR UPDATE OF {columns} "
        f"ON seal_changes FOR EACH ROW EXECUTE FUNCTION seal_changes_{name}()"
    )


def downgrade() -> None:
    for name, *_ in CHECKS:
        if op.get_bind().dialect.name == "sqlite":
            for suffix in ("new", "altered"):
                op.execute(f"DROP TRIGGER seal_changes_{name}_{suffix}")
        else:
            op.execute(f"DROP TRIGGER seal_changes_{name} ON seal_changes")
            op.execute(f"DROP FUNCTION seal_changes_{name}()")
    op.drop_column("seal_changes", "decision_reason")
