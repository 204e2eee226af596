"""What a unit's desk may ask for."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from api.http.authentication import Caller, for_systems
from api.http.paging import ListAnswer, PageWanted, link_next
from api.http.parts import ServicesPart
from api.http.problems import problems
from certsvc.bootstrap import Services
from certsvc.catalogue.uses.service import page_permitted_uses
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.db.paging import PageRequest
from certsvc.people.rights.rules import Actor, Permission, require

router = APIRouter(prefix="/api/v1/uses", tags=["uses"])


_USE_EXAMPLE: JsonDict = {
    "matter": "talent-subsidy",
    "matter_name": "人才补贴申领",
    "type": "social-insurance",
    "type_name": "社会保险参保证明",
    "fields": ["name", "insured_area"],
}


class Use(BaseModel):
    """A proof that the use list in force gives to a matter."""

    model_config = ConfigDict(json_schema_extra={"examples": [_USE_EXAMPLE]})

    matter: str
    matter_name: str
    type: str
    type_name: str
    fields: list[str]


class Uses(ListAnswer):
    """Everything the caller's unit may ask for today."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_USE_EXAMPLE], "next": None}]}
    )

    items: list[Use]


@router.get(
    "",
    summary="List permitted uses",
    responses=problems(401, 403, 422, 503),
    openapi_extra=for_systems("certificates.issue"),
)
def list_uses(
    actor: Caller, services: ServicesPart, page: PageWanted, request: Request, response: Response
) -> Uses:
    """List every proof that the caller's unit may ask for, and for which matter."""
    uses = uses_of(actor, services, page)
    link_next(request, response, uses.next)
    return uses


def uses_of(actor: Actor, services: Services, page: PageRequest) -> Uses:
    """Return a page of what an actor's unit may ask for.

    Raises:
        PermissionDeniedError: the actor may not issue.
    """
    require(actor, Permission.ISSUE)
    today = services.clock.now().astimezone(CHINA_TIME).date()
    with services.database.reading() as session:
        uses = page_permitted_uses(session, unit_code=actor.unit_code or "", on=today, page=page)
    return Uses(
        items=[
            Use(
                matter=use.matter.code,
                matter_name=use.matter.name,
                type=use.certificate_type.code,
                type_name=use.certificate_type.name,
                fields=list(use.fields),
            )
            for use in uses.items
        ],
        next=uses.next,
    )
