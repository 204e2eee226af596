"""Reading table files: CSV in UTF-8 or GB 18030, and XLSX; kept until the file changes.

- A file is read as a whole or not at all: one that changes meanwhile, or ends in the middle of a
  line, is not used. Departments should write beside it and rename.
- The first row names the columns, each once; every other row has as many cells.
"""

import codecs
import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from certsvc.evidence.sources.workbooks import WorkbookUnreadableError, read_workbook
from certsvc.foundation.codes.holder import normalise_code

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ZIP = b"PK\x03\x04"


class FileUnusableError(Exception):
    """A table file cannot be used; internal to this area."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault
        """Why; empty: it is not there, or may not be read."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as it was when its file was read."""

    columns: tuple[str, ...]
    """Names of the columns."""
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    """Cells of each row."""
    _indexes: dict[str, Mapping[str, Sequence[tuple[str, ...]]]] = field(
        default_factory=dict, repr=False
    )

    def rows_of(self, column: str, number: str) -> Sequence[tuple[str, ...]]:
        """Return the rows with a number in a column, in any spelling."""
        if column not in self._indexes:
            at, index = self.columns.index(column), dict[str, list[tuple[str, ...]]]()
            for row in self.rows:
                index.setdefault(normalise_code(row[at]), []).append(row)
            self._indexes[column] = index  # two threads that make it make the same
        return self._indexes[column].get(number, ())


@dataclass(frozen=True, kw_only=True)
class _Stamp:
    """Identity of a file's content: changes when the file does."""

    node: int
    size: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "_Stamp":
        return cls(node=status.st_ino, size=status.st_size, changed_ns=status.st_mtime_ns)


class TableFile:
    """One sheet of a file, read again whenever the file has changed."""

    def __init__(self, path: Path, *, sheet: str | None, encoding: str, most_bytes: int) -> None:
        self._path, self._sheet, self._encoding = path, sheet, encoding
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._kept: tuple[_Stamp, Table] | None = None

    def read(self) -> Table:
        """Return the table as the file has it now.

        Raises:
            FileUnusableError: the file cannot be used.
        """
        with self._lock:
            try:
                stamp = _Stamp.of(self._path.stat())
                if self._kept is None or self._kept[0] != stamp:
                    self._kept = stamp, self._parsed(self._content(stamp))
            except OSError as error:
                self._kept = None
                raise FileUnusableError("") from error
            except FileUnusableError:
                self._kept = None
                raise
            return self._kept[1]

    def _content(self, stamp: _Stamp) -> bytes:
        if stamp.size > self._most_bytes:
            raise FileUnusableError("too-large")
        with self._path.open("rb") as file:
            content = file.read(self._most_bytes + 1)
            after = _Stamp.of(os.fstat(file.fileno()))
        if after != stamp or len(content) != stamp.size:
            raise FileUnusableError("file-changing")
        return content

    def _parsed(self, content: bytes) -> Table:
        if self._path.suffix.lower() == ".xlsx" or content.startswith(_ZIP):
            try:
                return _table(read_workbook(content, self._sheet))
            except WorkbookUnreadableError as error:
                raise FileUnusableError(error.fault) from error
        return _table(_csv_rows(_decoded(content, self._encoding)))


def _decoded(content: bytes, encoding: str) -> str:
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), encoding)
    try:
        text = content.decode(marked)
    except UnicodeDecodeError as error:
        raise FileUnusableError("not-text") from error
    if "\0" in text:
        raise FileUnusableError("not-text")
    if not text.endswith(("\n", "\r")):
        raise FileUnusableError("file-cut")
    return text


def _csv_rows(text: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise FileUnusableError("not-a-table") from error


def _table(rows: Iterable[list[str]]) -> Table:
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        raise FileUnusableError("not-a-table")
    columns = tuple(cell.strip() for cell in filled[0])
    if len(set(columns)) != len(columns):
        raise FileUnusableError("column-twice")
    if any(len(row) != len(columns) for row in filled):
        raise FileUnusableError("wrong-shape")
    return Table(columns=columns, rows=tuple(tuple(row) for row in filled[1:]))
