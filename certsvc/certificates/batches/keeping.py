"""Storing a checked batch: its rows, their problems, and its first event."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from certsvc.certificates.batches.chunk_jobs import schedule_chunks
from certsvc.certificates.batches.events import (
    BatchAccepted,
    BatchChecked,
    BatchRejected,
    BatchSummedUp,
)
from certsvc.certificates.batches.records import Batch, BatchProblem, BatchRow
from certsvc.certificates.batches.rules import (
    MOST_PROBLEMS,
    ROWS_OF_CHUNK,
    BatchState,
    Problem,
    RowState,
)
from certsvc.certificates.batches.validation import ValidatedTable
from certsvc.foundation.events.recording import record

_CHECKED: dict[str, type[BatchChecked]] = {
    BatchState.CHECKED: BatchSummedUp,
    BatchState.WAITING: BatchAccepted,
    BatchState.REJECTED: BatchRejected,
}


def keep_batch(
    session: Session, batch: Batch, table: ValidatedTable, *, keeps_rows: bool, now: datetime
) -> Batch:
    """Store a checked batch with its rows and problems, and log it.

    Args:
        session: The transaction.
        batch: The batch, not stored yet.
        table: What was read.
        keeps_rows: Whether the rows of a rejected file are kept, to be mended.
        now: The present instant.
    """
    session.add(batch)
    session.flush()
    _keep_problems(session, batch, table.problems)
    # Rows with errors are kept for people to correct; systems have their own copy.
    if batch.state != BatchState.REJECTED or keeps_rows:
        session.execute(insert(BatchRow), list(_rows_of(batch, table, now)))
    if batch.state == BatchState.WAITING:
        schedule_chunks(session, batch.id, now=now)
    # No digest of the file: with it, a guessed number could be confirmed for ever.
    event = _CHECKED[batch.state](
        subject=batch.id, rows=batch.row_count, errors=batch.problem_count
    )
    record(session, event, actor=batch.created_by, now=now)
    return batch


def _keep_problems(session: Session, batch: Batch, problems: Sequence[Problem]) -> None:
    # Errors first: they must not be crowded out by notes.
    kept = sorted(problems, key=lambda problem: problem.is_note)[:MOST_PROBLEMS]
    session.add_all(
        BatchProblem(
            batch_id=batch.id,
            number=number,
            row=problem.row,
            column=str(problem.column),
            code=problem.code,
            params=problem.params,
            is_note=problem.is_note,
        )
        for number, problem in enumerate(kept, start=1)
    )
    session.flush()


def _rows_of(batch: Batch, table: ValidatedTable, now: datetime) -> Iterator[dict[str, Any]]:
    wrong: dict[int, Problem] = {}
    for problem in table.errors:
        wrong.setdefault(problem.row, problem)
    for number, row in enumerate(table.rows):
        fault = wrong.get(row.row)
        yield {
            "batch_id": batch.id,
            "row": row.row,
            "chunk": number // ROWS_OF_CHUNK,
            "type_code": row.type_code,
            "holder_kind": row.holder_kind.value,
            "holder_code": row.holder_code,
            "matter_code": row.matter_code,
            "purpose": row.purpose,
            "reply_id": row.reply_id,
            "typed": {name.value: cell for name, cell in row.typed.items()} if fault else None,
            "state": (RowState.REFUSED if fault else RowState.WAITING).value,
            "refusal_code": fault.code if fault else None,
            "refusal_params": fault.params if fault else None,
            "settled_at": now if fault else None,
        }
