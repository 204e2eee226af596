"""The card of a certificate record: how it stands, what happened to it, and what may be done.

- A page never does anything by being opened; each act has a page of its own (`record_acts`).
"""

from fastapi import APIRouter
from starlette.responses import Response

from api.shared.views.records import warnings_of
from api.web.pages.record_acts import ADDRESS, IRREVERSIBLE, PROPOSED, WITHDRAWN
from api.web.record_history import history_of
from api.web.visits import PageVisit
from certsvc.certificates.extraction.record_cards import RecordCard, get_record_card
from certsvc.certificates.extraction.rules import SERVED, CopyState
from certsvc.certificates.records.rules import RecordAction
from certsvc.people.rights.rules import Permission

router = APIRouter()
_CONFIRMED_ACTIONS = frozenset(
    {RecordAction.SUSPEND, RecordAction.RESUME, RecordAction.REVOKE, RecordAction.CANCEL}
)
_REPLACED = "replaced"


@router.get(f"{ADDRESS}/{{identifier}}")
def show_record(identifier: str, visit: PageVisit, done: str = "") -> Response:
    """Show the card of a record, and what was just done to it."""
    visit.require_staff(Permission.READ_RECORDS)
    with visit.reading() as session:
        card = get_record_card(session, identifier, actor=visit.actor, now=visit.now)
        history = history_of(session, card)
    own = [copy for copy in card.copies if copy.is_own]
    return visit.show(
        "record.html",
        card=card,
        history=history,
        # What a unit may use of a record is its copies: without one, it has nothing in force.
        standing=_standing(card),
        done=_confirmed(done, card),
        served={copy.copy_number for copy in own if copy.state in SERVED},
        withdrawable={copy.copy_number for copy in own if copy.state is not CopyState.WITHDRAWN},
        warnings=warnings_of(card, visit.language),
        irreversible=IRREVERSIBLE,
    )


def _standing(card: RecordCard) -> str:
    """Return the code of how the record stands for its reader."""
    withdrawn = card.copies and all(copy.state is CopyState.WITHDRAWN for copy in card.copies)
    if withdrawn and not card.is_producer:
        return f"state.{CopyState.WITHDRAWN.value}"
    return f"word.record_state.{card.state.value if card.state else 'none'}"


def _confirmed(done: str, card: RecordCard) -> str | None:
    """Return what was done, if the record says so too: an address can be made up by anybody."""
    last = card.history[-1].action
    if last == done and done in _CONFIRMED_ACTIONS:
        return done
    withdrawn = any(copy.is_own and copy.state is CopyState.WITHDRAWN for copy in card.copies)
    if (
        (done == _REPLACED and card.replaces)
        or (done == WITHDRAWN and withdrawn)
        or (done == PROPOSED and card.ending)
    ):
        return done
    return None
