"""Templates of batch files: XLSX with choices and explanations, or CSV.

- Titles are Chinese; the second sheet explains each column in both languages.
- What may be chosen is what the unit may ask for today. Columns of numbers are text, so that no
  spreadsheet rounds an identity number.
- The example stands in a row that begins with `#`, which is passed over when the file is read.
"""

import io
from collections.abc import Sequence

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from certsvc.catalogue.uses.service import PermittedUse
from certsvc.certificates.batches.rules import COMMENT, EXAMPLE_HOLDER, MOST_ROWS, REQUIRED, Column
from certsvc.certificates.batches.validation import column_titles
from certsvc.foundation.codes.holder import HolderCodeType
from certsvc.foundation.messages.catalogue import Language, load_catalogue
from certsvc.foundation.tables.safe_tables import csv_table

_WIDTHS = {
    Column.TYPE: 24,
    Column.HOLDER_KIND: 20,
    Column.HOLDER: 24,
    Column.MATTER: 24,
    Column.PURPOSE: 40,
    Column.REPLY: 24,
}


def blank_csv(uses: Sequence[PermittedUse], type_code: str | None = None) -> bytes:
    """Write a blank table as CSV: titles and an example that is passed over."""
    return csv_table([list(_titles().values()), _example(_of_type(uses, type_code))])


def blank_xlsx(uses: Sequence[PermittedUse], type_code: str | None = None) -> bytes:
    """Write a blank table as XLSX: titles, choices, an example, and a sheet that explains."""
    wanted = _of_type(uses, type_code)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as workbook:
        title = workbook.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
        text = workbook.add_format({"num_format": "@"})
        grey = workbook.add_format({"num_format": "@", "font_color": "#7F7F7F", "italic": True})
        sheet = workbook.add_worksheet(_word("sheet.rows"))
        for at, (name, width) in enumerate(_WIDTHS.items()):
            sheet.set_column(at, at, width, text)
            sheet.write_string(0, at, _titles()[name], title)
            sheet.write_comment(0, at, _explained(name, Language.ZH))
        for at, cell in enumerate(_example(wanted)):
            sheet.write_string(1, at, cell, grey)
        sheet.freeze_panes(1, 0)
        choices = workbook.add_worksheet(_word("sheet.choices"))
        _add_choices(sheet, choices, wanted)
        _explain(workbook.add_worksheet(_word("sheet.guide")), title)
    return file.getvalue()


def _of_type(uses: Sequence[PermittedUse], type_code: str | None) -> list[PermittedUse]:
    return [use for use in uses if type_code in {None, use.certificate_type.code}]


def _titles() -> dict[Column, str]:
    return {
        name: f"{title}*" if name in REQUIRED else title
        for name, title in column_titles(Language.ZH).items()
    }


def _word(name: str, language: Language = Language.ZH) -> str:
    return load_catalogue().text(f"batches.{name}", language)


def _explained(name: Column, language: Language) -> str:
    return _word(f"column.{name}.explained", language)


def _example(uses: Sequence[PermittedUse]) -> list[str]:
    kind = uses[0].certificate_type.name if uses else ""
    matter = uses[0].matter.name if uses else ""
    cells = {
        Column.TYPE: f"{COMMENT} {kind}",
        Column.HOLDER_KIND: _word(f"kind.{HolderCodeType.IDENTITY_NUMBER}"),
        Column.HOLDER: EXAMPLE_HOLDER,
        Column.MATTER: matter,
        Column.PURPOSE: load_catalogue().text(
            "batches.example.purpose", Language.ZH, {"matter": matter}
        ),
        Column.REPLY: "",
    }
    return list(cells.values())


def _add_choices(sheet: Worksheet, choices: Worksheet, uses: Sequence[PermittedUse]) -> None:
    lists = {
        Column.TYPE: sorted({use.certificate_type.name for use in uses}),
        Column.HOLDER_KIND: [_word(f"kind.{kind}") for kind in HolderCodeType],
        Column.MATTER: sorted({use.matter.name for use in uses}),
    }
    for number, (name, values) in enumerate(lists.items()):
        if not values:
            continue
        for row, value in enumerate(values):
            choices.write_string(row, number, value)
        letter, at = "ABC"[number], list(_WIDTHS).index(name)
        # A list in cells: one written into the rule may have 255 letters at most.
        source = f"='{_word('sheet.choices')}'!${letter}$1:${letter}${len(values)}"
        # A warning, not a stop: codes may be typed as well.
        rule = {"validate": "list", "source": source, "error_type": "warning"}
        sheet.data_validation(1, at, MOST_ROWS, at, rule)


def _explain(guide: Worksheet, title: Format) -> None:
    guide.set_column(0, 1, 20)
    guide.set_column(2, 3, 70)
    names = {language: column_titles(language) for language in Language}
    for at, word in enumerate(("column", "column", "explanation", "explanation")):
        language = (Language.ZH, Language.EN)[at % 2]
        guide.write_string(0, at, _word(f"guide.{word}", language), title)
    for row, name in enumerate(Column, start=1):
        guide.write_string(row, 0, names[Language.ZH][name])
        guide.write_string(row, 1, names[Language.EN][name])
        guide.write_string(row, 2, _explained(name, Language.ZH))
        guide.write_string(row, 3, _explained(name, Language.EN))
