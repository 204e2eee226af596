"""Applying for a new seal on a page (申请): its image, its key, what it may be used for.

- The seal is the actor's own unit's; the route that is chosen is its only one for ever.
- The picture is looked at before anything is proposed, and words that cannot be drawn are refused.
- What is wrong is told at once, each beside its field; what was typed or uploaded is not lost.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import select
from starlette.responses import Response

from api.web.forms.form import Sent, answer
from api.web.forms.views import Option
from api.web.pages.seal_changes import CHANGES, require_proposer
from api.web.seals.form_pages import (
    LOOK,
    checks_of_image,
    checks_of_key,
    look_at,
    show_seal_form,
)
from api.web.seals.forms import (
    ChoicePart,
    ImagePart,
    ReasonPart,
    ScopePart,
    SealPart,
    SigningPart,
    typed_scope,
)
from api.web.visits import PageVisit, Visit
from certsvc.catalogue.types.records import CertificateType
from certsvc.foundation.messages.names import name_in
from certsvc.people.units.records import Unit
from certsvc.people.units.service import get_unit
from certsvc.sealing.changes.proposals import apply_for_seal
from certsvc.sealing.register.applications import SealApplication
from certsvc.sealing.register.scope_rules import SealScope
from certsvc.sealing.register.views import get_readable_seal

router = APIRouter()
ADDRESS = "/seal-applications"


class ApplicationForm(ReasonPart, ScopePart, ChoicePart, SigningPart, ImagePart, SealPart):
    """A new seal."""


@router.get(ADDRESS)
def show_application(visit: PageVisit) -> Response:
    """Show the form."""
    require_proposer(visit)
    return _show(visit)


@router.post(ADDRESS)
def apply(
    visit: PageVisit, sent: Annotated[Sent[ApplicationForm], Depends(ApplicationForm.read)]
) -> Response:
    """Propose the seal, or show how its image would look; a refusal shows the form again."""
    require_proposer(visit)
    if sent.raw.one("step") == LOOK:
        return _show(visit, sent.without_faults())
    with visit.reading() as session:
        checks = (*checks_of_image(visit, sent), *checks_of_key(visit, session, sent))
        sent = sent.checked(visit, *checks)

    def do(form: ApplicationForm) -> str:
        with visit.transaction() as session:
            application = SealApplication(
                id=form.id,
                name=form.name,
                owner_unit_code=str(visit.actor.unit_code),
                route=form.route,
                reason=form.reason,
                scope=SealScope(
                    type_codes=form.type_codes, unit_codes=form.unit_codes, **form.typed()
                ),
                **form.image_entries(),
                **form.signing_entries(visit, session),
            )
            offers = visit.services.offered_keys
            change = apply_for_seal(
                session,
                application=application,
                offers=offers,
                actor=visit.actor,
                now=visit.now,
            )
        visit.services.change_desk.try_key(change.id, actor=visit.actor)
        return f"{CHANGES}/{change.id}"

    return answer(visit, sent, do=do, show=lambda sent: _show(visit, sent))


@router.post("/seal-pictures")
def show_picture(
    visit: PageVisit, sent: Annotated[Sent[ImagePart], Depends(ImagePart.read)]
) -> Response:
    """Show how the image of a form would look, for the page's script."""
    require_proposer(visit)
    current, seal = None, sent.raw.one("seal")
    if seal:
        with visit.reading() as session:
            current = get_readable_seal(session, seal, actor=visit.actor).uploaded_image
    return visit.show("_seal_look.html", look=look_at(visit, sent.values, current))


def _show(visit: Visit, sent: Sent[ApplicationForm] | None = None) -> Response:
    with visit.reading() as session:
        types = session.scalars(select(CertificateType).order_by(CertificateType.name)).all()
        units = session.scalars(select(Unit).order_by(Unit.name)).all()
        return show_seal_form(
            visit,
            "seal_application.html",
            ApplicationForm,
            ADDRESS,
            sent=sent,
            start={"image": "words", "has_star": True, "diameter_mm": 42}
            | typed_scope(SealScope()),
            offered=list(visit.services.offered_keys.list_all(session, actor=visit.actor)),
            options={
                "type_codes": [
                    Option(value=each.code, label=name_in(visit.language, each.name, each.name_en))
                    for each in types
                ],
                "unit_codes": [Option(value=each.code, label=each.name) for each in units],
            },
            owner=get_unit(session, str(visit.actor.unit_code)),
        )
