"""A holder's own certificates, and fetching a sealed file with a browser."""

from fastapi import APIRouter
from starlette.responses import Response

from api.shared.errors import HolderPageError
from api.shared.views.copies import sealed_file
from api.web.copy_lists import copies_fetch, copy_listing
from api.web.lists.views import list_page, wanted_export
from api.web.visits import PageVisit
from certsvc.people.rights.rules import Permission, Role, require

router = APIRouter()
COPIES = copy_listing("page.my.empty")


@router.get("/my")
def show_own_certificates(visit: PageVisit) -> Response:
    """List a holder's certificates.

    Raises:
        HolderPageError: somebody of a unit's staff asks.
    """
    if Role.HOLDER not in visit.actor.roles:
        raise HolderPageError
    require(visit.actor, Permission.READ_OWN_CERTIFICATES)
    kind, fetch = wanted_export(visit), copies_fetch(visit)
    if kind:
        return COPIES.export(visit, kind, fetch)
    return visit.show("my.html", copies=list_page(visit, COPIES, fetch))


@router.get("/copies/{copy_number}/file")
def download(copy_number: str, visit: PageVisit) -> Response:
    """Fetch the sealed PDF of a copy that the visitor may see."""
    return sealed_file(visit, copy_number)
