"""Finding a record: by a number on the paper, or by its holder.

- What is searched for travels in forms alone; an address has no holder's number in it.
"""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.errors import InputInvalidError
from api.http.authentication import Caller
from api.http.parts import ServicesPart
from api.http.problems import status_of
from api.sentences import KNOWN_ERRORS, sentence_of
from api.web.forms import FormFields
from api.web.language import page_language
from api.web.pages.records import ADDRESS, require_reader
from api.web.rendering import show_page
from certsvc.certificates.extraction.record_search import FoundRecords, search_records
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.foundation.events.holder_digests import PURPOSE as HOLDERS_IN_LOG
from certsvc.people.rights.rules import Permission, may

router = APIRouter()
_FIELDS = ("paper", "kind", "holder")


@router.get(ADDRESS)
def show_search(request: Request, actor: Caller) -> HTMLResponse:
    """Show the two forms.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not read records.
    """
    require_reader(actor)
    return _show(request, {})


@router.post(ADDRESS)
def search(request: Request, fields: FormFields, actor: Caller, services: ServicesPart) -> Response:
    """Show what was found; a refusal shows the forms with what was typed."""
    require_reader(actor)
    try:
        holder = _holder(fields)
        with services.database.transaction() as session:
            found = search_records(
                session,
                paper=fields.get("paper", ""),
                holder=holder,
                holder_key=services.log_in_secret.key_for(HOLDERS_IN_LOG),
                actor=actor,
                now=services.clock.now(),
            )
    except KNOWN_ERRORS as error:
        text = sentence_of(error, page_language(request))
        return _show(request, fields, problem=text, status=status_of(error))
    return _show(request, fields, found=found)


def _holder(fields: Mapping[str, str]) -> HolderCode | None:
    number = fields.get("holder", "")
    if not number.strip():
        return None
    try:
        kind = HolderCodeType(fields.get("kind", ""))
    except ValueError as error:
        raise InputInvalidError(field="holder_kind") from error
    return HolderCode(value=number, kind=kind)


def _show(
    request: Request,
    fields: Mapping[str, str],
    *,
    found: FoundRecords | None = None,
    problem: str | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    return show_page(
        request,
        "records.html",
        status=status,
        fields={name: fields.get(name, "") for name in _FIELDS},
        kinds=[kind.value for kind in HolderCodeType],
        form="paper" if "paper" in fields else "holder",
        is_handler=may(request.state.actor, Permission.CHANGE_RECORD),
        found=found,
        problem=problem,
    )
