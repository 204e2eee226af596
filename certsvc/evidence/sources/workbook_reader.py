"""Read one sheet of a workbook in a process of its own; run by `workbooks` alone.

- A small workbook may unpack to gigabytes, or name a cell a million rows away: memory and time have
  hard limits, and whoever is ended by them has only made this process end.
- No part may have a document type, and with it entities.
- Every cell becomes text, as in a CSV file. A number of more than 15 digits is refused: the
  spreadsheet has cut it already, and an identity number cut short is somebody else's.
"""

import datetime as dt
import json
import sys
import zipfile
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from certsvc.foundation.tables.workbook_parts import require_plain_parts
from certsvc.foundation.tables.workbook_process import limit_this_process

MOST_CELLS = 4_000_000
_MOST_DIGITS = 10**15


class _FaultError(Exception):
    """The workbook cannot be used, and why."""


def cell_text(value: Any) -> str:  # noqa: ANN401  whatever a cell holds
    """Return a cell as text.

    Raises:
        _FaultError: it is a number that the spreadsheet has cut.
    """
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float | int):
        if abs(value) >= _MOST_DIGITS:
            raise _FaultError("number-cut")
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _rows(path: str, sheet: str) -> list[list[str]]:
    with open(path, "rb") as file:  # noqa: PTH123  an open descriptor, not a path of anybody's
        if zipfile.is_zipfile(file):  # an old XLS is none, and has no XML
            with zipfile.ZipFile(file) as archive:
                require_plain_parts(archive)
        file.seek(0)
        workbook = CalamineWorkbook.from_filelike(file)
    if not workbook.sheet_names or (sheet and sheet not in workbook.sheet_names):
        raise _FaultError("sheet-missing")
    page = workbook.get_sheet_by_name(sheet or workbook.sheet_names[0])
    if page.total_height * page.total_width > MOST_CELLS:
        raise _FaultError("too-large")
    return [[cell_text(cell) for cell in row] for row in page.iter_rows()]


def main(path: str, sheet: str) -> None:
    """Write the rows of a sheet to standard output, as JSON, or why that cannot be."""
    limit_this_process()
    answer: dict[str, Any]
    try:
        answer = {"rows": _rows(path, sheet)}
    except _FaultError as error:
        answer = {"fault": str(error)}
    except (
        CalamineError,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
        MemoryError,
    ):
        answer = {"fault": "not-a-workbook"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
