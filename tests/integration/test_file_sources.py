"""Table files as departments hand them over, and files that would do harm."""

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from certsvc.evidence.sources.connectors import Row
from certsvc.evidence.sources.descriptions import FileDescription
from certsvc.evidence.sources.errors import SourceNonsenseError, SourceUnavailableError
from certsvc.evidence.sources.files import FileSource
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from tests.support.departments import described

HOLDER = HolderCode(value="990101199003070023")
GOOD = "证件号码,姓名\n990101199003070023,青小禾\n"


def connected(path: Path, **changes: Any) -> FileSource:  # noqa: ANN401  entries of a description
    definition = {
        "file": path,
        "holder": "证件号码",
        "holder_name": "姓名",
        "basis": "名册",
        "fields": {"name": "姓名"},
    }
    source = changes.pop("source", {})
    description = described(kind="file", types={"roll": definition | changes}, **source)
    assert isinstance(description, FileDescription)
    return FileSource(description)


def found(source: FileSource, holder: HolderCode = HOLDER) -> list[Row]:
    return [record.row for record in source.fetch("roll", holder).records]


def fault_of(source: FileSource) -> object:
    with pytest.raises(SourceNonsenseError) as caught:
        source.fetch("roll", HOLDER)
    return caught.value.params["fault"]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (GOOD.encode(), "utf-8"),
        (GOOD.encode("utf-8-sig"), "gb18030"),
        (GOOD.encode("gb18030"), "gb18030"),
        (GOOD.encode("utf-16"), "utf-8"),
        (GOOD.replace("\n", "\r\n").encode(), "utf-8"),
        ("证件号码,姓名\n\n９９０１０１ 199003070023,青小禾\n,\n".encode(), "utf-8"),
        ('"证件号码","姓名"\n"990101199003070023","青小禾"\n'.encode(), "utf-8"),
    ],
)
def test_files_as_offices_write_them(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "roll.csv"
    path.write_bytes(content)
    assert found(connected(path, source={"encoding": encoding})) == [{"姓名": "青小禾"}]


def test_rare_characters_of_gb18030(tmp_path: Path) -> None:
    path = tmp_path / "roll.csv"
    path.write_bytes(GOOD.replace("青小禾", "张䶮𬭎").encode("gb18030"))
    assert found(connected(path, source={"encoding": "gb18030"})) == [{"姓名": "张䶮𬭎"}]


def test_a_line_break_in_a_cell_is_no_new_row(tmp_path: Path) -> None:
    path = tmp_path / "roll.csv"
    path.write_text('证件号码,姓名\n990101199003070023,"青\n小\u2028禾"\n')
    assert found(connected(path)) == [{"姓名": "青\n小\u2028禾"}]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "file-cut"),
        (b"\n\n", "not-a-table"),
        (GOOD.encode()[:-1], "file-cut"),
        (GOOD.encode("gb18030"), "not-text"),
        (b"\x00" * 40 + b"\n", "not-text"),
        (GOOD.encode() + b"1\n", "wrong-shape"),
        (GOOD.encode() + '"没有结束,\n'.encode(), "not-a-table"),
        ("姓名,姓名\n1,2\n".encode(), "column-twice"),
        ("证件号码,名字\n1,2\n".encode(), "column-missing"),
        (GOOD.encode() + b"1," + b"x" * 200_000 + b"\n", "not-a-table"),
        (GOOD.encode() * 100_000, "too-large"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "roll.csv"
    path.write_bytes(content)
    assert fault_of(connected(path, source={"file_bytes": 1 << 20})) == fault


def test_a_changed_file_is_read_again_and_a_broken_one_does_not_leave_the_old(
    tmp_path: Path,
) -> None:
    path = tmp_path / "roll.csv"
    path.write_text(GOOD)
    source = connected(path)
    assert found(source) == [{"姓名": "青小禾"}]
    fresh = tmp_path / "fresh.csv"
    fresh.write_text(GOOD.replace("青小禾", "青小苗"))
    os.replace(fresh, path)  # noqa: PTH105  # as a department should do it
    assert found(source) == [{"姓名": "青小苗"}]
    path.write_text(GOOD + "1\n")
    assert fault_of(source) == "wrong-shape"
    path.unlink()
    with pytest.raises(SourceUnavailableError):
        source.fetch("roll", HOLDER)
    path.mkdir()
    with pytest.raises(SourceUnavailableError):
        source.fetch("roll", HOLDER)


def test_a_number_is_looked_for_among_its_own_kind(tmp_path: Path) -> None:
    path = tmp_path / "roll.csv"
    path.write_text("证件号码,姓名,类型\nE12345678,青小禾,414\nE12345678,青小苗,511\n")
    kinds = [HolderCodeType.PASSPORT, HolderCodeType.TAIWAN_PERMIT]
    source = connected(path, holder_kind="类型", holder_kinds=kinds)
    holder = HolderCode(value="E12345678", kind=HolderCodeType.TAIWAN_PERMIT)
    assert found(source, holder) == [{"姓名": "青小苗"}]


def workbook(path: Path, *rows: list[object], sheet: str = "名册") -> Path:
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    book.add_worksheet("说明")
    page = book.add_worksheet(sheet)
    for number, row in enumerate((["证件号码", "姓名"], *rows)):
        for column, value in enumerate(row):
            page.write(number, column, value)
    book.close()
    return path


def test_a_sheet_by_its_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "roll.xlsx", ["990101199003070023", "青小禾"])
    assert found(connected(path, sheet="名册")) == [{"姓名": "青小禾"}]
    assert fault_of(connected(path, sheet="没有")) == "sheet-missing"
    assert fault_of(connected(path)) == "not-a-table"  # the first sheet is empty


def test_a_number_that_the_spreadsheet_has_cut_is_never_looked_for(tmp_path: Path) -> None:
    path = workbook(tmp_path / "roll.xlsx", [990101199003070023, "青小禾"])
    assert fault_of(connected(path, sheet="名册")) == "number-cut"


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 400, b"<html>"])
def test_no_workbook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "roll.xlsx"
    path.write_bytes(content)
    assert fault_of(connected(path)) == "not-a-workbook"


def test_a_cell_a_million_rows_away_costs_little(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet("名册")
    page.write(0, 0, "证件号码")
    page.write(1_048_575, 16_383, "x")
    book.close()
    assert path.stat().st_size < 20_000
    assert fault_of(connected(path)) in {"too-large", "not-a-workbook"}


def test_a_sheet_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    small, bomb = workbook(tmp_path / "small.xlsx", sheet="名册"), tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(small) as good,
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bad,
    ):
        for name in good.namelist():
            if name != "xl/sharedStrings.xml":
                bad.writestr(name, good.read(name))
        with bad.open("xl/sharedStrings.xml", "w") as strings:
            strings.write(good.read("xl/sharedStrings.xml").partition(b"<si>")[0])
            for _ in range(1100):
                strings.write(b"<si><t>" + b"a" * (1 << 20) + b"</t></si>")
            strings.write(b"</sst>")
    assert bomb.stat().st_size < 12 << 20
    assert fault_of(connected(bomb, sheet="名册")) in {"too-large", "not-a-workbook"}
