"""Rewriting the definition of a table on SQLite, where ALTER TABLE cannot change constraints.

SQLite's page on ALTER TABLE (section 7) describes the procedure: the text in `sqlite_schema` is
replaced. No row is copied and no trigger lost, as they would be with a table that is made anew.
"""

from collections.abc import Callable

from sqlalchemy import Connection, text


def rewrite_definition(connection: Connection, table: str, rewrite: Callable[[str], str]) -> None:
    """Replace the text that defines a table; columns must stay as they are.

    Args:
        connection: Connection to an SQLite database.
        table: Name of the table.
        rewrite: Returns the new definition (CREATE TABLE) for the present one.
    """
    of_table = {"table": table}
    definition = connection.scalar(
        text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :table"), of_table
    )
    version = connection.scalar(text("PRAGMA schema_version"))
    connection.execute(text("PRAGMA writable_schema = ON"))
    connection.execute(
        text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :table"),
        of_table | {"sql": rewrite(str(definition))},
    )
    # Every other connection reads the definitions anew; RESET does it for this one.
    connection.execute(text(f"PRAGMA schema_version = {int(str(version)) + 1}"))
    connection.execute(text("PRAGMA writable_schema = RESET"))
