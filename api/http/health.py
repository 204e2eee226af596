"""Whether this process can do its work, for whoever watches it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text

from api.http.authentication import public
from api.http.parts import ServicesPart
from certsvc.bootstrap import Services
from certsvc.db.migrate import require_current_schema
from certsvc.errors import CertsvcError

router = APIRouter(tags=["health"])
_FINE = "ok"


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
def get_health(services: ServicesPart, response: Response) -> Health:
    """Try the database, its schema and the object store."""
    health = Health(
        database=_state_of(lambda: _ask_database(services)),
        data_schema=_state_of(lambda: require_current_schema(services.database)),
        store=_state_of(services.store.check),
    )
    if set(health.model_dump().values()) != {_FINE}:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return health


def _ask_database(services: Services) -> None:
    with services.database.reading() as session:
        session.execute(text("SELECT 1"))


def _state_of(try_part: Callable[[], Any]) -> str:
    try:
        try_part()
    except CertsvcError as error:
        return error.code
    return _FINE
