"""No cell of any table we write is computed by a spreadsheet."""

import csv
import io
from pathlib import Path

import pytest

import certsvc
from certsvc.certificates.batches.blanks import blank_csv
from certsvc.foundation.tables.safe_tables import csv_line, csv_table, safe_cell

PACKAGES = Path(certsvc.__file__).parents[1]


@pytest.mark.parametrize("start", [*"=+-@|%\t\r\n＝＋－＠", " =", "　+"])
def test_no_start_of_a_formula_gets_through(start: str) -> None:
    assert safe_cell(f"{start}1") == f"'{start}1"
    assert safe_cell(f"x{start}1") == f"x{start}1"
    (cells,) = csv.reader(io.StringIO(csv_line([f"{start}1", "1"]), newline=""))
    assert cells == [f"'{start}1", "1"]


def test_a_table_is_read_as_chinese_and_is_whole() -> None:
    content = csv_table([["编号", 'a"b'], ["第一\r\n行", "\ud800"]])
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows == [["编号", 'a"b'], ["第一\r\n行", "\\ud800"]]
    assert blank_csv([]).startswith(b"\xef\xbb\xbf")


def test_nothing_else_writes_csv() -> None:
    writing = [
        path.name
        for package in ("api", "certsvc", "signing", "templates", "keys")
        for path in (PACKAGES / package).rglob("*.py")
        if "csv.writer" in (text := path.read_text(encoding="utf-8")) or "csv.DictWriter" in text
    ]
    assert writing == ["safe_tables.py"]
