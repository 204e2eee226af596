"""Triggers by which the database itself refuses; what migrations on both engines have in common.

The SQL that these functions make is part of released migrations: a database that is migrated today
must come out as one that was migrated then. So they are added to, and not altered.
"""

from alembic import op

APPEND_ONLY = "is append-only"
"""What a table says of itself that takes new rows and nothing else."""


def forbid_changes(table: str, same_row: str) -> None:
    """Make the database refuse to change, delete or replace a row of a table.

    `same_row` says when a new row (NEW) would take the place of one that is there.
    """
    if op.get_bind().dialect.name == "sqlite":
        forbid_changes_on_sqlite(table, same_row)
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} {APPEND_ONLY}' "
        "USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def forbid_changes_on_sqlite(table: str, same_row: str) -> None:
    """Do what `forbid_changes` says, on SQLite."""
    for verb in ("UPDATE", "DELETE"):
        refuse_on_sqlite(table, f"{table}_no_{verb.lower()}", f"BEFORE {verb}")
    refuse_replacing_on_sqlite(table, same_row)


def refuse_replacing_on_sqlite(table: str, same_row: str) -> None:
    """Refuse INSERT OR REPLACE, which deletes the old row without asking the trigger on DELETE."""
    replaced = f"EXISTS (SELECT 1 FROM {table} WHERE {same_row})"  # noqa: S608  our own names
    refuse_on_sqlite(table, f"{table}_no_replace", "BEFORE INSERT", replaced)


def refuse_on_sqlite(
    table: str, name: str, event: str, condition: str = "", words: str = APPEND_ONLY
) -> None:
    """Refuse an event, such as `BEFORE UPDATE OF name`, where the condition holds, or always."""
    when = f"WHEN {condition} " if condition else ""
    op.execute(
        f"CREATE TRIGGER {name} {event} ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{table} {words}'); END"
    )


def refuse_on_postgresql(
    table: str, name: str, event: str, condition: str, words: str = APPEND_ONLY
) -> None:
    """Refuse an event for a row where the condition holds, by a function of the trigger's name."""
    # WHEN of a trigger cannot look into other rows here; a function can.
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {condition} THEN RAISE EXCEPTION '{table} {words}' "
        "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
