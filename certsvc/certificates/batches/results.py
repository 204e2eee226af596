"""Results of a batch: one line for each row, as CSV or XLSX, and a ZIP of the papers.

- A line names the row, its copy, and the holder with name and number masked; proof and matter by
  name and by code.
- The name of a file says what a clerk hands out to whom: row, masked name, proof.
- Everything flows: a few hundred lines or one paper are in memory at a time. The archive says
  before the papers what is in it, with the digest of each, so that a cut one is noticed.
- A line says how its copy stands now. The file of one that may not be used any more is not handed
  out, here as little as anywhere else; the file handed out is the one with archive timestamps.
- No cell can be taken for a formula.
"""

import json
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.certificates.batches.names import Names, read_names
from certsvc.certificates.batches.reading import read_rows
from certsvc.certificates.batches.records import Batch, BatchRow
from certsvc.certificates.batches.rules import RowState, file_name_of
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import SERVED
from certsvc.certificates.extraction.service import state_of_copy
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.codes.holder import mask_code, mask_name
from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.paging import Order, Page, PageRequest, take_page
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.storage.objects import ObjectStore, parse_digest
from certsvc.foundation.tables.safe_tables import csv_line

RESULT_COLUMNS = (
    "row",
    "state",
    "type_name",
    "holder_name",
    "holder",
    "matter_name",
    "type",
    "matter",
    "copy_number",
    "identifier",
    "valid_until",
    "copy_state",
    "sha256",
    "code",
    "sentence",
)
"""Columns of a result, in order."""
MANIFEST_VERSION = 1
_AT_A_TIME = 500
_PIECE_BYTES = 64 * 1024
_EARLIEST = (1980, 1, 1, 0, 0, 0)

Tell: TypeAlias = Callable[[str, dict[str, str | int]], str]
"""Translates a code with parameters into the reader's language."""
Line: TypeAlias = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ResultParts:
    """Parts for building results."""

    database: Database
    store: ObjectStore
    batch: Batch
    language: Language
    """Language of whoever reads them."""
    tell: Tell
    """Says sentences in it."""
    now: datetime
    """When they were asked for."""


def iterate_lines(parts: ResultParts) -> Iterator[Line]:
    """Yield one line for each row of a batch, in the order of its file.

    No transaction stays open between pages: whoever downloads may take hours.
    """
    last, names = 0, None
    while True:
        with parts.database.reading() as session:
            rows = read_rows(session, parts.batch, after=last, limit=_AT_A_TIME)
            copies = _copies_of(session, rows)
            names = names or read_names(session, parts.language)
            lines = [_line_of(row, copies.get(row.copy_number or ""), names, parts) for row in rows]
        if not rows:
            return
        last = rows[-1].row
        yield from lines


def page_lines(
    session: Session, parts: ResultParts, *, page: PageRequest, states: Collection[RowState] = ()
) -> Page[Line]:
    """Return a page of the lines, in the order of the file, of rows in some states alone.

    Raises:
        CursorInvalidError: the page does not follow one of this list.
    """
    wanted = select(BatchRow).where(BatchRow.batch_id == parts.batch.id)
    if states:
        wanted = wanted.where(BatchRow.state.in_(sorted(states)))
    name = f"rows of {parts.batch.id} {' '.join(sorted(states))}"
    found = take_page(session, wanted, order=Order(name=name, columns=(BatchRow.row,)), page=page)
    copies = _copies_of(session, found.items)
    names = read_names(session, parts.language)
    lines = [_line_of(row, copies.get(row.copy_number or ""), names, parts) for row in found.items]
    return Page(items=lines, next=found.next)


def _copies_of(session: Session, rows: Sequence[BatchRow]) -> dict[str, Extraction]:
    numbers = [row.copy_number for row in rows if row.copy_number is not None]
    found = session.scalars(select(Extraction).where(Extraction.copy_number.in_(numbers)))
    return {copy.copy_number: copy for copy in found}


def _line_of(row: BatchRow, copy: Extraction | None, names: Names, parts: ResultParts) -> Line:
    line = dict.fromkeys(RESULT_COLUMNS, "")
    line |= {
        "row": str(row.row),
        "state": row.state,
        "type": row.type_code,
        "holder": mask_code(row.holder_code) if row.holder_code else "",
        "matter": row.matter_code,
        "type_name": names.of_type(row.type_code),
        "matter_name": names.of_matter(row.matter_code),
    }
    if copy is not None:
        line |= {
            "holder_name": mask_name(copy.record.holder_name),
            "copy_number": copy.copy_number,
            "identifier": copy.record.identifier,
            "valid_until": copy.valid_until.isoformat(),
            "copy_state": state_of_copy(copy, parts.now).value,
            "sha256": str(copy.stored_sha256),
        }
    if row.refusal_code is not None:
        params: dict[str, str | int] = dict(row.refusal_params or {})
        line |= {"code": row.refusal_code, "sentence": parts.tell(row.refusal_code, params)}
    return line


def _file_of(line: Line) -> str | None:
    """Return the name of a row's paper; None if it has none, or none that is handed out."""
    if line["copy_state"] not in SERVED:
        return None
    return file_name_of(int(line["row"]), line["holder_name"], line["type_name"])


def result_as_csv(parts: ResultParts) -> Iterator[bytes]:
    """Yield a result as CSV (RFC 4180) with a byte order mark, piece by piece."""
    yield b"\xef\xbb\xbf"
    yield from _pieces(_csv_lines(parts))


def _csv_lines(parts: ResultParts) -> Iterator[str]:
    yield csv_line(list(_titles(parts.tell).values()))
    for line in iterate_lines(parts):
        yield csv_line([_shown(name, line[name], parts.tell) for name in RESULT_COLUMNS])


def _pieces(lines: Iterator[str]) -> Iterator[bytes]:
    piece = bytearray()
    for line in lines:
        piece += line.encode("utf-8", errors="backslashreplace")
        if len(piece) >= _PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _titles(tell: Tell) -> dict[str, str]:
    return {name: tell(f"batches.result.{name}", {}) for name in RESULT_COLUMNS}


def _shown(name: str, value: str, tell: Tell) -> str:
    if name == "copy_state" and value:
        return tell(f"word.copy_state.{value}", {})
    return tell(f"batches.row-state.{value}", {}) if name == "state" else value


def result_as_xlsx(parts: ResultParts) -> Iterator[bytes]:
    """Yield a result as XLSX, piece by piece; it is written to a file that nobody else sees."""
    with tempfile.TemporaryFile() as file:
        # Constant memory: each line is written out before the next one.
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(file, options) as workbook:
            sheet = workbook.add_worksheet()
            title, text = workbook.add_format({"bold": True}), workbook.add_format()
            text.set_num_format("@")
            sheet.set_column(0, len(RESULT_COLUMNS) - 1, 22)
            sheet.freeze_panes(1, 0)
            for at, name in enumerate(_titles(parts.tell).values()):
                sheet.write_string(0, at, name, title)
            for number, line in enumerate(iterate_lines(parts), start=1):
                for at, name in enumerate(RESULT_COLUMNS):
                    shown = _shown(name, line[name], parts.tell)
                    sheet.write_string(number, at, shown, text)
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece


def result_as_zip(parts: ResultParts) -> Iterator[bytes]:
    """Yield an archive of a batch's papers, manifest first, piece by piece.

    The batch must not be at work any more, so that manifest and papers agree. It is made as it
    flows (ZIP64 where needed): no more than one paper is in memory. A paper that is withdrawn
    while it flows is left out although the manifest names it: late is better than handed out.

    Raises:
        ObjectMissingError: a paper is gone from the store; the archive breaks off.
        ObjectDamagedError: a paper is not what was sealed.
        StoreUnavailableError: the store cannot be reached.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, pieces in (
            ("manifest.json", _manifest_json(parts)),
            ("manifest.csv", result_as_csv(parts)),
        ):
            with archive.open(_entry(name, zipfile.ZIP_DEFLATED), "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece)
                    yield from sink.take()
        for name, digest in _papers(parts):
            archive.writestr(_entry(name), parts.store.get(parse_digest(digest)))
            yield from sink.take()
    yield from sink.take()


def _entry(name: str, how: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_EARLIEST)
    entry.compress_type = how
    entry.external_attr = 0o600 << 16
    return entry


def _papers(parts: ResultParts) -> Iterator[tuple[str, str]]:
    for line in iterate_lines(parts):
        if (name := _file_of(line)) is not None:
            yield name, line["sha256"]


def _manifest_json(parts: ResultParts) -> Iterator[bytes]:
    batch = parts.batch
    head = {
        "version": MANIFEST_VERSION,
        "batch": batch.id,
        "unit": batch.unit_code,
        "state": batch.state,
        "rows": batch.row_count,
        "made_at": rfc3339(parts.now),
        "file_sha256": batch.file_sha256 or None,
    }
    yield (json.dumps(head, ensure_ascii=False)[:-1] + ', "entries": [').encode()
    separator = "\n"
    for line in iterate_lines(parts):
        yield (separator + json.dumps(_entry_of(line), ensure_ascii=False)).encode()
        separator = ",\n"
    yield b"\n]}\n"


def _entry_of(line: Line) -> dict[str, Any]:
    entry: dict[str, Any] = {"row": int(line["row"]), "state": line["state"]}
    if (name := _file_of(line)) is not None:
        entry["file"] = name
    names = ["copy_number", "identifier", "copy_state", "sha256", "valid_until", "code", "sentence"]
    return entry | {name: line[name] for name in names if line[name]}


class _Sink:
    """Write-only, unseekable buffer, so that the archive is written as a stream."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, content: bytes, /) -> int:
        """Keep some bytes until they are taken."""
        self._pieces.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Do nothing: nothing is buffered elsewhere."""

    def close(self) -> None:
        """Do nothing: what was not taken is still there to be taken."""

    def take(self) -> Iterator[bytes]:
        """Yield what was written since."""
        pieces, self._pieces = self._pieces, []
        yield from filter(None, pieces)
