"""Proposing another image, signing certificate or key of a seal on a page (变更).

- The form begins with what is in force; what is left as it is does not change.
- A new certificate is proposed like anything else: papers that the old one sealed stay valid.
- What is wrong is told at once, each beside its field; what was typed or uploaded is not lost.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.shared.views.seal_labels import SealLabels
from api.web.forms.form import Sent, answer
from api.web.pages.seal_changes import CHANGES, require_proposer
from api.web.seals.form_pages import LOOK, checks_of_image, checks_of_key, show_seal_form
from api.web.seals.forms import (
    SAME_KEY,
    WORDS,
    ImagePart,
    ReasonPart,
    SigningEntries,
    SigningPart,
)
from api.web.seals.views import draw
from api.web.visits import PageVisit, Visit
from certsvc.sealing.changes.amendments import SealAmendment, propose_amendment
from certsvc.sealing.register.records import Seal
from certsvc.sealing.register.views import get_readable_seal, get_seal_card

router = APIRouter()
ADDRESS = "/seal-amendments"


class AmendmentForm(ReasonPart, SigningPart, ImagePart):
    """Another image, certificate or key."""


@router.get(f"{ADDRESS}/{{seal}}")
def show_amendment(seal: str, visit: PageVisit) -> Response:
    """Show the form, filled in with what is in force."""
    require_proposer(visit)
    return _show(visit, seal)


@router.post(f"{ADDRESS}/{{seal}}")
def propose(
    seal: str,
    visit: PageVisit,
    sent: Annotated[Sent[AmendmentForm], Depends(AmendmentForm.read)],
) -> Response:
    """Propose it, or show how the image would look; a refusal shows the form again."""
    require_proposer(visit)
    if sent.raw.one("step") == LOOK:
        return _show(visit, seal, sent.without_faults())
    with visit.reading() as session:
        current = get_readable_seal(session, seal, actor=visit.actor).uploaded_image
        checks = (*checks_of_image(visit, sent, current), *checks_of_key(visit, session, sent))
        sent = sent.checked(visit, *checks)

    def do(form: AmendmentForm) -> str:
        with visit.transaction() as session:
            signing: SigningEntries = (
                {} if form.key == SAME_KEY else form.signing_entries(visit, session)
            )
            amendment = SealAmendment(
                **form.image_entries(current), **signing, draw_words=not form.wants_file
            )
            change = propose_amendment(
                session,
                seal_id=seal,
                amendment=amendment,
                offers=visit.services.offered_keys,
                reason=form.reason,
                actor=visit.actor,
                now=visit.now,
            )
        visit.services.change_desk.try_key(change.id, actor=visit.actor)
        return f"{CHANGES}/{change.id}"

    return answer(visit, sent, do=do, show=lambda sent: _show(visit, seal, sent))


def _show(visit: Visit, seal: str, sent: Sent[AmendmentForm] | None = None) -> Response:
    with visit.reading() as session:
        card = get_seal_card(session, seal, actor=visit.actor, now=visit.now)
        return show_seal_form(
            visit,
            "seal_amendment.html",
            AmendmentForm,
            f"{ADDRESS}/{seal}",
            sent=sent,
            start=_in_force(card.seal),
            offered=list(visit.services.offered_keys.list_all(session, actor=visit.actor)),
            options={},
            current=card.seal.uploaded_image,
            card=card,
            picture=draw(visit.services, card.seal),
            certificate=SealLabels(session, visit.language).certificate(card.certificate),
            waiting=[change for change in card.history if change.outcome == "waiting"],
        )


def _in_force(seal: Seal) -> dict[str, object]:
    """Return the form as it is before anybody typed."""
    return {name: str(getattr(seal, name)) for name in WORDS} | {
        "image": "words" if seal.uploaded_image is None else "file",
        "has_star": seal.has_star,
        "diameter_mm": f"{seal.diameter_mm:g}",
        "key": SAME_KEY,
    }
