"""Health of this process, for monitoring.

It answers beside any load: it needs no thread of those that serve the pages, asks each part in a
thread of its own, and waits for none longer than a watcher would.
"""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Any

from anyio import CapacityLimiter, move_on_after, to_thread
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import text

from api.shared.authentication import public
from api.shared.errors import PartSlowError
from api.shared.requests import InterfaceCall
from certsvc.bootstrap import Services
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.jobs.troubles import JobCounts, count_jobs

router = APIRouter(tags=["health"])
_FINE = "ok"
_PATIENCE_S = 3.0
_AT_ONCE = 4
_THREADS = CapacityLimiter(_AT_ONCE)


_EXAMPLE: JsonDict = {
    "database": _FINE,
    "data_schema": _FINE,
    "store": _FINE,
    "jobs_late": 0,
    "jobs_failed": 0,
}


class Health(BaseModel):
    """`ok`, or the code of what is wrong, for each part; and counts of jobs, to be watched.

    A job that failed is the operator's to see to: the service itself works.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    database: str
    data_schema: str
    store: str
    jobs_late: Annotated[
        int | None, Field(description="Jobs that could have begun more than a minute ago")
    ]
    jobs_failed: Annotated[int | None, Field(description="Jobs that were given up")]


@router.get(
    "/healthz",
    summary="Health",
    responses={503: {"model": Health, "description": "A part does not work"}},
)
@public
async def get_health(call: InterfaceCall, response: Response) -> Health:
    """Try the database, its schema and the object store."""
    parts = {
        "database": await _state_of(lambda: _ask_database(call.services)),
        "data_schema": await _state_of(lambda: require_current_schema(call.services.database)),
        "store": await _state_of(lambda: _ask_store(call.services)),
    }
    if set(parts.values()) != {_FINE}:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    counts = await _count_jobs(call.services) if parts["data_schema"] == _FINE else None
    late, failed = (counts.late, counts.failed) if counts else (None, None)
    return Health(**parts, jobs_late=late, jobs_failed=failed)


async def _count_jobs(services: Services) -> JobCounts | None:
    """Count the jobs, if the database answers in time."""

    def count() -> JobCounts | None:
        with suppress(CertsvcError), services.database.reading() as session:
            return count_jobs(session, now=services.clock.now())
        return None

    with move_on_after(_PATIENCE_S):
        return await to_thread.run_sync(count, limiter=_THREADS, abandon_on_cancel=True)
    return None


def _ask_database(services: Services) -> None:
    with services.database.reading() as session:
        session.execute(text("SELECT 1"))


def _ask_store(services: Services) -> None:
    services.store.check()


async def _state_of(try_part: Callable[[], Any]) -> str:
    """Try a part; one that takes too long is left to itself, and its answer to nobody."""
    with move_on_after(_PATIENCE_S):
        return await to_thread.run_sync(
            _code_of, try_part, limiter=_THREADS, abandon_on_cancel=True
        )
    return PartSlowError.code


def _code_of(try_part: Callable[[], Any]) -> str:
    try:
        try_part()
    except CertsvcError as error:
        return error.code
    return _FINE
