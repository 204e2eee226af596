"""What a unit's desk may ask for."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.http.authentication import Caller
from api.http.parts import ServicesPart
from api.http.problems import problems
from certsvc.catalogue.service import list_permitted_uses
from certsvc.clock import CHINA_TIME
from certsvc.organisations.rules import Permission, require

router = APIRouter(prefix="/api/v1/uses", tags=["uses"])


class Use(BaseModel):
    """A proof that the use list in force gives to a matter."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "matter": "talent-subsidy",
                    "matter_name": "人才补贴申领",
                    "type": "social-insurance",
                    "type_name": "社会保险参保证明",
                    "fields": ["name", "insured_area"],
                }
            ]
        }
    )

    matter: str
    matter_name: str
    type: str
    type_name: str
    fields: list[str]


class Uses(BaseModel):
    """Everything the caller's unit may ask for today."""

    items: list[Use]


@router.get("", summary="List permitted uses", responses=problems(401, 403, 503))
def list_uses(actor: Caller, services: ServicesPart) -> Uses:
    """List every proof that the caller's unit may ask for, and for which matter."""
    require(actor, Permission.ISSUE)
    today = services.clock.now().astimezone(CHINA_TIME).date()
    with services.database.reading() as session:
        uses = list_permitted_uses(session, unit_code=actor.unit_code or "", on=today)
    return Uses(
        items=[
            Use(
                matter=use.matter.code,
                matter_name=use.matter.name,
                type=use.certificate_type.code,
                type_name=use.certificate_type.name,
                fields=list(use.fields),
            )
            for use in uses
        ]
    )
