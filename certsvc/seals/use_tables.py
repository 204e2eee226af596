"""The log of uses as a table for a spreadsheet.

- No cell can be taken for a formula: one that begins like one is preceded by an apostrophe, as
  spreadsheets themselves write it. Blanks before it do not hide it.
- The file begins with a byte order mark, so that spreadsheets read Chinese as what it is.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from certsvc.clock import rfc3339
from certsvc.seals.uses import ListedUse

COLUMNS = tuple(entry.name for entry in fields(ListedUse))
# The last four are full-width forms, which some spreadsheets take for the same.
_FORMULA_STARTS = tuple("=+-@|%\t\r\n\uff1d\uff0b\uff0d\uff20")


def uses_as_csv(uses: Sequence[ListedUse], titles: Mapping[str, str]) -> bytes:
    """Write uses as CSV (RFC 4180), with a title for each of `COLUMNS`."""
    table = io.StringIO(newline="")
    writer = csv.writer(table, quoting=csv.QUOTE_ALL)
    writer.writerow([safe_cell(titles[column]) for column in COLUMNS])
    for use in uses:
        writer.writerow([safe_cell(_text(getattr(use, column))) for column in COLUMNS])
    return table.getvalue().encode("utf-8-sig", errors="backslashreplace")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet computes."""
    return f"'{text}" if text.lstrip(" 　").startswith(_FORMULA_STARTS) else text


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    return "" if value is None else str(value)
