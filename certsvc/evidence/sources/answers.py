"""Converting a source's answer to the fields of a certificate type.

- No record and several records are outcomes of their own; nothing is chosen.
- Every value is what its description says, or the whole answer is refused as nonsense.
- Irregular but lawful values give a warning for the field, without the value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from certsvc.evidence.sources.connectors import RawAnswer, RawRecord, Row, nonsense
from certsvc.evidence.sources.errors import HolderNotFoundError, SeveralRecordsError
from certsvc.evidence.sources.mapping import AnySource, FieldDescription, TypeDescription
from certsvc.evidence.sources.rules import HOLDER_FIELD, DataWarning
from certsvc.evidence.sources.value_rules import (
    FittedValue,
    JsonValue,
    ValueUnfitError,
    ValueWarning,
    fit,
)
from certsvc.foundation.codes.holder import HolderCode, has_wrong_check_character

_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
"""NUL and halves of characters, which no database and no paper can hold."""


@dataclass(frozen=True, kw_only=True)
class TakenAnswer:
    """The facts of one holder."""

    holder_name: str = field(repr=False)
    """Name as the source has it."""
    fields: dict[str, Any] = field(repr=False)
    """The facts, in the fields of the certificate type; what is empty is not there."""
    warnings: tuple[DataWarning, ...]
    """Warnings about them."""


def warnings_about(holder: HolderCode) -> tuple[DataWarning, ...]:
    """Return a warning if a holder's number has a wrong check character; lawful ones exist."""
    if not has_wrong_check_character(holder):
        return ()
    return (DataWarning(field=HOLDER_FIELD, kind=ValueWarning.CHECK_CHARACTER.value),)


class AnswerTaker:
    """Converts the answers of one source."""

    def __init__(self, source: AnySource, *, fictional_areas: bool) -> None:
        self._source = source
        self._fictional_areas = fictional_areas

    def take(self, raw: RawAnswer, definition: TypeDescription, holder: HolderCode) -> TakenAnswer:
        """Convert an answer to facts.

        Raises:
            HolderNotFoundError: it has no record.
            SeveralRecordsError: it has more than one.
            SourceNonsenseError: a value cannot be what it should be.
        """
        if not raw.records:
            if has_wrong_check_character(holder):
                raise HolderNotFoundError(reason="check-character")
            raise HolderNotFoundError
        if len(raw.records) > 1:
            raise SeveralRecordsError
        (record,) = raw.records
        warnings: dict[str, DataWarning] = {}
        name = self._value("holder_name", record.row, definition.holder_name).value
        if not isinstance(name, str) or not name:
            raise nonsense(self._source, "empty", reason="field", field="holder_name")
        fields = self._row(record.row, definition.fields, "", warnings)
        fields |= self._tables(record, definition, warnings)
        # The number that was asked for stands in a field as well: one warning is enough.
        own = [name for name, value in fields.items() if value == holder.value]
        about_holder = warnings_about(holder)
        for each in own if about_holder else ():
            warnings.pop(f"{each}/{ValueWarning.CHECK_CHARACTER.value}", None)
        return TakenAnswer(
            holder_name=name, fields=fields, warnings=(*about_holder, *warnings.values())
        )

    def _tables(
        self,
        record: RawRecord,
        definition: TypeDescription,
        warnings: dict[str, DataWarning],
    ) -> dict[str, Any]:
        return {
            name: [
                self._row(row, table.columns, f"{name}.", warnings)
                for row in record.tables.get(name, ())
            ]
            for name, table in definition.table_descriptions.items()
        }

    def _row(
        self,
        row: Row,
        described: Mapping[str, FieldDescription],
        prefix: str,
        warnings: dict[str, DataWarning],
    ) -> dict[str, JsonValue]:
        fields: dict[str, JsonValue] = {}
        for name, each in described.items():
            fitted = self._value(f"{prefix}{name}", row, each)
            for kind in fitted.warnings:
                warning = DataWarning(field=f"{prefix}{name}", kind=kind.value)
                warnings.setdefault(f"{warning.field}/{warning.kind}", warning)
            # A cell of a table may stand empty; a field of the certificate is then left out.
            if fitted.value is not None or (prefix and not each.optional):
                fields[name] = fitted.value
        return fields

    def _value(self, name: str, row: Row, described: FieldDescription) -> FittedValue:
        try:
            fitted = fit(
                row[described.column], described.rule, fictional_areas=self._fictional_areas
            )
        except ValueUnfitError as error:
            raise nonsense(self._source, error.fault, reason="field", field=name) from error
        if isinstance(fitted.value, str) and _UNKEEPABLE.search(fitted.value):
            raise nonsense(self._source, "not-text", reason="field", field=name)
        return fitted
