"""What a unit's desk may ask for."""

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from api.shared.calls import Call
from api.shared.names import EnglishName
from api.shared.paging import ListAnswer
from certsvc.catalogue.uses.service import page_permitted_uses
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.db.paging import PageRequest
from certsvc.people.rights.rules import Permission, require

USE_EXAMPLE: JsonDict = {
    "matter": "talent-subsidy",
    "matter_name": "人才补贴申领",
    "matter_name_en": "Talent subsidy",
    "type": "social-insurance",
    "type_name": "社会保险参保证明",
    "type_name_en": "Certificate of Social Insurance Participation",
    "fields": ["name", "insured_area"],
}


class Use(BaseModel):
    """A proof that the use list in force gives to a matter."""

    model_config = ConfigDict(json_schema_extra={"examples": [USE_EXAMPLE]})

    matter: str
    matter_name: str
    matter_name_en: EnglishName = None
    type: str
    type_name: str
    type_name_en: EnglishName = None
    fields: list[str]


class Uses(ListAnswer):
    """Everything the caller's unit may ask for today."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [USE_EXAMPLE], "next": None}]}
    )

    items: list[Use]


def uses_of(call: Call, page: PageRequest) -> Uses:
    """Return a page of what an actor's unit may ask for.

    Raises:
        PermissionDeniedError: the actor may not issue.
    """
    require(call.actor, Permission.ISSUE)
    today = call.now.astimezone(CHINA_TIME).date()
    with call.reading() as session:
        uses = page_permitted_uses(
            session, unit_code=call.actor.unit_code or "", on=today, page=page
        )
    return Uses(
        items=[
            Use(
                matter=use.matter.code,
                matter_name=use.matter.name,
                matter_name_en=use.matter.name_en,
                type=use.certificate_type.code,
                type_name=use.certificate_type.name,
                type_name_en=use.certificate_type.name_en,
                fields=list(use.fields),
            )
            for use in uses.items
        ],
        next=uses.next,
    )
