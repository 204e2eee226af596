"""Events, their order and their subscribers; what the log holds already becomes events."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime
from certsvc.foundation.db.migrations.triggers import (
    APPEND_ONLY,
    refuse_on_postgresql,
    refuse_on_sqlite,
    refuse_replacing_on_sqlite,
)

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WRITTEN = "id, at, kind, actor, subject, details"
COPIED = "at, kind, actor, subject, details"
ONCE = "gives a position once"


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_events_position")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("position", name=op.f("uq_events_position")),
        sqlite_autoincrement=True,
    )
    head = op.create_table(
        "event_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_event_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_head")),
    )
    positions = op.create_table(
        "event_positions",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=80), nullable=True),
        sa.Column("last_code", sa.String(length=80), nullable=True),
        sa.Column("next_try_at", UtcDateTime(), nullable=True),
        sa.Column("busy_until_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_event_positions")),
    )
    # An entry's number is the position of its event, so what the log holds comes first.
    op.execute(
        f"INSERT INTO events (position, {COPIED}) "  # noqa: S608  our own names
        f"SELECT sequence, {COPIED} FROM log_entries ORDER BY sequence"
    )
    last = op.get_bind().scalar(sa.text("SELECT coalesce(max(sequence), 0) FROM log_entries"))
    op.bulk_insert(head, [{"id": 1, "position": last}])
    op.bulk_insert(positions, [{"name": "transparency", "position": last, "failures": 0}])
    op.create_index("ix_events_kind_subject", "events", ["kind", "subject"])
    waits = sa.text("position IS NULL")
    op.create_index(
        "ix_events_waiting", "events", ["id"], sqlite_where=waits, postgresql_where=waits
    )
    _guard()


def _guard() -> None:
    """Let the database refuse all but new events without a position, and a position, once."""
    if op.get_bind().dialect.name == "sqlite":
        refuse_on_sqlite("events", "events_no_update", f"BEFORE UPDATE OF {WRITTEN}")
        refuse_on_sqlite("events", "events_no_delete", "BEFORE DELETE")
        refuse_replacing_on_sqlite("events", "id = NEW.id OR position = NEW.position")
        for name, verb, wrong in _positions():
            refuse_on_sqlite("events", name, f"BEFORE {verb}", wrong, ONCE)
        # UPDATE OR REPLACE deletes the row that has the position without asking the trigger.
        taken = "EXISTS (SELECT 1 FROM events WHERE position = NEW.position)"
        refuse_on_sqlite("events", "events_no_taken", "BEFORE UPDATE OF position", taken, ONCE)
        return
    op.execute(
        "CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'events {APPEND_ONLY}' "
        "USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER events_append_only BEFORE UPDATE OF {WRITTEN} OR DELETE OR TRUNCATE "
        "ON events FOR EACH STATEMENT EXECUTE FUNCTION events_append_only()"
    )
    for name, verb, wrong in _positions():
        refuse_on_postgresql("events", name, f"BEFORE {verb}", wrong, ONCE)


def _positions() -> tuple[tuple[str, str, str], ...]:
    return (
        ("events_no_first_position", "INSERT", "NEW.position IS NOT NULL"),
        (
            "events_no_second_position",
            "UPDATE OF position",
            "OLD.position IS NOT NULL OR NEW.position IS NULL",
        ),
    )


def downgrade() -> None:
    waiting = sa.text(
        "SELECT count(*) FROM events WHERE position IS NULL"
        " OR position > (SELECT sequence FROM log_head)"
    )
    if op.get_bind().scalar(waiting):
        raise RuntimeError("events wait to be delivered to the log: run `certsvc db check-log`")
    for table in ("event_positions", "event_head", "events"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for name in ("append_only", "no_first_position", "no_second_position"):
            op.execute(f"DROP FUNCTION events_{name}()")
