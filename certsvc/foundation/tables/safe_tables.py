"""CSV that a spreadsheet opens without computing anything; the only place where we write CSV.

- No cell can be taken for a formula: one that begins like one is preceded by an apostrophe, as
  spreadsheets themselves write it. Blanks before it do not hide it.
- The file begins with a byte order mark, so that spreadsheets read Chinese as what it is.
- An XLSX needs none of it: its cells are written as text, which no spreadsheet computes.
"""

import csv
import io
from collections.abc import Iterable, Sequence

# The last four are full-width forms, which some spreadsheets take for the same.
_FORMULA_STARTS = tuple("=+-@|%\t\r\n\uff1d\uff0b\uff0d\uff20")


def csv_line(cells: Sequence[str]) -> str:
    """Write one line of CSV (RFC 4180), every cell safe and in quotation marks."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow([safe_cell(cell) for cell in cells])
    return text.getvalue()


def csv_table(lines: Iterable[Sequence[str]]) -> bytes:
    """Write a whole table of CSV."""
    return "".join(map(csv_line, lines)).encode("utf-8-sig", errors="backslashreplace")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet computes."""
    return f"'{text}" if text.lstrip(" \u3000").startswith(_FORMULA_STARTS) else text
