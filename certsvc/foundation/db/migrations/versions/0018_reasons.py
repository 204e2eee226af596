"""Why something was decided is called `reason_code` and `reason` everywhere.

Columns and checks get these names; rows stay as they are. Events and entries of the log that were
written before keep `ground` in their details: they are never altered.
"""

from functools import partial

from alembic import op

from certsvc.foundation.db.sqlite_definitions import rewrite_definition

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Table, former name of the column, name from here on.
COLUMNS = (
    ("record_changes", "ground", "reason_code"),
    ("record_changes", "words", "reason"),
    ("record_replacements", "words", "reason"),
    ("copy_withdrawals", "ground", "reason_code"),
    ("copy_withdrawals", "words", "reason"),
    ("seal_changes", "stop_ground", "stop_reason_code"),
    ("certificate_types", "excluded_ground", "excluded_reason"),
    ("matters", "excluded_ground", "excluded_reason"),
)
# Tables with a check that is named after the column `reason`.
CHECKED = ("record_changes", "record_replacements", "copy_withdrawals")


def upgrade() -> None:
    for table, before, after in COLUMNS:
        _rename_column(table, before, after)
    for table in CHECKED:
        _rename_check(table, f"ck_{table}_words", f"ck_{table}_reason")


def downgrade() -> None:
    for table in CHECKED:
        _rename_check(table, f"ck_{table}_reason", f"ck_{table}_words")
    for table, before, after in COLUMNS:
        _rename_column(table, after, before)


def _rename_column(table: str, before: str, after: str) -> None:
    # Both engines carry the new name into the checks and triggers that name the column.
    op.execute(f"ALTER TABLE {table} RENAME COLUMN {before} TO {after}")


def _rename_check(table: str, before: str, after: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        rewrite_definition(connection, table, partial(_with_name, before, after))
    else:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {before} TO {after}")


def _with_name(before: str, after: str, definition: str) -> str:
    return definition.replace(before, after)
