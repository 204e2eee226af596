"""A holder's own certificates, and fetching a sealed file with a browser."""

from fastapi import APIRouter, Request, Response
from starlette.responses import HTMLResponse

from api.errors import HolderPageError
from api.http.authentication import Caller
from api.http.certificates import copies_of, get_certificate_file
from api.http.parts import ServicesPart
from api.web.rendering import show_page
from certsvc.foundation.db.paging import MOST_AT_ONCE, PageRequest
from certsvc.people.rights.rules import Permission, Role, require

router = APIRouter()


@router.get("/my")
def show_own_certificates(request: Request, actor: Caller, services: ServicesPart) -> HTMLResponse:
    """List a holder's certificates.

    Raises:
        HolderPageError: somebody of a unit's staff asks.
    """
    if Role.HOLDER not in actor.roles:
        raise HolderPageError
    require(actor, Permission.READ_OWN_CERTIFICATES)
    copies = copies_of(actor, services, PageRequest(limit=MOST_AT_ONCE)).items
    return show_page(request, "my.html", copies=copies)


@router.get("/copies/{copy_number}/file")
def download(copy_number: str, actor: Caller, services: ServicesPart) -> Response:
    """Fetch the sealed PDF of a copy that the visitor may see."""
    return get_certificate_file(copy_number, actor, services)
