"""The demonstration's timestamp authority over HTTP (RFC 3161 §3.4); never in production."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.shared.authentication import public
from api.shared.errors import AddressUnknownError, MediaTypeUnsupportedError
from api.shared.requests import InterfaceCall
from signing.timestamps.development_timestamps import DevelopmentTimestampAuthority

router = APIRouter(tags=["demonstration"])
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"


async def timestamp_query(request: Request) -> bytes:
    """Read the query.

    Raises:
        MediaTypeUnsupportedError: the body is none.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _QUERY:
        raise MediaTypeUnsupportedError
    return await request.body()


@router.post("/tsa", summary="Timestamp", include_in_schema=False)
@public
def answer_timestamp_query(
    query: Annotated[bytes, Depends(timestamp_query)], call: InterfaceCall
) -> Response:
    """Answer a timestamp query with a token of the demonstration's own authority."""
    authority = call.services.timestamp_authority
    if not isinstance(authority, DevelopmentTimestampAuthority):
        raise AddressUnknownError
    return Response(authority.respond(query, call.now), media_type=_REPLY)
