"""Read the first sheet of an XLSX workbook, which may come from anybody, in a process of its own.

Run by `certsvc.certificates.batches.workbooks` alone.

1. The archive is judged by its directory: entries, and how large they would unfold; then by the
   beginning of each part: none may have a document type.
2. The sheet is walked as XML, without entities or network: where its cells are, and whether
   any is a formula or merged. A reader that lays cells out as a grid comes only afterwards, since
   one cell at the far end of a sheet would ask it for a grid of billions.
3. Then the cells are read as texts. A number with more digits than a spreadsheet keeps is
   written with its exponent, so that nobody takes it for what was typed.
4. A text is stored once however many cells have it: what they have together is bounded as well,
   before it is answered.
"""

import json
import posixpath
import re
import sys
import zipfile
from collections.abc import Iterable
from typing import Any

import python_calamine
from lxml import etree

from certsvc.certificates.batches.errors import BatchFileTooLargeError, BatchFileUnreadableError
from certsvc.certificates.batches.rules import (
    MOST_CELL_CHARACTERS,
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_UNFOLDED_BYTES,
)
from certsvc.foundation.tables.workbook_parts import WorkbookPartError, require_plain_parts
from certsvc.foundation.tables.workbook_process import limit_this_process

_MOST_CHARACTERS = 16 * 1024 * 1024
"""Of all cells together; 20,000 rows with long purposes have some 2 million."""
_MOST_ENTRIES = 200
_MOST_SHEET_ROWS = 2 * MOST_ROWS
"""Rows of the grid, empty ones between others included."""
_MOST_SHEET_COLUMNS = 4 * MOST_COLUMNS
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_KEPT_DIGITS = 15
"""Significant digits that a spreadsheet keeps of a number."""
_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def main(path: str) -> None:
    """Write the rows of the first sheet to standard output, as JSON, or why that cannot be."""
    limit_this_process()
    answer: dict[str, Any]
    try:
        answer = {"rows": _rows(path)}
    except BatchFileTooLargeError as error:
        answer = {"too_large": dict(error.params)}
    except BatchFileUnreadableError as error:
        answer = {"unreadable": dict(error.params)}
    except WorkbookPartError as error:
        answer = {"unreadable": {"reason": error.reason}}
    except (
        zipfile.BadZipFile,
        etree.XMLSyntaxError,
        python_calamine.CalamineError,
        KeyError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ):
        # An archive can be broken in many ways; each library names its own.
        answer = {"unreadable": {"reason": "workbook"}}
    sys.stdout.write(json.dumps(answer))


def _rows(path: str) -> list[list[str]]:
    with open(path, "rb") as file:  # noqa: PTH123  an open descriptor, not a path of anybody's
        with zipfile.ZipFile(file) as archive:
            _check_archive(archive)
            require_plain_parts(archive)
            _check_sheet(archive, _first_sheet(archive))
        file.seek(0)
        with python_calamine.CalamineWorkbook.from_filelike(file) as workbook:
            sheet = workbook.get_sheet_by_index(0)
            return _bounded(sheet.to_python(skip_empty_area=False))


def _bounded(lines: Iterable[list[Any]]) -> list[list[str]]:
    rows: list[list[str]] = []
    characters = 0
    for number, line in enumerate(lines, start=1):
        cells = [_text_of(value) for value in line]
        if any(len(cell.strip()) > MOST_CELL_CHARACTERS for cell in cells):
            raise BatchFileTooLargeError(reason="cell", maximum=MOST_CELL_CHARACTERS, row=number)
        characters += sum(map(len, cells))
        if characters > _MOST_CHARACTERS:
            raise BatchFileTooLargeError(reason="unfolded", maximum=MOST_UNFOLDED_BYTES >> 20)
        rows.append(cells)
    return rows


def _check_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES:
        raise BatchFileTooLargeError(reason="unfolded", maximum=MOST_UNFOLDED_BYTES >> 20)
    if sum(entry.file_size for entry in entries) > MOST_UNFOLDED_BYTES:
        raise BatchFileTooLargeError(reason="unfolded", maximum=MOST_UNFOLDED_BYTES >> 20)
    if any(entry.flag_bits & 1 for entry in entries):
        raise BatchFileUnreadableError(reason="locked")
    names = [entry.filename for entry in entries]
    if len(names) != len(set(names)):
        raise BatchFileUnreadableError(reason="workbook")


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """Return the name of the first sheet's file, as the workbook itself refers to it."""
    sheets = etree.fromstring(archive.read(_WORKBOOK), _parser()).findall(".//{*}sheet")
    relations = etree.fromstring(archive.read(_RELATIONS), _parser())
    wanted = sheets[0].get(_RELATION_ID) if sheets else None
    for relation in relations.findall("{*}Relationship"):
        if relation.get("Id") == wanted:
            target = str(relation.get("Target"))
            return posixpath.normpath(
                target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            )
    raise BatchFileUnreadableError(reason="workbook")


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def _check_sheet(archive: zipfile.ZipFile, name: str) -> None:
    place = ""
    unfolded = _Counted(archive.open(name), archive.getinfo(name).file_size)
    for _, element in etree.iterparse(
        unfolded, events=("start",), resolve_entities=False, no_network=True, huge_tree=False
    ):
        kind = etree.QName(element).localname
        if kind in {"c", "row"}:
            place = _check_place(kind, element.get("r", ""), place)
        elif kind == "f":
            raise BatchFileUnreadableError(reason="formula", cell=place)
        elif kind == "mergeCell":
            raise BatchFileUnreadableError(reason="merged", cell=element.get("ref", "")[:20])
        while element.getprevious() is not None:  # flat memory: what was seen is let go
            del element.getparent()[0]


def _check_place(kind: str, reference: str, before: str) -> str:
    if kind == "row":
        if reference.isdigit() and int(reference) > _MOST_SHEET_ROWS:
            raise BatchFileTooLargeError(reason="rows", maximum=MOST_ROWS)
        return before
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        # Every program writes where a cell is; one that does not could hide how far it is.
        raise BatchFileUnreadableError(reason="workbook")
    if int(found[2]) > _MOST_SHEET_ROWS:
        raise BatchFileTooLargeError(reason="rows", maximum=MOST_ROWS)
    if _column_number(found[1]) > _MOST_SHEET_COLUMNS:
        raise BatchFileTooLargeError(reason="columns", maximum=MOST_COLUMNS)
    return reference


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _text_of(value: Any) -> str:  # noqa: ANN401  whatever a cell holds
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    if value.is_integer() and abs(value) < 10**_KEPT_DIGITS:
        return str(int(value))
    return f"{value:.14E}" if abs(value) >= 10**_KEPT_DIGITS else repr(value)


class _Counted:
    """An entry of an archive that unfolds to no more than its directory says."""

    def __init__(self, source: Any, most_bytes: int) -> None:  # noqa: ANN401  a binary file
        self._source = source
        self._left = most_bytes

    def read(self, size: int = -1) -> bytes:
        """Read on.

        Raises:
            BatchFileTooLargeError: there is more than was announced.
        """
        content: bytes = self._source.read(size if size >= 0 else self._left + 1)
        self._left -= len(content)
        if self._left < 0:
            raise BatchFileTooLargeError(reason="unfolded", maximum=MOST_UNFOLDED_BYTES >> 20)
        return content


if __name__ == "__main__":
    main(sys.argv[1])
