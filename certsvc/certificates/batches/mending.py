"""Exporting the rows of a batch that were not issued, for correction and resubmission.

- Its columns are those of the template, and one more that says what is wrong; nobody reads that
  one back.
- A row with an error in the file comes back as it was typed; one that was refused when it was
  issued, by the names of its proof and matter.
"""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from certsvc.certificates.batches.names import Names, read_names
from certsvc.certificates.batches.reading import list_refusals
from certsvc.certificates.batches.records import Batch, BatchRow
from certsvc.certificates.batches.results import Tell
from certsvc.certificates.batches.rules import MOST_ROWS, Column
from certsvc.certificates.batches.validation import column_titles, fault_title
from certsvc.foundation.messages.catalogue import Language, load_catalogue


def failed_rows(
    session: Session, batch: Batch, *, tell: Tell, language: Language
) -> list[list[str]]:
    """Return the table: its titles, then each row with what is wrong with it.

    Of a batch that was purged nothing is left to be mended: its rows come back without numbers.
    """
    titles = [*column_titles(language).values(), fault_title(language)]
    return [titles, *_rows(session, batch, tell, language)]


def _rows(session: Session, batch: Batch, tell: Tell, language: Language) -> Iterator[list[str]]:
    names = read_names(session, language)
    for row in list_refusals(session, batch, limit=MOST_ROWS):
        cells = row.typed or _cells(row, names, language)
        params = dict(row.refusal_params or {})
        fault = tell(str(row.refusal_code), params)
        yield [*(str(cells.get(name.value, "")) for name in Column), fault]


def _cells(row: BatchRow, names: Names, language: Language) -> dict[str, str]:
    return {
        Column.TYPE: names.of_type(row.type_code),
        Column.HOLDER_KIND: load_catalogue().text(f"batches.kind.{row.holder_kind}", language),
        Column.HOLDER: row.holder_code or "",
        Column.MATTER: names.of_matter(row.matter_code),
        Column.PURPOSE: row.purpose or "",
        Column.REPLY: row.reply_id or "",
    }
