"""Whether this process can do its work, for whoever watches it.

It answers beside any load: it needs no thread of those that serve the pages, asks each part in a
thread of its own, and waits for none longer than a watcher would.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from anyio import CapacityLimiter, move_on_after, to_thread
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text

from api.shared.authentication import public
from api.shared.errors import PartSlowError
from api.shared.requests import InterfaceCall
from certsvc.bootstrap import Services
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.foundation.errors import CertsvcError

router = APIRouter(tags=["health"])
_FINE = "ok"
_PATIENCE_S = 3.0
_AT_ONCE = 4
_THREADS = CapacityLimiter(_AT_ONCE)


class Health(BaseModel):
    """`ok`, or the code of what is wrong, for each part."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"database": "ok", "data_schema": "ok", "store": "ok"}]}
    )

    database: str
    data_schema: str
    store: str


@router.get(
    "/healthz",
    summary="Health",
    responses={503: {"model": Health, "description": "A part does not work"}},
)
@public
async def get_health(call: InterfaceCall, response: Response) -> Health:
    """Try the database, its schema and the object store."""
    health = Health(
        database=await _state_of(lambda: _ask_database(call.services)),
        data_schema=await _state_of(lambda: require_current_schema(call.services.database)),
        store=await _state_of(lambda: _ask_store(call.services)),
    )
    if set(health.model_dump().values()) != {_FINE}:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return health


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
