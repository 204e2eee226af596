"""A batch's life, its columns and its limits.

- A batch is begun only if its file is valid, unless whoever sent it chose to issue the valid rows.
- A person's batch is checked, summed up, and begun when whoever sent it confirms that.
- One row, one outcome: a row is issued, refused, or cancelled, and never changes afterwards.
- What is only out of reach for now never refuses a row: the batch pauses and tries again.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from certsvc.foundation.states.rules import BY_SYSTEM, Move, TransitionTable, Who

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
_FULL_WIDTH_MARK = "\uff0a"
"""In the place of an asterisk, which no file's name may have on some systems."""
_NO_FILE_NAME = frozenset('<>:"/\\|?*')
ROWS_EACH_SECOND = 4
"""What one worker issues where nothing was measured yet; a batch of 10,000 takes 40 minutes."""
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
    """State of a batch."""

    REJECTED = "rejected"
    """The file has errors; nothing was issued."""
    CHECKED = "checked"
    """Checked and summed up; whoever sent it has not confirmed it yet."""
    WAITING = "waiting"
    """Accepted; a worker will begin it."""
    RUNNING = "running"
    PAUSED = "paused"
    """A dependency is unavailable; the batch is retried automatically."""
    STOPPED = "stopped"
    """Whoever sent it may not issue any more; it goes on only when it is resumed."""
    CANCELLED = "cancelled"
    DONE = "done"
    """Every row has its outcome."""


class BatchEvent(StrEnum):
    """What happens to a batch."""

    CHECK = "check"
    """The file was checked, and its sum is shown."""
    CONFIRM = "confirm"
    ACCEPT = "accept"
    REJECT = "reject"
    BEGIN = "begin"
    PAUSE = "pause"
    GO_ON = "go_on"
    """The dependency is available again."""
    STOP = "stop"
    RESUME = "resume"
    CANCEL = "cancel"
    FINISH = "finish"


_BY_SENDER = (Who(right="issue", same_person=True),)
_BY_UNIT = (Who(right="issue"),)


def _moves(
    event: BatchEvent,
    after: BatchState,
    *before: BatchState | None,
    who: tuple[Who, ...] = (BY_SYSTEM,),
    needs: tuple[str, ...] = (),
) -> list[Move[BatchState, BatchEvent]]:
    return [Move(before=each, event=event, after=after, who=who, needs=needs) for each in before]


_BEGUN = (BatchState.RUNNING, BatchState.PAUSED)
_STOPPABLE = (BatchState.WAITING, *_BEGUN)
_ENDABLE = (BatchState.CHECKED, BatchState.STOPPED)
BATCH_LIFE = TransitionTable(
    "batch",
    *_moves(BatchEvent.CHECK, BatchState.CHECKED, None, who=_BY_UNIT, needs=("file",)),
    *_moves(BatchEvent.CONFIRM, BatchState.WAITING, BatchState.CHECKED, who=_BY_SENDER),
    *_moves(BatchEvent.ACCEPT, BatchState.WAITING, None, who=_BY_UNIT, needs=("file",)),
    *_moves(BatchEvent.REJECT, BatchState.REJECTED, None, needs=("file",)),
    *_moves(BatchEvent.BEGIN, BatchState.RUNNING, BatchState.WAITING),
    *_moves(BatchEvent.PAUSE, BatchState.PAUSED, BatchState.RUNNING),
    *_moves(BatchEvent.GO_ON, BatchState.RUNNING, BatchState.PAUSED),
    *_moves(BatchEvent.STOP, BatchState.STOPPED, *_STOPPABLE),
    *_moves(BatchEvent.RESUME, BatchState.WAITING, *_BEGUN, BatchState.STOPPED, who=_BY_SENDER),
    *_moves(BatchEvent.CANCEL, BatchState.CANCELLED, *_STOPPABLE, *_ENDABLE, who=_BY_UNIT),
    *_moves(BatchEvent.FINISH, BatchState.DONE, *_BEGUN),
    states=BatchState,
    events=BatchEvent,
    words=("batch_state", "life.batch-event"),
    final=(BatchState.REJECTED, BatchState.CANCELLED, BatchState.DONE),
)
WORKING = frozenset({BatchState.WAITING, BatchState.RUNNING, BatchState.PAUSED})
"""States in which rows are issued, or will be by themselves."""
ENDED = BATCH_LIFE.final


class RowState(StrEnum):
    """State of a row."""

    WAITING = "waiting"
    ISSUED = "issued"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class RowEvent(StrEnum):
    """What happens to a row."""

    ACCEPT = "accept"
    ISSUE = "issue"
    REFUSE = "refuse"
    CANCEL = "cancel"


ROW_LIFE = TransitionTable(
    "batch-row",
    Move(before=None, event=RowEvent.ACCEPT, after=RowState.WAITING),
    Move(before=None, event=RowEvent.REFUSE, after=RowState.REFUSED),
    Move(before=RowState.WAITING, event=RowEvent.ISSUE, after=RowState.ISSUED),
    Move(before=RowState.WAITING, event=RowEvent.REFUSE, after=RowState.REFUSED),
    Move(before=RowState.WAITING, event=RowEvent.CANCEL, after=RowState.CANCELLED, who=_BY_UNIT),
    states=RowState,
    events=RowEvent,
    words=("life.row-state", "life.row-event"),
    final=(RowState.ISSUED, RowState.REFUSED, RowState.CANCELLED),
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """An error or a note about a cell."""

    row: int
    """Number of the row in the file, the header being 1."""
    column: str
    """Name of the column; empty if the whole row is meant."""
    code: str
    """Code of its sentence."""
    params: dict[str, str | int] = field(default_factory=dict)
    is_note: bool = False
    """Whether nothing is wrong: the cell was read in another form than it was typed."""

    @property
    def kind(self) -> str:
        """Its code, with the closer reason if it has one."""
        return f"{self.code}.{self.params['reason']}" if "reason" in self.params else self.code


@dataclass(frozen=True, kw_only=True)
class Finding:
    """How often something was found in a file."""

    code: str
    """Code of its sentence."""
    count: int
    """Cells that it was found in."""
    row: int
    """The first row that has it."""
    is_note: bool
    """Whether nothing is wrong."""


def find_kinds(problems: Sequence[Problem]) -> list[Finding]:
    """Sum up what was found by kind: errors first, then what is more frequent."""
    kinds: dict[tuple[str, bool], list[Problem]] = {}
    for problem in problems:
        kinds.setdefault((problem.kind, problem.is_note), []).append(problem)
    found = [
        Finding(code=code, count=len(each), row=each[0].row, is_note=is_note)
        for (code, is_note), each in kinds.items()
    ]
    return sorted(found, key=lambda each: (each.is_note, -each.count))


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Progress of a batch."""

    rows: int
    issued: int
    refused: int
    cancelled: int

    @property
    def settled(self) -> int:
        """Rows with an outcome."""
        return self.issued + self.refused + self.cancelled

    @property
    def waiting(self) -> int:
        """Rows without an outcome."""
        return self.rows - self.settled


def new_batch_id() -> str:
    """Create the number of a batch; knowing it grants no access."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))


def row_key(batch_id: str, row: int) -> str:
    """Return the idempotency key of a row: whoever issues it again gets the same certificate."""
    return f"batch-{batch_id}-{row}"


def pause_after(attempts: int) -> int:
    """Return the seconds to wait after a number of failed attempts."""
    return int(min(FIRST_PAUSE_S * 2 ** min(attempts, 10), LONGEST_PAUSE_S))


def file_name_of(row: int, holder: str, type_name: str) -> str:
    """Return the name of a row's paper among the results, by which a clerk can hand it out.

    Args:
        row: Number in the file.
        holder: Masked name of the holder.
        type_name: Name of the proof.
    """
    name = f"{row:06d}-{holder}-{type_name}".replace("*", _FULL_WIDTH_MARK)
    # What cannot be seen may turn the order of letters round, and with it what a file seems to be.
    plain = ("_" if each in _NO_FILE_NAME or not each.isprintable() else each for each in name)
    return "".join(plain) + ".pdf"
