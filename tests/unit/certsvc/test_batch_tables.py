"""Reading a batch's file: every lawful spelling of a table, and no hostile one."""

import io
import tracemalloc
import zipfile

import pytest
import xlsxwriter

from certsvc.certificates.batches.errors import BatchFileTooLargeError, BatchFileUnreadableError
from certsvc.certificates.batches.rules import MOST_ROWS, file_name_of
from certsvc.certificates.batches.tables import MOST_BYTES, read_table

TEXT = "证明类型,证件号码\r\n社会保险参保证明,990101199003070023\r\n"
CONTENT_TYPES = "[Content_Types].xml"
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*lines: list[object], merged: str = "", formula: str = "") -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
        if merged:
            sheet.merge_range(merged, "x")
        if formula:
            sheet.write_formula(formula, "=1+1")
    return file.getvalue()


def with_sheet(sheet: bytes) -> bytes:
    """A workbook whose sheet is these bytes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["a"]))) as source,
        zipfile.ZipFile(out, "w") as target,
    ):
        for entry in source.infolist():
            content = sheet if entry.filename == SHEET else source.read(entry)
            target.writestr(entry.filename, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def sheet_of(rows: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_spelling_of_csv(encoding: str, delimiter: str) -> None:
    table = read_table(TEXT.replace(",", delimiter).encode(encoding))
    assert table.titles == ("证明类型", "证件号码")
    assert table.rows == ((2, ("社会保险参保证明", "990101199003070023")),)


def test_rare_characters_of_gb18030() -> None:
    assert read_table("a,b\n𬭎,䶮\n".encode("gb18030")).rows == ((2, ("𬭎", "䶮")),)


def test_empty_rows_and_comments_keep_their_numbers() -> None:
    table = read_table(b"a,b\n\n# example,x\n , \n1,2\n")
    assert table.rows == ((5, ("1", "2")),)


def test_a_workbook_is_texts() -> None:
    table = read_table(workbook(["a", "b"], ["0123", 42], [9.9e17, True]))
    assert table.titles == ("a", "b")
    # A number that a spreadsheet rounded is written as what it is: no number of a document.
    assert table.rows == ((2, ("0123", "42")), (3, ("9.90000000000000E+17", "True")))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04nonsense", "workbook"),
        (b"\xd0\xcf\x11\xe0old", "old-format"),
        (b"\xff\xfea\x00", "encoding"),
        (b"a,b\n\x81\n", "encoding"),
        (b"a,b\n\x00\n", "binary"),
        (b'a,b\n"x"y,z\n', "csv"),
        (workbook(["a"], formula="B5"), "formula"),
        (workbook(["a"], merged="A2:B3"), "merged"),
        (with_sheet(b"<worksheet"), "workbook"),
        (with_sheet(b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"), "document-type"),
        (with_sheet(sheet_of("<row><c><v>1</v></c></row>")), "workbook"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(BatchFileUnreadableError) as refused:
        read_table(content)
    assert refused.value.params["reason"] == reason


def test_the_cell_of_a_formula_is_named() -> None:
    with pytest.raises(BatchFileUnreadableError) as refused:
        read_table(workbook(["a"], ["b"], formula="B5"))
    assert refused.value.params["cell"] == "B5"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a" * (MOST_BYTES + 1), "bytes"),
        (b"a\n" + b"1\n" * (MOST_ROWS + 1), "rows"),
        (b"a\n" + b"x" * 501, "cell"),
        (b"," * 40 + b"a", "columns"),
        # One cell at the far end would be a grid of seventeen billion.
        (with_sheet(sheet_of('<row r="1"><c r="XFD1"/></row>')), "columns"),
        (with_sheet(sheet_of('<row r="1048576"><c r="A1048576"/></row>')), "rows"),
        (with_sheet(sheet_of('<row r="1048576"/>')), "rows"),
        # A hundred and one megabytes that fold into some hundred kilobytes.
        (with_sheet(b" " * (101 << 20)), "unfolded"),
    ],
    ids=["bytes", "rows", "cell", "columns", "far column", "far row", "empty rows", "bomb"],
)
def test_what_is_too_large_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(BatchFileTooLargeError) as refused:
        read_table(content)
    assert refused.value.params["reason"] == reason


def test_a_million_empty_rows_are_refused() -> None:
    rows = "".join(f'<row r="{number}"/>' for number in range(1, 1_000_001))
    with pytest.raises(BatchFileTooLargeError):
        read_table(with_sheet(sheet_of(rows)))


@pytest.mark.parametrize(("cells", "reason"), [(200, "cell"), (5_000, "unfolded")])
def test_a_text_that_many_cells_share_costs_this_process_nothing(cells: int, reason: str) -> None:
    # Half a million letters, stored once: some kilobytes that would be a hundred megabytes.
    lines: list[list[object]] = [["x"] * 20 for _ in range(cells // 20)]
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(*lines))) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "xl/sharedStrings.xml":
                content = content.replace(b"<t>x</t>", b"<t>" + b"x" * 500_000 + b"</t>")
            target.writestr(entry.filename, content)
    tracemalloc.start()
    try:
        with pytest.raises(BatchFileTooLargeError) as refused:
            read_table(out.getvalue())
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (refused.value.params["reason"], len(out.getvalue()) < 50_000) == (reason, True)
    assert most_bytes < 20 << 20


def test_ten_thousand_rows_are_taken() -> None:
    assert len(read_table(b"a\n" + b"1\n" * 10_000).rows) == 10_000


def test_a_papers_name_leads_nowhere_and_turns_nothing_round() -> None:
    name = file_name_of(2, "\u202e*", "../证明\u2028\x7f\x85\udcff")
    assert name == "000002-_＊-.._证明____.pdf"
