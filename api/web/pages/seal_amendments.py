"""Proposing another image, signing certificate or key of a seal on a page (变更).

- The form begins with what is in force; what is left as it is does not change.
- A new certificate is proposed like anything else: papers that the old one sealed stay valid.
- What is wrong is told at once, each beside its field; what was typed or uploaded is not lost.
"""

from http import HTTPStatus

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.http.authentication import Caller
from api.http.parts import ServicesPart
from api.seal_words import SealWords
from api.sentences import KNOWN_ERRORS
from api.web.language import PageLanguage
from api.web.pages.seal_changes import CHANGES, require_proposer
from api.web.seal_form_faults import faults_of_amendment
from api.web.seal_form_pages import (
    LOOK,
    FormProblem,
    draw_entries,
    look_at,
    problem_of,
    problem_of_all,
    show_seal_form,
)
from api.web.seal_forms import (
    NOTHING_TICKED,
    SAME_KEY,
    WORDS,
    SealForm,
    SentSealForm,
    SigningEntries,
)
from api.web.seal_views import draw
from certsvc.bootstrap import Services
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.amendments import SealAmendment, propose_amendment
from certsvc.sealing.register.records import Seal, SealChange
from certsvc.sealing.register.views import get_readable_seal, get_seal_card

router = APIRouter()
ADDRESS = "/seal-amendments"


@router.get(f"{ADDRESS}/{{seal}}")
def show_amendment(
    request: Request, seal: str, actor: Caller, services: ServicesPart, language: PageLanguage
) -> HTMLResponse:
    """Show the form, filled in with what is in force."""
    require_proposer(actor)
    return _show(request, seal, None, actor, services, language)


@router.post(f"{ADDRESS}/{{seal}}")
def propose(
    request: Request,
    seal: str,
    form: SentSealForm,
    actor: Caller,
    services: ServicesPart,
    language: PageLanguage,
) -> Response:
    """Propose it, or show how the image would look; a refusal shows the form again."""
    require_proposer(actor)
    if form.fields.get("step") == LOOK:
        return _show(request, seal, form, actor, services, language)
    try:
        with services.database.transaction() as session:
            current = get_readable_seal(session, seal, actor=actor).uploaded_image
            faults = faults_of_amendment(session, form, actor, services, current)
            if faults:
                problem = problem_of_all(faults, language)
                return _show(request, seal, form, actor, services, language, problem)
            change = _propose(session, seal, form, actor, services)
        services.change_desk.try_key(change.id, actor=actor)
    except KNOWN_ERRORS as error:
        problem = problem_of(error, language)
        return _show(request, seal, form, actor, services, language, problem)
    return RedirectResponse(f"{CHANGES}/{change.id}", status_code=HTTPStatus.SEE_OTHER)


def show_kept(
    request: Request,
    seal: str,
    form: SealForm,
    actor: Actor,
    services: Services,
    language: Language,
) -> HTMLResponse:
    """Show the form with what was typed before the log-in ran out; nothing was proposed."""
    return _show(request, seal, form, actor, services, language)


def _propose(
    session: Session, seal_id: str, form: SealForm, actor: Actor, services: Services
) -> SealChange:
    seal = get_readable_seal(session, seal_id, actor=actor)
    image = form.image_entries(seal.uploaded_image)
    draw_entries(services, image)
    same_key = form.fields.get("key") == SAME_KEY
    signing: SigningEntries = (
        {} if same_key else form.signing_entries(session, actor, services.offered_keys)
    )
    return propose_amendment(
        session,
        seal_id=seal_id,
        amendment=SealAmendment(**image, **signing, draw_words=not form.wants_file),
        offers=services.offered_keys,
        reason=form.fields.get("reason", ""),
        actor=actor,
        now=services.clock.now(),
    )


def _show(
    request: Request,
    seal_id: str,
    form: SealForm | None,
    actor: Actor,
    services: Services,
    language: Language,
    problem: FormProblem | None = None,
) -> HTMLResponse:
    with services.database.reading() as session:
        card = get_seal_card(session, seal_id, actor=actor, now=services.clock.now())
        form = form or _in_force(card.seal)
        return show_seal_form(
            request,
            "seal_amendment.html",
            form,
            offered=services.offered_keys.list_all(session, actor=actor),
            look=look_at(services, form, language, card.seal.uploaded_image),
            problem=problem,
            card=card,
            picture=draw(services, card.seal),
            certificate=SealWords(session, language).certificate(card.certificate),
            waiting=[change for change in card.history if change.outcome == "waiting"],
        )


def _in_force(seal: Seal) -> SealForm:
    """Return the form as it is before anybody typed."""
    return SealForm(
        fields={name: str(getattr(seal, name)) for name in WORDS}
        | {
            "image": "words" if seal.uploaded_image is None else "file",
            "has_star": "1" if seal.has_star else "",
            "diameter_mm": f"{seal.diameter_mm:g}",
            "key": SAME_KEY,
        },
        choices=NOTHING_TICKED,
    )
