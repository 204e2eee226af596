"""Sending, watching, cancelling and resuming batches.

- A batch belongs to a unit; whoever may issue for the unit may watch and cancel it, but a system
  only what it sent itself. To anybody else it does not exist.
- Its results, numbers of copies as well as papers, are for whoever may also read the unit's
  certificates.
- It is issued in the name of whoever sent it, so only they may resume it.
- What is kept of a row is what a clerk typed; `purging` deletes it some time after the end.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from certsvc.catalogue.uses.service import list_permitted_uses
from certsvc.certificates.batches.chunk_jobs import schedule_chunks
from certsvc.certificates.batches.errors import (
    BatchOfOtherPersonError,
    BatchUnknownError,
)
from certsvc.certificates.batches.events import (
    BatchCancelled,
    BatchConfirmed,
    BatchFetched,
    BatchResumed,
)
from certsvc.certificates.batches.keeping import keep_batch
from certsvc.certificates.batches.reading import progress_of
from certsvc.certificates.batches.records import Batch, BatchRow
from certsvc.certificates.batches.rules import (
    BATCH_LIFE,
    ENDED,
    WORKING,
    BatchEvent,
    BatchState,
    RowState,
    find_kinds,
    new_batch_id,
)
from certsvc.certificates.batches.tables import read_table
from certsvc.certificates.batches.validation import ValidatedTable, validate_table
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.lists import SqlList, before_day, from_day
from certsvc.foundation.db.paging import FIRST_PAGE, Page, PageRequest
from certsvc.foundation.db.violations import refused_as
from certsvc.foundation.events.recording import record
from certsvc.foundation.idempotency.hidden_keys import HiddenKeys
from certsvc.foundation.idempotency.rules import (
    EarlierRequest,
    InProgressError,
    check_idempotency_key,
    settle,
)
from certsvc.foundation.storage.objects import digest_of
from certsvc.people.rights.rules import Actor, Permission, Role, require, require_unit
from certsvc.people.units.service import get_unit

_LONGEST_NAME = 120


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A submitted batch file."""

    content: bytes
    """The file."""
    unit_code: str
    """Extracting unit of every row."""
    idempotency_key: str | None = None
    """The same key from the same sender gives the same batch, however often it is sent."""
    issues_valid_rows: bool = False
    """Whether rows without an error are issued although others have some."""
    waits_for_confirmation: bool = False
    """Whether nothing is issued before whoever sent it has seen the sum and confirmed it; what has
    errors can still be confirmed for its other rows."""
    file_name: str = ""
    """As the sender calls it."""


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """A batch that was sent."""

    batch: Batch
    """The batch."""
    is_replayed: bool
    """Whether the same key made it before."""


def submit_batch(
    database: Database, submission: Submission, *, keys: HiddenKeys, actor: Actor, now: datetime
) -> Batch:
    """Validate a file and keep it as a batch, as `submit_once` does, and return the batch."""
    return submit_once(database, submission, keys=keys, actor=actor, now=now).batch


def submit_once(
    database: Database, submission: Submission, *, keys: HiddenKeys, actor: Actor, now: datetime
) -> Submitted:
    """Validate a file and keep it as a batch, or return the batch that the same key made.

    A file with errors makes a rejected batch with its problems, unless the valid rows are wanted,
    or the sum is to be confirmed first.
    The file is read and validated outside any transaction, since that may take a second.

    Raises:
        PermissionDeniedError: the actor may not issue.
        ForeignUnitError: they do not belong to the unit.
        IdempotencyKeyReusedError: the key belongs to another file.
        InProgressError: the same key is being worked on at this very moment.
        BatchFileUnreadableError: the file is no table.
        BatchFileTooLargeError: it has more of something than is taken.
        BatchHeaderInvalidError: its titles cannot be understood.
        BatchEmptyError: it has no rows.
    """
    require(actor, Permission.ISSUE)
    require_unit(actor, submission.unit_code)
    sha256 = digest_of(submission.content)
    if submission.idempotency_key is not None:
        check_idempotency_key(submission.idempotency_key)
        hidden = keys.hide(actor.id, submission.idempotency_key)
        submission = replace(submission, idempotency_key=hidden)
    with database.reading() as session:
        earlier = _find_earlier(session, submission, sha256, actor)
        if earlier is not None:
            return Submitted(batch=earlier, is_replayed=True)
        unit = get_unit(session, submission.unit_code)
        uses = list_permitted_uses(
            session, unit_code=unit.code, on=now.astimezone(CHINA_TIME).date()
        )
    table = validate_table(read_table(submission.content), uses)
    batch = _batch_of(submission, table, sha256=sha256, actor=actor, now=now)
    with (
        refused_as(InProgressError(), "uq_batches_created_by_idempotency_key"),
        database.transaction() as session,
    ):
        earlier = _find_earlier(session, submission, sha256, actor)
        keeps_rows = submission.waits_for_confirmation
        kept = earlier or keep_batch(session, batch, table, keeps_rows=keeps_rows, now=now)
        return Submitted(batch=kept, is_replayed=earlier is not None)


def _find_earlier(
    session: Session, submission: Submission, sha256: str, actor: Actor
) -> Batch | None:
    key = submission.idempotency_key
    if key is None:
        return None
    earlier = session.scalar(
        select(Batch).where(Batch.created_by == actor.id, Batch.idempotency_key == key)
    )
    if earlier is not None:
        done = EarlierRequest(fingerprint=(earlier.file_sha256, earlier.unit_code), is_done=True)
        settle(done, fingerprint=(sha256, submission.unit_code), now=earlier.created_at)
    return earlier


def _batch_of(
    submission: Submission, table: ValidatedTable, *, sha256: str, actor: Actor, now: datetime
) -> Batch:
    state = _first_state(submission, table)
    return Batch(
        id=new_batch_id(),
        unit_code=submission.unit_code,
        created_by=actor.id,
        idempotency_key=submission.idempotency_key,
        file_name=submission.file_name[:_LONGEST_NAME],
        file_sha256=sha256,
        state=state.value,
        row_count=len(table.rows),
        problem_count=len(table.errors),
        findings={"kinds": [asdict(each) for each in find_kinds(table.problems)]},
        created_at=now,
        begun_at=now if state is BatchState.WAITING else None,
        ended_at=now if state is BatchState.REJECTED else None,
    )


def _first_state(submission: Submission, table: ValidatedTable) -> BatchState:
    wrong = {problem.row for problem in table.errors}
    if wrong and len(wrong) == len(table.rows):
        return BatchState.REJECTED
    if submission.waits_for_confirmation:
        return BatchState.CHECKED
    return BatchState.REJECTED if wrong and not submission.issues_valid_rows else BatchState.WAITING


def get_batch(session: Session, batch_id: str, *, actor: Actor) -> Batch:
    """Return a batch of the actor's unit; to a system, one that it sent itself.

    Raises:
        PermissionDeniedError: the actor may not issue.
        BatchUnknownError: there is none of this number, or it is another unit's.
    """
    require(actor, Permission.ISSUE)
    batch = session.get(Batch, batch_id, populate_existing=True)
    if batch is None or not _may_see(actor, batch):
        raise BatchUnknownError
    return batch


def _may_see(actor: Actor, batch: Batch) -> bool:
    if Role.MACHINE_OPERATOR in actor.roles:
        return True
    is_own = Role.SYSTEM not in actor.roles or batch.created_by == actor.id
    return is_own and actor.unit_code == batch.unit_code


def batch_list(name: str) -> SqlList:
    """Return how a list of batches may be asked for; `name` says whose it is."""
    return SqlList(
        name=f"batches of {name}",
        sorts={"created_at": (Batch.created_at,), "rows": (Batch.row_count, Batch.created_at)},
        key=(Batch.id,),
        usual="-created_at",
        filters={
            "state": lambda value: Batch.state == BatchState(value).value,
            "created_from": from_day(Batch.created_at),
            "created_before": before_day(Batch.created_at),
        },
        words=lambda value: Batch.id == "".join(value.split()).upper(),
    )


def list_batches(session: Session, *, actor: Actor, page: PageRequest = FIRST_PAGE) -> Page[Batch]:
    """List the batches of the actor's unit, newest first, page by page; a system's own alone.

    Raises:
        PermissionDeniedError: the actor may not issue.
        InvalidInputError: the page is none of this list (`SqlList.take`).
    """
    require(actor, Permission.ISSUE)
    wanted = select(Batch)
    if Role.MACHINE_OPERATOR not in actor.roles:
        wanted = wanted.where(Batch.unit_code == actor.unit_code)
    if Role.SYSTEM in actor.roles:
        wanted = wanted.where(Batch.created_by == actor.id)
    of = actor.id if Role.SYSTEM in actor.roles else actor.unit_code
    return batch_list(f"{of}").take(session, wanted, page)


def move_batch(
    session: Session,
    batch_id: str,
    state: BatchState,
    *,
    now: datetime,
    reason_code: str | None = None,
    reason_params: dict[str, str | int] | None = None,
) -> bool:
    """Bring a batch into another state if it may follow; tell whether it did."""
    before = BATCH_LIFE.befores(state)
    moved = session.execute(
        update(Batch)
        .where(Batch.id == batch_id, Batch.state.in_(before))
        .values(
            state=state.value,
            reason_code=reason_code,
            reason_params=reason_params,
            **({"ended_at": now} if state in ENDED else {}),
        )
        .returning(Batch.id)
    ).scalar_one_or_none()
    return moved is not None


def cancel_batch(session: Session, batch_id: str, *, actor: Actor, now: datetime) -> Batch:
    """Issue no further row of a batch; what was issued stays.

    A row that is being issued at this moment still gets its certificate, and says so.

    Raises:
        PermissionDeniedError: the actor may not issue.
        BatchUnknownError: no such batch of the unit.
        TransitionRefusedError: it has ended.
    """
    batch = get_batch(session, batch_id, actor=actor)
    if not end_as_cancelled(session, batch.id, by=actor.id, now=now):
        raise BATCH_LIFE.refusal(BatchState(batch.state), BatchEvent.CANCEL)
    return get_batch(session, batch_id, actor=actor)


def end_as_cancelled(session: Session, batch_id: str, *, by: str, now: datetime) -> bool:
    """Cancel a batch and its waiting rows unless it has ended, and log who did; tell whether."""
    if not move_batch(session, batch_id, BatchState.CANCELLED, now=now):
        return False
    session.execute(
        update(BatchRow)
        .where(BatchRow.batch_id == batch_id, BatchRow.state == RowState.WAITING.value)
        .values(state=RowState.CANCELLED.value, settled_at=now)
    )
    record(session, BatchCancelled(subject=batch_id), actor=by, now=now)
    return True


def confirm_batch(session: Session, batch_id: str, *, actor: Actor, now: datetime) -> Batch:
    """Begin a batch whose sum was shown: its rows without an error are issued, in order.

    Confirming again what was confirmed changes nothing.

    Raises:
        PermissionDeniedError: the actor may not issue.
        BatchUnknownError: no such batch of the unit.
        BatchOfOtherPersonError: somebody else sent it.
        TransitionRefusedError: it does not wait for that.
    """
    batch = get_batch(session, batch_id, actor=actor)
    if batch.created_by != actor.id:
        raise BatchOfOtherPersonError
    confirmed = session.execute(
        update(Batch)
        .where(Batch.id == batch.id, Batch.state == BatchState.CHECKED.value)
        .values(state=BatchState.WAITING.value, begun_at=now)
        .returning(Batch.id)
    ).scalar_one_or_none()
    if confirmed is None:
        if batch.begun_at is not None and batch.state in WORKING:
            return batch
        raise BATCH_LIFE.refusal(BatchState(batch.state), BatchEvent.CONFIRM)
    schedule_chunks(session, batch.id, now=now)
    rows = batch.row_count - progress_of(session, batch).settled
    record(session, BatchConfirmed(subject=batch.id, rows=rows), actor=actor.id, now=now)
    return get_batch(session, batch_id, actor=actor)


def resume_batch(session: Session, batch_id: str, *, actor: Actor, now: datetime) -> Batch:
    """Resume a stopped batch.

    Rows that have their outcome keep it; no row is issued twice.

    Raises:
        PermissionDeniedError: the actor may not issue.
        BatchUnknownError: no such batch of the unit.
        BatchOfOtherPersonError: somebody else sent it.
        TransitionRefusedError: it has ended.
    """
    batch = get_batch(session, batch_id, actor=actor)
    if batch.created_by != actor.id:
        raise BatchOfOtherPersonError
    if batch.state == BatchState.WAITING:
        return batch
    is_checked = batch.state == BatchState.CHECKED
    if is_checked or not move_batch(session, batch.id, BatchState.WAITING, now=now):
        raise BATCH_LIFE.refusal(BatchState(batch.state), BatchEvent.RESUME)
    session.execute(
        update(Batch).where(Batch.id == batch.id).values(generation=Batch.generation + 1)
    )
    schedule_chunks(session, batch.id, now=now)
    record(session, BatchResumed(subject=batch.id), actor=actor.id, now=now)
    return get_batch(session, batch_id, actor=actor)


def record_fetch(session: Session, batch: Batch, *, what: str, actor: Actor, now: datetime) -> None:
    """Log the download of a batch's results, before the first byte is sent.

    One entry stands for all papers of the batch (市中区规则第十五条); its subject is the batch.

    Raises:
        PermissionDeniedError: the actor may not read certificates.
    """
    require(actor, Permission.READ_UNIT_CERTIFICATES)
    fetched = BatchFetched(subject=batch.id, what=what, issued=progress_of(session, batch).issued)
    record(session, fetched, actor=actor.id, now=now)
