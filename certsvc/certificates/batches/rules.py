"""A batch's life, its columns and its limits.

- A batch is begun only if its file is valid, unless whoever sent it chose to issue the valid rows.
- One row, one outcome: a row is issued, refused, or cancelled, and never changes afterwards.
- What is only out of reach for now never refuses a row: the batch pauses and tries again.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

MOST_ROWS = 20_000
"""Rows of one file; what a county's largest matter brings in a month."""
MOST_COLUMNS = 30
MOST_CELL_CHARACTERS = 500
MOST_UNFOLDED_BYTES = 100 * 1024 * 1024
"""Bytes of a workbook's parts, unfolded."""
MOST_PROBLEMS = 500
"""Problems of one file that are kept and shown; more would not be read."""
ROWS_OF_CHUNK = 50
"""Rows of one job: it costs some commits, and a killed one is looked through again."""
KEPT_FOR = timedelta(days=30)
"""How long the holders' numbers of an ended batch stay; copy numbers and outcomes remain."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5, 300
"""Wait before what is out of reach is tried again, doubled each time up to the longest."""
COMMENT = "#"
"""A row whose first cell begins with it is passed over, such as the template's example."""
EXAMPLE_HOLDER = "990101190001010018"
"""Stands in the template's example; of a place that does not exist, so nobody has it."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_LENGTH = 16


class Column(StrEnum):
    """A column of a batch's file."""

    TYPE = "type"
    HOLDER_KIND = "holder_kind"
    HOLDER = "holder"
    MATTER = "matter"
    PURPOSE = "purpose"
    REPLY = "reply"


REQUIRED = frozenset({Column.TYPE, Column.HOLDER, Column.MATTER, Column.PURPOSE})


class BatchState(StrEnum):
    """How a batch stands."""

    REJECTED = "rejected"
    """The file has errors; nothing was issued."""
    WAITING = "waiting"
    """Accepted; a worker will begin it."""
    RUNNING = "running"
    PAUSED = "paused"
    """Something is out of reach for now; it is tried again by itself."""
    STOPPED = "stopped"
    """Whoever sent it may not issue any more; it goes on only when it is resumed."""
    CANCELLED = "cancelled"
    DONE = "done"
    """Every row has its outcome."""


NEXT: Mapping[BatchState, frozenset[BatchState]] = MappingProxyType(
    {
        BatchState.REJECTED: frozenset(),
        BatchState.WAITING: frozenset(
            {BatchState.RUNNING, BatchState.STOPPED, BatchState.CANCELLED}
        ),
        BatchState.RUNNING: frozenset(
            {
                BatchState.WAITING,
                BatchState.PAUSED,
                BatchState.STOPPED,
                BatchState.CANCELLED,
                BatchState.DONE,
            }
        ),
        BatchState.PAUSED: frozenset(
            {
                BatchState.WAITING,
                BatchState.RUNNING,
                BatchState.STOPPED,
                BatchState.CANCELLED,
                BatchState.DONE,
            }
        ),
        BatchState.STOPPED: frozenset({BatchState.WAITING, BatchState.CANCELLED}),
        BatchState.CANCELLED: frozenset(),
        BatchState.DONE: frozenset(),
    }
)
"""The states that may follow each state; resuming leads back to waiting."""
WORKING = frozenset({BatchState.WAITING, BatchState.RUNNING, BatchState.PAUSED})
"""States in which rows are issued, or will be by themselves."""
ENDED = frozenset(state for state, following in NEXT.items() if not following)


class RowState(StrEnum):
    """What came of a row."""

    WAITING = "waiting"
    ISSUED = "issued"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with a cell, or worth knowing about it."""

    row: int
    """Number of the row in the file, the header being 1."""
    column: str
    """Name of the column; empty if the whole row is meant."""
    code: str
    """Code of its sentence."""
    params: dict[str, str | int] = field(default_factory=dict)
    is_note: bool = False
    """Whether nothing is wrong: the cell was read in another form than it was typed."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a batch has come."""

    rows: int
    issued: int
    refused: int
    cancelled: int

    @property
    def settled(self) -> int:
        """Rows that have their outcome."""
        return self.issued + self.refused + self.cancelled

    @property
    def waiting(self) -> int:
        """Rows that have none yet."""
        return self.rows - self.settled


def new_batch_id() -> str:
    """Make the number of a batch; it opens nothing."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))


def row_key(batch_id: str, row: int) -> str:
    """Return the idempotency key of a row: whoever issues it again gets the same certificate."""
    return f"batch-{batch_id}-{row}"


def pause_after(attempts: int) -> int:
    """Return how many seconds to wait after so many attempts in vain."""
    return int(min(FIRST_PAUSE_S * 2 ** min(attempts, 10), LONGEST_PAUSE_S))


def file_name_of(row: int, copy_number: str) -> str:
    """Return the name of a row's paper among the results; no personal data is in it."""
    return f"{row:06d}-{copy_number}.pdf"
