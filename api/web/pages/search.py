"""The search of the shell: over everything that somebody of the staff may see.

- What is typed may be a holder's number: it travels in a form, and from there in an address that
  only this installation can read, for this person and two hours.
- A single thing that was found opens at once.
"""

from fastapi import APIRouter
from starlette.responses import Response

from api.web.finding import LONGEST, Findings, find_everything
from api.web.forms.form import keeper_of
from api.web.forms.plain import FormFields
from api.web.visits import PageVisit, Visit
from certsvc.people.rights.rules import Permission, may

router = APIRouter()
ADDRESS = "/search"
_PURPOSE = "search"
_NOTHING = Findings(found=[])


@router.post(ADDRESS)
def search(visit: PageVisit, fields: FormFields) -> Response:
    """Open what was found, if it is one thing; else lead to the list of it."""
    visit.require_staff()
    typed = fields.get("number", "").strip()[:LONGEST]
    if not typed:
        return visit.lead_to(ADDRESS)
    found = find_everything(visit, typed).found
    if len(found) == 1:
        return visit.lead_to(found[0].address)
    kept = keeper_of(visit).keep(
        typed.encode(errors="replace"), person=visit.actor.id, purpose=_PURPOSE, now=visit.now
    )
    return visit.lead_to(f"{ADDRESS}?found={kept}")


@router.get(ADDRESS)
def show_found(visit: PageVisit, found: str = "") -> Response:
    """Show what was found.

    Raises:
        StaffPageError: a holder asks.
    """
    visit.require_staff()
    typed = _typed(visit, found)
    return visit.show(
        "search.html",
        typed=typed,
        findings=find_everything(visit, typed) if typed else _NOTHING,
        may_read_records=may(visit.actor, Permission.READ_RECORDS),
    )


def _typed(visit: Visit, found: str) -> str:
    kept = keeper_of(visit).open(found, person=visit.actor.id, purpose=_PURPOSE, now=visit.now)
    return kept.decode() if kept else ""
