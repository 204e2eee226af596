"""Reading a batch's file as a table of texts: CSV or XLSX, recognised by its first bytes.

- CSV is UTF-8, with or without a byte order mark, or GB 18030, which spreadsheets in China write.
- Everything is bounded before it is read: bytes, rows, columns, letters of a cell.
- Nothing is interpreted: a cell is the text it holds, and formulas are refused.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from certsvc.certificates.batches.errors import BatchFileTooLargeError, BatchFileUnreadableError
from certsvc.certificates.batches.rules import (
    COMMENT,
    MOST_CELL_CHARACTERS,
    MOST_COLUMNS,
    MOST_ROWS,
)
from certsvc.certificates.batches.workbooks import read_workbook

MOST_BYTES = 10 * 1024 * 1024
"""Bytes of one file; 20,000 rows with long purposes have about 4 MiB as CSV."""
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_NO_TABLES = {
    b"%PDF-": "pdf",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"BM": "picture",
    b"RIFF": "picture",
}
"""First bytes of what people upload by mistake."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",;\t"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as it was sent."""

    titles: tuple[str, ...]
    """Cells of the first row that has any."""
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """Number and cells of each further row that has any, comments left out."""


def read_table(content: bytes) -> Table:
    """Read a file.

    Raises:
        BatchFileTooLargeError: it has more of something than is taken.
        BatchFileUnreadableError: it is neither CSV nor XLSX, or has formulas or merged cells.
    """
    if len(content) > MOST_BYTES:
        raise BatchFileTooLargeError(reason="bytes", maximum=MOST_BYTES >> 20)
    if not content.strip():
        raise BatchFileUnreadableError(reason="empty")
    for first, kind in _NO_TABLES.items():
        if content.startswith(first) and b"," not in content[:20]:
            raise BatchFileUnreadableError(reason=kind)
    if content.startswith(_OLD_OFFICE):
        raise BatchFileUnreadableError(reason="old-format")
    lines = read_workbook(content) if content.startswith(_ZIP) else _read_csv(content)
    kept = list(_bounded(lines))
    if not kept:
        return Table(titles=(), rows=())
    return Table(titles=kept[0][1], rows=tuple(kept[1:]))


def _bounded(lines: Iterator[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    count = 0
    for number, line in lines:
        cells = tuple(cell.strip() for cell in line)
        if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
            raise BatchFileTooLargeError(reason="columns", maximum=MOST_COLUMNS)
        if any(len(cell) > MOST_CELL_CHARACTERS for cell in cells):
            raise BatchFileTooLargeError(reason="cell", maximum=MOST_CELL_CHARACTERS, row=number)
        if not any(cells) or next(filter(None, cells)).startswith(COMMENT):
            continue
        count += 1
        if count > MOST_ROWS + 1:
            raise BatchFileTooLargeError(reason="rows", maximum=MOST_ROWS)
        yield number, cells


def _read_csv(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    text = _decode(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter_of(text), strict=True)
    number = 0
    try:
        for number, line in enumerate(reader, start=1):
            yield number, line
    except csv.Error as error:
        raise BatchFileUnreadableError(reason="csv", row=number + 1) from error


def _decode(content: bytes) -> str:
    if content.startswith(_UTF_16):
        raise BatchFileUnreadableError(reason="encoding")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise BatchFileUnreadableError(reason="binary")
        return text
    raise BatchFileUnreadableError(reason="encoding")


def _delimiter_of(text: str) -> str:
    """Return what separates the titles: a comma unless another sign is more frequent."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=first.count)
