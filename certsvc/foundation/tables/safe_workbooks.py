"""Tables as XLSX in which nothing is computed: every cell is a text, whatever it begins with.

A module of its own, since writing CSV must not wait for the writer of workbooks to be loaded.
"""

import io
from collections.abc import Iterable, Sequence

import xlsxwriter


def xlsx_table(lines: Iterable[Sequence[str]]) -> bytes:
    """Write a whole table of XLSX, its first line in bold; every cell is text, none a formula."""
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(file, options) as workbook:
        sheet, title = workbook.add_worksheet(), workbook.add_format({"bold": True})
        for number, line in enumerate(lines):
            for column, cell in enumerate(line):
                sheet.write_string(number, column, cell, None if number else title)
        sheet.freeze_panes(1, 0)
    return file.getvalue()
