"""Queries on batches: progress, problems, rows."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from certsvc.certificates.batches.records import Batch, BatchProblem, BatchRow
from certsvc.certificates.batches.rules import (
    ROWS_EACH_SECOND,
    BatchState,
    Finding,
    Progress,
    RowState,
)

_MEASURED = 5
"""How many of the last batches an estimate is based on."""
_SHORTEST = timedelta(seconds=10)


def progress_of(session: Session, batch: Batch) -> Progress:
    """Count the outcomes of a batch's rows."""
    found = session.execute(
        select(BatchRow.state, func.count())
        .where(BatchRow.batch_id == batch.id)
        .group_by(BatchRow.state)
    )
    counts: dict[str, int] = {state: count for state, count in found}  # noqa: C416  rows are tuples
    return Progress(
        rows=batch.row_count,
        issued=counts.get(RowState.ISSUED.value, 0),
        refused=counts.get(RowState.REFUSED.value, 0),
        cancelled=counts.get(RowState.CANCELLED.value, 0),
    )


def list_problems(session: Session, batch: Batch) -> list[BatchProblem]:
    """List what is wrong with a batch's file, errors first, notes after them."""
    return list(
        session.scalars(
            select(BatchProblem)
            .where(BatchProblem.batch_id == batch.id)
            .order_by(BatchProblem.number)
        )
    )


def read_rows(session: Session, batch: Batch, *, after: int, limit: int) -> list[BatchRow]:
    """Return a batch's rows in the order of the file, from behind a given number on."""
    return list(
        session.scalars(
            select(BatchRow)
            .where(BatchRow.batch_id == batch.id, BatchRow.row > after)
            .order_by(BatchRow.row)
            .limit(limit)
        )
    )


def list_refusals(session: Session, batch: Batch, *, limit: int) -> list[BatchRow]:
    """Return the first rows of a batch that were refused."""
    return list(
        session.scalars(
            select(BatchRow)
            .where(BatchRow.batch_id == batch.id, BatchRow.state == RowState.REFUSED.value)
            .order_by(BatchRow.row)
            .limit(limit)
        )
    )


def findings_of(batch: Batch) -> list[Finding]:
    """Return how often each kind of error and note was found in a batch's file."""
    return [Finding(**each) for each in (batch.findings or {}).get("kinds", [])]


def count_types(session: Session, batch: Batch) -> list[tuple[str, int]]:
    """Count the rows that would be issued, by the code of their certificate type."""
    found = session.execute(
        select(BatchRow.type_code, func.count())
        .where(BatchRow.batch_id == batch.id, BatchRow.state == RowState.WAITING.value)
        .group_by(BatchRow.type_code)
        .order_by(func.count().desc(), BatchRow.type_code)
    )
    return [(code, count) for code, count in found]


def estimate(session: Session, rows: int) -> timedelta:
    """Estimate how long so many rows take, from the last batches that were done."""
    done = session.scalars(
        select(Batch)
        .where(Batch.state == BatchState.DONE.value, Batch.begun_at.is_not(None))
        .order_by(Batch.ended_at.desc())
        .limit(_MEASURED)
    ).all()
    taken = sum(
        (each.ended_at - each.begun_at for each in done if each.ended_at and each.begun_at),
        timedelta(),
    )
    issued = sum(each.row_count for each in done)
    if issued and taken:
        return max(taken * (rows / issued), _SHORTEST)
    return max(timedelta(seconds=rows / ROWS_EACH_SECOND), _SHORTEST)
