"""What the interface, the pages and the command say of a batch, and the files they give out."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from api.shared.calls import Call
from api.shared.sentences import sentence
from certsvc.bootstrap import Services
from certsvc.certificates.batches.errors import BatchStateError
from certsvc.certificates.batches.records import Batch
from certsvc.certificates.batches.results import (
    Line,
    ResultParts,
    page_lines,
    result_as_csv,
    result_as_xlsx,
    result_as_zip,
)
from certsvc.certificates.batches.rules import WORKING, RowState
from certsvc.certificates.batches.service import get_batch, record_fetch
from certsvc.foundation.db.paging import Page, PageRequest
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.rights.rules import Actor

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
"""Kinds of result, by the ending of their names."""


@dataclass(frozen=True, kw_only=True)
class BatchFile:
    """A file that is about to be given out."""

    name: str
    media_type: str
    pieces: Iterator[bytes]


def open_result(
    services: Services, batch_id: str, kind: str, *, actor: Actor, language: Language
) -> BatchFile:
    """Open a batch's results; that they were taken is on record before the first byte leaves.

    Raises:
        PermissionDeniedError: the actor may not issue, or not read certificates.
        BatchUnknownError: no such batch of the unit.
        BatchStateError: the papers of a batch that is still at work were asked for.
    """
    now = services.clock.now()
    with services.database.transaction() as session:
        batch = get_batch(session, batch_id, actor=actor)
        _require_at_rest(batch, kind)
        record_fetch(session, batch, what=kind, actor=actor, now=now)
    parts = ResultParts(
        database=services.database,
        store=services.store,
        batch=batch,
        language=language,
        tell=lambda code, params: sentence(code, language, params),
        now=now,
    )
    return BatchFile(
        name=f"batch-{batch.id}.{kind}",
        media_type=MEDIA_TYPES[kind],
        pieces=_pieces(kind, parts),
    )


def rows_of(
    call: Call, batch_id: str, *, page: PageRequest, states: Collection[RowState]
) -> Page[Line]:
    """Return a page of what came of a batch's rows; who takes one is on record.

    Each page: a cursor is no secret, so whoever has none may begin with a made-up one.

    Raises:
        PermissionDeniedError: the actor may not issue, or not read certificates.
        BatchUnknownError: no such batch of the unit.
        CursorInvalidError: the page does not follow one of this list.
    """
    with call.transaction() as session:
        batch = get_batch(session, batch_id, actor=call.actor)
        record_fetch(session, batch, what="json", actor=call.actor, now=call.now)
        parts = ResultParts(
            database=call.services.database,
            store=call.services.store,
            batch=batch,
            language=call.language,
            tell=lambda code, params: sentence(code, call.language, params),
            now=call.now,
        )
        return page_lines(session, parts, page=page, states=states)


def _require_at_rest(batch: Batch, kind: str) -> None:
    if kind == "zip" and batch.state in WORKING:
        raise BatchStateError(batch_state=batch.state)


def _pieces(kind: str, parts: ResultParts) -> Iterator[bytes]:
    if kind == "zip":
        return result_as_zip(parts)
    return result_as_xlsx(parts) if kind == "xlsx" else result_as_csv(parts)
