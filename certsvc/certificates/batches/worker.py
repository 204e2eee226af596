"""A process that works on batches: one durable workflow for each chunk of rows (DBOS).

- DBOS keeps numbers alone: of batch, generation, chunk and attempt. No row ever enters it.
- A chunk that waits for something ends, and its next attempt is enqueued with a delay; so it
  keeps no place that another batch could use.
- First chunks come before second ones: a small batch does not wait for the end of a large one.
- Each process has a name of its own and gives signs of life. What belongs to one that has given
  none for a while is taken over by any other.
- No server, no conductor, no telemetry, nothing on the console.
"""

import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import delete, func, make_url, select
from sqlalchemy.orm import Session

from certsvc.certificates.batches.chunks import ChunkIssuer, DefectListener
from certsvc.certificates.batches.records import Batch, BatchRow, BatchWorkerSign
from certsvc.certificates.batches.rules import BatchState, RowState, pause_after
from certsvc.certificates.batches.service import move_batch
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database

SCHEMA = "certsvc_workflows"
"""Schema of PostgreSQL that DBOS keeps its tables in."""
_QUEUE, _NAME, _VERSION = "batches", "certsvc", "batches-1"
_LOOK_EVERY_S = 1.0
_POLL_EVERY_S = 0.2
_DEAD_AFTER = timedelta(seconds=30)
"""A process that gave no sign for so long is taken for dead; wrongly, it costs nothing but time."""
_POOL_SIZE = 4

ChunkWorkflow = Callable[[str, int, int, int], None]


class BatchWorker:
    """Works on batches until it is closed; one for a process."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        chunks: ChunkIssuer,
        workflows_url: str,
        on_defect: DefectListener,
    ) -> None:
        self._database = database
        self._clock = clock
        self._chunks = chunks
        self._workflows_url = workflows_url
        self._on_defect = on_defect
        self._id = f"worker-{uuid.uuid4().hex[:16]}"
        self._stopping = Event()
        self._thread: Thread | None = None
        self._workflow: ChunkWorkflow | None = None

    def start(self) -> None:
        """Open the workflows' database and begin to look for work."""
        prepare_workflows(self._workflows_url)
        config: DBOSConfig = {
            "name": _NAME,
            "system_database_url": self._workflows_url,
            "dbos_system_schema": SCHEMA,
            "sys_db_pool_size": _POOL_SIZE,
            "application_version": _VERSION,
            "executor_id": self._id,
            "enable_otlp": False,
            # Its messages name places of its own; ours are told by `on_defect`.
            "log_level": "CRITICAL",
            "max_executor_threads": 4,
        }
        DBOS(config=config)
        self._workflow = self._register()
        DBOS.launch()
        DBOS.register_queue(_QUEUE, worker_concurrency=1, polling_interval_sec=_POLL_EVERY_S)
        self._thread = Thread(target=self._look_after, name="batches", daemon=True)
        self._thread.start()

    def close(self, *, patience_s: int = 0) -> None:
        """Stop looking for work, and let the chunk in hand end if there is patience.

        A chunk that is cut off is taken over by another process, or by the next one.
        """
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=patience_s)

    def _register(self) -> ChunkWorkflow:
        @DBOS.step(name="issue-rows")
        def issue_rows(batch_id: str, chunk: int) -> bool:
            return self._issue_rows(batch_id, chunk)

        @DBOS.workflow(name="issue-chunk", max_recovery_attempts=1000)
        def issue_chunk(batch_id: str, generation: int, chunk: int, attempt: int) -> None:
            if not issue_rows(batch_id, chunk):
                _enqueue(
                    issue_chunk, batch_id, generation, chunk, attempt + 1, pause_after(attempt)
                )

        return issue_chunk

    def _issue_rows(self, batch_id: str, chunk: int) -> bool:
        if self._stopping.is_set():
            return False
        try:
            return self._chunks.issue_chunk(batch_id, chunk).is_settled
        except Exception as error:  # noqa: BLE001  whatever it is, the chunk is tried again
            self._on_defect(error)
            return False

    def _look_after(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except Exception as error:  # noqa: BLE001  the next look may go well
                self._on_defect(error)
            self._stopping.wait(_LOOK_EVERY_S)

    def _look(self) -> None:
        """Give a sign of life, take over from the dead, begin what waits."""
        now = self._clock.now()
        with self._database.transaction() as session:
            dead = _sign(session, self._id, now)
        if dead:
            _take_over(dead)
            with self._database.transaction() as session:
                session.execute(delete(BatchWorkerSign).where(BatchWorkerSign.id.in_(dead)))
        self._begin_waiting(now)

    def _begin_waiting(self, now: datetime) -> None:
        with self._database.reading() as session:
            waiting = session.scalars(
                select(Batch)
                .where(Batch.state == BatchState.WAITING.value)
                .order_by(Batch.created_at)
            ).all()
            chunks = {batch.id: _open_chunks(session, batch.id) for batch in waiting}
        for batch in waiting:
            for chunk in chunks[batch.id]:
                _enqueue(self._started, batch.id, batch.generation, chunk, 0, 0)
            # Only now: a process that dies before leaves it waiting, and enqueuing is repeatable.
            state = BatchState.RUNNING
            with self._database.transaction() as session:
                move_batch(session, batch.id, state, now=now)
                if not chunks[batch.id]:
                    move_batch(session, batch.id, BatchState.DONE, now=now)

    @property
    def _started(self) -> ChunkWorkflow:
        if self._workflow is None:
            raise RuntimeError("the worker was not started")
        return self._workflow


def _enqueue(
    workflow: ChunkWorkflow,
    batch_id: str,
    generation: int,
    chunk: int,
    attempt: int,
    delay_s: int,
) -> None:
    """Enqueue an attempt at a chunk; once, however often it is called."""
    number = f"{batch_id}-{generation}-{chunk}-{attempt}"
    options = SetEnqueueOptions(priority=chunk + 1, delay_seconds=delay_s or None)
    with SetWorkflowID(number), options:
        DBOS.enqueue_workflow(_QUEUE, workflow, batch_id, generation, chunk, attempt)


def _open_chunks(session: Session, batch_id: str) -> list[int]:
    return list(
        session.scalars(
            select(BatchRow.chunk)
            .where(BatchRow.batch_id == batch_id, BatchRow.state == RowState.WAITING.value)
            .distinct()
            .order_by(BatchRow.chunk)
        )
    )


def _sign(session: Session, worker_id: str, now: datetime) -> list[str]:
    """Give a sign of life, and return who has given none for too long."""
    own = session.get(BatchWorkerSign, worker_id)
    if own is None:
        session.add(BatchWorkerSign(id=worker_id, seen_at=now))
    else:
        own.seen_at = now
    session.flush()
    others = select(BatchWorkerSign.id).where(
        BatchWorkerSign.id != worker_id, BatchWorkerSign.seen_at <= now - _DEAD_AFTER
    )
    return list(session.scalars(others))


def _take_over(dead: list[str]) -> None:
    # The public way is the conductor, a paid service elsewhere; this is what it calls.
    DBOS._recover_pending_workflows(dead)  # noqa: SLF001  see above


def count_workers(session: Session, *, now: datetime) -> int:
    """Count the processes that are at work."""
    alive = select(func.count()).where(BatchWorkerSign.seen_at > now - _DEAD_AFTER)
    return session.scalar(alive) or 0


def workflows_url_of(database_url: str) -> str:
    """Return where DBOS keeps its tables: a file beside ours, or a schema beside ours.

    SQLite takes one writer at a time: in a file of their own, workflows never wait for rows.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        plain = url.set(drivername="postgresql")
        return plain.render_as_string(hide_password=False)
    path = Path(url.database or "certsvc.db")
    return f"sqlite:///{path.with_name(f'{path.stem}-workflows.db')}"


def prepare_workflows(url: str) -> None:
    """Let several processes read and write a SQLite file of workflows at once."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        with closing(sqlite3.connect(parsed.database)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
