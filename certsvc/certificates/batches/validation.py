"""Validating a batch's file as a whole, before anything is issued.

- Every error names row and column; all are found in one go.
- Type and matter may be written by code or by name; only what the unit may ask for is taken.
- A number is read as people type it; where that changed it, a note says so.
- The same proof for the same holder and matter twice in one file is an error of the later row.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from certsvc.catalogue.matters.records import Matter
from certsvc.catalogue.types.records import CertificateType
from certsvc.catalogue.uses.service import PermittedUse
from certsvc.certificates.batches.errors import BatchEmptyError, BatchHeaderInvalidError
from certsvc.certificates.batches.rules import EXAMPLE_HOLDER, REQUIRED, Column, Problem
from certsvc.certificates.batches.tables import Table
from certsvc.certificates.issuance.rules import clean_purpose, plausible_code
from certsvc.foundation.codes.errors import HolderCodeInvalidError
from certsvc.foundation.codes.holder import (
    HolderCode,
    HolderCodeType,
    has_wrong_check_character,
    is_old_identity_number,
)
from certsvc.foundation.errors import InvalidInputError
from certsvc.foundation.messages.catalogue import Language, load_catalogue

_ROUNDED = re.compile(r"\d(\.\d+)?[Ee]\+\d+")
"""A long number after a spreadsheet has rounded it."""
_MARKS = "*\uff0a"
_SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class ReadRow:
    """A parsed row; cells that could not be parsed are empty."""

    row: int
    type_code: str
    matter_code: str
    holder_kind: HolderCodeType
    holder_code: str | None = field(repr=False)
    purpose: str
    reply_id: str | None
    typed: Mapping[Column, str] = field(default_factory=dict, repr=False)
    """The cells themselves."""


@dataclass(frozen=True, kw_only=True)
class ValidatedTable:
    """All rows of a file, and what is wrong with them."""

    rows: tuple[ReadRow, ...]
    problems: tuple[Problem, ...]
    """Errors and notes, in the order of the rows."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What is wrong, notes left out."""
        return tuple(problem for problem in self.problems if not problem.is_note)


def validate_table(table: Table, uses: Sequence[PermittedUse]) -> ValidatedTable:
    """Validate a table against what a unit may ask for.

    Raises:
        BatchHeaderInvalidError: the titles cannot be understood.
        BatchEmptyError: there are no rows.
    """
    columns = _read_titles(table.titles)
    if not table.rows:
        raise BatchEmptyError
    validator = _Validator(uses)
    rows = tuple(
        validator.read(number, {name: _cell(cells, at) for name, at in columns.items()})
        for number, cells in table.rows
    )
    return ValidatedTable(rows=rows, problems=tuple(validator.problems))


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""


def column_titles(language: Language) -> dict[Column, str]:
    """Return the titles of the columns as a reader of a language sees them."""
    catalogue = load_catalogue()
    return {name: catalogue.text(f"batches.column.{name}", language) for name in Column}


def _plain(title: str) -> str:
    """Return a title as it is compared; empty for the column that nobody reads back."""
    plain = title.strip(_MARKS + " ").casefold()
    is_read = all(plain != fault_title(language).casefold() for language in Language)
    return plain if is_read else ""


def fault_title(language: Language) -> str:
    """Return the title of the column that says what is wrong with a row; nobody reads it back."""
    return load_catalogue().text("batches.column.fault", language)


def _read_titles(titles: Sequence[str]) -> dict[Column, int]:
    known = {name.value: name for name in Column}
    for language in Language:
        known |= {title.casefold(): name for name, title in column_titles(language).items()}
    found: dict[Column, int] = {}
    for at, title in enumerate(titles):
        plain = _plain(title)
        name = known.get(plain)
        if name is None and plain:
            raise BatchHeaderInvalidError(reason="unknown", title=title[:_SHOWN])
        if name is not None and name in found:
            raise BatchHeaderInvalidError(reason="twice", column=name.value)
        if name is not None:
            found[name] = at
    for name in Column:
        if name in REQUIRED and name not in found:
            raise BatchHeaderInvalidError(reason="missing", column=name.value)
    return found


def _codes_by_name(things: Iterable[Matter | CertificateType]) -> dict[str, str]:
    """Return codes by Chinese and English names; a Chinese name is never taken for another's."""
    known = list(things)
    english = {each.name_en: each.code for each in known if each.name_en}
    return english | {each.name: each.code for each in known}


class _Validator:
    """Reads row after row; remembers what it saw, to find duplicates."""

    def __init__(self, uses: Sequence[PermittedUse]) -> None:
        self.problems: list[Problem] = []
        self._permitted = {(use.matter.code, use.certificate_type.code) for use in uses}
        self._matters = _codes_by_name(use.matter for use in uses)
        self._types = _codes_by_name(use.certificate_type for use in uses)
        self._seen: dict[tuple[str, str, str, str], int] = {}

    def read(self, row: int, cells: Mapping[Column, str]) -> ReadRow:
        """Read one row and note its problems."""
        type_code = self._read_code(row, Column.TYPE, cells, self._types)
        matter_code = self._read_code(row, Column.MATTER, cells, self._matters)
        if type_code and matter_code and (matter_code, type_code) not in self._permitted:
            self._note(row, Column.TYPE, "not-permitted")
        kind = self._read_kind(row, cells.get(Column.HOLDER_KIND, ""))
        holder = self._read_holder(row, kind, cells[Column.HOLDER])
        if type_code and matter_code and holder is not None:
            self._find_twin(row, type_code, matter_code, holder)
        return ReadRow(
            row=row,
            type_code=type_code,
            matter_code=matter_code,
            holder_kind=kind or HolderCodeType.OTHER_PERSON,
            holder_code=holder.value if holder else None,
            purpose=self._read_purpose(row, cells[Column.PURPOSE]),
            reply_id=self._read_reply(row, cells.get(Column.REPLY, "")),
            typed=dict(cells),
        )

    def _note(self, row: int, column: str, fault: str, **params: str | int) -> None:
        self.problems.append(
            Problem(row=row, column=column, code=f"batches.row.{fault}", params=params)
        )

    def _read_code(
        self, row: int, column: Column, cells: Mapping[Column, str], names: Mapping[str, str]
    ) -> str:
        typed = cells[column]
        if not typed:
            self._note(row, column, "missing")
            return ""
        code = names.get(typed, typed)
        if code not in names.values():
            self._note(row, column, f"unknown-{column}", typed=typed[:_SHOWN])
            return ""
        return code

    def _read_kind(self, row: int, typed: str) -> HolderCodeType | None:
        if not typed:
            return HolderCodeType.IDENTITY_NUMBER
        catalogue = load_catalogue()
        for kind in HolderCodeType:
            words = {catalogue.text(f"batches.kind.{kind}", language) for language in Language}
            # A spreadsheet takes the zeros before a number away.
            if typed in words or typed.zfill(len(kind)) == kind:
                return kind
        self._note(row, Column.HOLDER_KIND, "unknown-kind", typed=typed[:_SHOWN])
        return None

    def _read_holder(self, row: int, kind: HolderCodeType | None, typed: str) -> HolderCode | None:
        if not typed:
            self._note(row, Column.HOLDER, "missing")
            return None
        if _ROUNDED.fullmatch(typed):
            self._note(row, Column.HOLDER, "rounded")
            return None
        try:
            holder = HolderCode(value=typed, kind=kind or HolderCodeType.OTHER_PERSON)
        except HolderCodeInvalidError as error:
            self._add_error(row, Column.HOLDER, error)
            return None
        if holder.value == EXAMPLE_HOLDER:
            self._note(row, Column.HOLDER, "example")
            return None
        if holder.value != typed:
            self._remark(row, "read-as-usual")
        if is_old_identity_number(holder):
            self._remark(row, "old-form")
        if has_wrong_check_character(holder):
            # Lawful ones exist, so it is not refused; mostly it is a slip.
            self._remark(row, "check-character")
        return holder

    def _remark(self, row: int, what: str) -> None:
        self.problems.append(
            Problem(row=row, column=Column.HOLDER, code=f"batches.note.{what}", is_note=True)
        )

    def _add_error(self, row: int, column: Column, error: InvalidInputError) -> None:
        self.problems.append(
            Problem(row=row, column=column, code=error.code, params=dict(error.params))
        )

    def _read_purpose(self, row: int, typed: str) -> str:
        try:
            return clean_purpose(typed)
        except InvalidInputError as error:
            self._add_error(row, Column.PURPOSE, error)
            return ""

    def _read_reply(self, row: int, typed: str) -> str | None:
        if typed and not plausible_code(typed):
            self._note(row, Column.REPLY, "malformed-reply")
            return None
        return typed or None

    def _find_twin(self, row: int, type_code: str, matter_code: str, holder: HolderCode) -> None:
        earlier = self._seen.setdefault(
            (type_code, matter_code, holder.kind.value, holder.value), row
        )
        if earlier != row:
            self._note(row, "", "duplicate", earlier=earlier)
