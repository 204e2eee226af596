"""Looking a holder up in the tables that a department hands over as files.

- Numbers are compared as the register keeps them: capital letters, no blanks, half-width.
- An empty cell is no value.
"""

import json
from collections.abc import Collection

from certsvc.evidence.sources.connectors import (
    RawAnswer,
    RawRecord,
    Row,
    check_by_nobody,
    down,
    nonsense,
    rows_digest,
)
from certsvc.evidence.sources.descriptions import FileDescription, TableSheet, TypeSheet
from certsvc.evidence.sources.table_files import FileUnusableError, Table, TableFile
from certsvc.foundation.codes.holder import HolderCode


class FileSource:
    """A department's table files."""

    def __init__(self, description: FileDescription) -> None:
        self._description = description
        self._types = {
            code: self._open(definition, definition)
            for code, definition in description.types.items()
        }
        self._tables = {
            (code, name): self._open(definition, table)
            for code, definition in description.types.items()
            for name, table in definition.tables.items()
        }

    def fetch(self, type_code: str, holder: HolderCode) -> RawAnswer:
        """See :meth:`certsvc.evidence.sources.connectors.Connector.fetch`."""
        definition = self._description.types[type_code]
        table = self._read(self._types[type_code])
        # Two rows are enough to detect several.
        found = self._find(table, definition, definition.columns, holder)[:2]
        rows: dict[str, list[Row]] = {}
        for name, described in definition.tables.items():
            columns = {each.column for each in described.columns.values()}
            whole = self._read(self._tables[type_code, name])
            rows[name] = self._find(whole, described, columns, holder)
            if len(rows[name]) > self._description.limits.rows:
                raise nonsense(self._description, "too-many-rows")
        return RawAnswer(
            records=tuple(RawRecord(row=row, tables=rows) for row in found),
            sha256=rows_digest([found, rows]),
        )

    def query_text(self, type_code: str) -> str:
        """See :meth:`certsvc.evidence.sources.connectors.Connector.query_text`."""
        definition = self._description.types[type_code]
        sheets: list[TypeSheet | TableSheet] = [definition, *definition.tables.values()]
        return json.dumps(
            [[each.file.name if each.file else "", each.sheet, each.holder] for each in sheets],
            ensure_ascii=False,
        )

    def check(self) -> None:
        """See :meth:`certsvc.evidence.sources.connectors.Connector.check`."""
        check_by_nobody(self, self._description, self._description.types)

    def close(self) -> None:
        """Nothing to do: no connection is kept."""

    def _open(self, definition: TypeSheet, sheet: TypeSheet | TableSheet) -> TableFile:
        return TableFile(
            sheet.file or definition.file,
            sheet=sheet.sheet,
            encoding=self._description.encoding,
            most_bytes=self._description.file_bytes,
        )

    def _read(self, file: TableFile) -> Table:
        try:
            return file.read()
        except FileUnusableError as error:
            if error.fault:
                raise nonsense(self._description, error.fault) from error
            raise down(self._description) from error

    def _find(
        self,
        table: Table,
        sheet: TypeSheet | TableSheet,
        columns: Collection[str],
        holder: HolderCode,
    ) -> list[Row]:
        needed = (
            set(columns) | {sheet.holder} | ({sheet.holder_kind} if sheet.holder_kind else set())
        )
        if not needed <= set(table.columns):
            raise nonsense(self._description, "column-missing")
        at = {name: table.columns.index(name) for name in needed}
        kind = sheet.holder_kind
        return [
            {name: row[at[name]] or None for name in columns}
            for row in table.rows_of(sheet.holder, holder.value)
            if kind is None or row[at[kind]].strip() == holder.kind.value
        ]
