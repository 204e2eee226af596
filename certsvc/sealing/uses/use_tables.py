"""The log of uses as a table for a spreadsheet: words for people, codes in columns of their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from certsvc.foundation.clock import rfc3339
from certsvc.foundation.tables.safe_tables import csv_table
from certsvc.sealing.uses.uses import ListedUse

OUTCOMES = ("open", "sealed", "abandoned")
COLUMNS = (
    "seal_id",
    "seal_name",
    "number",
    "at",
    "outcome_words",
    "outcome",
    "ended_at",
    "operator_name",
    "operator",
    "unit_name",
    "unit_code",
    "type_name",
    "type_code",
    "copy_number",
    "identifier",
    "certificate_sha256",
    "document_sha256",
    "sealed_sha256",
    "authorisation_id",
)


def uses_as_csv(
    uses: Sequence[ListedUse], *, titles: Mapping[str, str], outcomes: Mapping[str, str]
) -> bytes:
    """Write uses as CSV, with a title for each of `COLUMNS` and a word for each of `OUTCOMES`."""
    return csv_table(uses_as_lines(uses, titles=titles, outcomes=outcomes))


def uses_as_lines(
    uses: Sequence[ListedUse], *, titles: Mapping[str, str], outcomes: Mapping[str, str]
) -> list[list[str]]:
    """Return uses as the lines of a table, its titles first."""
    lines = [[titles[column] for column in COLUMNS]]
    for use in uses:
        values = vars(use) | {"outcome_words": outcomes[use.outcome]}
        lines.append([_text(values[column]) for column in COLUMNS])
    return lines


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    return "" if value is None else str(value)
