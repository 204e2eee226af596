"""Applying for a new seal on a page (申请): its image, its key, what it may be used for.

- The seal is the actor's own unit's; the route that is chosen is its only one for ever.
- The picture is looked at before anything is proposed, and words that cannot be drawn are refused.
- What is wrong is told at once, each beside its field; what was typed or uploaded is not lost.
"""

from http import HTTPStatus

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.errors import InputInvalidError
from api.http.authentication import Caller
from api.http.parts import ServicesPart
from api.sentences import KNOWN_ERRORS
from api.web.language import PageLanguage
from api.web.pages.seal_changes import CHANGES, require_proposer
from api.web.rendering import show_page
from api.web.scope_entries import COUNTS, read_typed_scope, typed_scope
from api.web.seal_form_faults import faults_of_application
from api.web.seal_form_pages import (
    LOOK,
    FormProblem,
    draw_entries,
    look_at,
    problem_of,
    problem_of_all,
    show_seal_form,
)
from api.web.seal_forms import NOTHING_TICKED, SealForm, SentSealForm
from certsvc.bootstrap import Services
from certsvc.catalogue.routes import Route
from certsvc.catalogue.types.records import CertificateType
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.rights.rules import Actor
from certsvc.people.units.records import Unit
from certsvc.people.units.service import get_unit
from certsvc.sealing.changes.proposals import apply_for_seal
from certsvc.sealing.register.applications import SealApplication
from certsvc.sealing.register.records import SealChange
from certsvc.sealing.register.scope_rules import SealScope
from certsvc.sealing.register.views import get_readable_seal

router = APIRouter()
ADDRESS = "/seal-applications"
_ROUTES = {route.value: route for route in Route}
_EMPTY = SealForm(
    fields={"image": "words", "has_star": "1", "diameter_mm": "42"} | typed_scope(SealScope()),
    choices=NOTHING_TICKED,
)


@router.get(ADDRESS)
def show_application(
    request: Request, actor: Caller, services: ServicesPart, language: PageLanguage
) -> HTMLResponse:
    """Show the form."""
    require_proposer(actor)
    return _show(request, _EMPTY, actor, services, language)


@router.post(ADDRESS)
def apply(
    request: Request,
    form: SentSealForm,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> Response:
    """Propose the seal, or show how its image would look; a refusal shows the form again."""
    require_proposer(actor)
    if form.fields.get("step") == LOOK:
        return _show(request, form, actor, services, language)
    try:
        with services.database.transaction() as session:
            faults = faults_of_application(session, form, actor, services)
            if faults:
                problem = problem_of_all(faults, language)
                return _show(request, form, actor, services, language, problem)
            change = _apply(session, form, actor, services)
        services.change_desk.try_key(change.id, actor=actor)
    except KNOWN_ERRORS as error:
        return _show(request, form, actor, services, language, problem_of(error, language))
    return RedirectResponse(f"{CHANGES}/{change.id}", status_code=HTTPStatus.SEE_OTHER)


@router.post("/seal-pictures")
def show_picture(
    request: Request,
    form: SentSealForm,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> HTMLResponse:
    """Show how the image of a form would look, for the page's script."""
    require_proposer(actor)
    current, seal = None, form.fields.get("seal", "")
    if seal:
        with services.database.reading() as session:
            current = get_readable_seal(session, seal, actor=actor).uploaded_image
    return show_page(request, "_seal_look.html", look=look_at(services, form, language, current))


def show_kept(
    request: Request, form: SealForm, actor: Actor, services: Services, language: Language
) -> HTMLResponse:
    """Show the form with what was typed before the log-in ran out; nothing was proposed."""
    return _show(request, form, actor, services, language)


def _apply(session: Session, form: SealForm, actor: Actor, services: Services) -> SealChange:
    fields = form.fields
    if fields.get("route") not in _ROUTES:
        raise InputInvalidError(field="route")
    image = form.image_entries()
    draw_entries(services, image)
    application = SealApplication(
        id=fields.get("id", "").strip(),
        name=fields.get("name", "").strip(),
        owner_unit_code=str(actor.unit_code),
        route=_ROUTES[fields["route"]],
        reason=fields.get("reason", ""),
        scope=SealScope(**form.choices, **read_typed_scope(fields)),
        **image,
        **form.signing_entries(session, actor, services.offered_keys),
    )
    now = services.clock.now()
    return apply_for_seal(
        session, application=application, offers=services.offered_keys, actor=actor, now=now
    )


def _show(
    request: Request,
    form: SealForm,
    actor: Actor,
    services: Services,
    language: Language,
    problem: FormProblem | None = None,
) -> HTMLResponse:
    with services.database.reading() as session:
        types = session.scalars(select(CertificateType).order_by(CertificateType.name)).all()
        units = session.scalars(select(Unit).order_by(Unit.name)).all()
        return show_seal_form(
            request,
            "seal_application.html",
            form,
            offered=services.offered_keys.list_all(session, actor=actor),
            look=look_at(services, form, language),
            problem=problem,
            owner=get_unit(session, str(actor.unit_code)),
            routes=sorted(_ROUTES),
            counts=COUNTS,
            options={"type_codes": types, "unit_codes": units},
        )
