"""What a unit's desk may ask for."""

from fastapi import APIRouter, Request, Response

from api.shared.authentication import for_systems
from api.shared.described import with_headers
from api.shared.paging import PageWanted, link_next
from api.shared.problems import problems
from api.shared.requests import InterfaceCall
from api.shared.views.uses import Uses, uses_of

router = APIRouter(prefix="/api/v1/uses", tags=["uses"])


@router.get(
    "",
    summary="List permitted uses",
    responses=problems(401, 403, 422, 503) | with_headers(200, "Link"),
    openapi_extra=for_systems("certificates.issue"),
)
def list_uses(call: InterfaceCall, page: PageWanted, request: Request, response: Response) -> Uses:
    """List every proof that the caller's unit may ask for, and for which matter."""
    uses = uses_of(call, page)
    link_next(request, response, uses.next)
    return uses
