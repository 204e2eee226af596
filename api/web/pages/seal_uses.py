"""The log of a seal's uses: searched by period, operator, unit and copy, and exported.

- The search stands in the address, so that it can be sent to a colleague; names and numbers of
  holders are not in the log, and so in no address.
- Taking the table along is a form: it writes an entry into the log, and no link causes it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.shared.sentences import sentence
from api.web.forms.fields import choice, day, line, tick
from api.web.forms.form import Form, Sent, answer
from api.web.forms.views import Option, form_view
from api.web.lists.listing import Column, Fetch, Listing, pages_of, table_response
from api.web.lists.views import list_page
from api.web.pages.seals import ADDRESS
from api.web.visits import PageVisit, Visit
from certsvc.foundation.clock import in_china
from certsvc.foundation.db.lists import begin_of_day
from certsvc.people.clients.names import names_of_actors
from certsvc.people.rights.rules import Permission
from certsvc.sealing.register.views import get_readable_seal
from certsvc.sealing.uses.use_tables import COLUMNS, OUTCOMES, uses_as_lines
from certsvc.sealing.uses.uses import (
    ListedUse,
    UseSearch,
    are_outside_hours,
    count_uses,
    find_uses,
    find_uses_outside_hours,
    page_uses,
    record_export,
    units_with_uses,
)

router = APIRouter()
_FIRST_PERIOD = timedelta(days=30)
_MOST_LISTED = 10_000
"""Uses a search looks through; the command exports more."""
_STAFF = "staff:"
USES = Listing[ListedUse](
    name="uses",
    columns=(
        Column(
            name="at",
            label="cli.seals.use.at",
            text=lambda use, _: f"{in_china(use.at):%Y-%m-%d %H:%M:%S}",
        ),
    ),
    empty="page.uses.empty",
    per_page=50,
    sorts=(("at", "cli.seals.use.at"), ("unit", "field.extracting-unit")),
)


class UseSearchForm(Form):
    """What of the log is wanted."""

    since: Annotated[date | None, day("word.field.since", hint="page.uses.since.hint")] = None
    until: Annotated[date | None, day("word.field.until", hint="page.uses.until.hint")] = None
    operator: Annotated[str | None, line("page.uses.operator", longest=80)] = None
    unit: Annotated[str | None, choice("field.extracting-unit")] = None
    copy_number: Annotated[str | None, line("field.copy-number", longest=40, sent_as="copy")] = None
    outside: Annotated[bool, tick("page.uses.outside.only")] = False


_NAMES = ("since", "until", "operator", "unit", "copy", "outside")


@dataclass(frozen=True, kw_only=True)
class _Found:
    fetch: Fetch[ListedUse]
    count: int


@router.get(f"{ADDRESS}/{{seal}}/uses")
def show_uses(
    seal: str,
    visit: PageVisit,
    sent: Annotated[Sent[UseSearchForm], Depends(UseSearchForm.read_query)],
) -> Response:
    """Search the log of a seal's uses; at first the last thirty days."""
    visit.require_staff(Permission.READ_SEALS)
    if any(name in sent.raw.texts for name in _NAMES):
        return _show(visit, seal, sent.values, sent)
    today = in_china(visit.now).date()
    return _show(visit, seal, UseSearchForm(since=today - _FIRST_PERIOD), None)


@router.post(f"{ADDRESS}/{{seal}}/uses.{{kind}}")
def download_uses(
    seal: str,
    kind: Literal["csv", "xlsx"],
    visit: PageVisit,
    sent: Annotated[Sent[UseSearchForm], Depends(UseSearchForm.read)],
) -> Response:
    """Export what a search found as a table; the export is logged."""
    visit.require_staff(Permission.READ_SEALS)

    def do(form: UseSearchForm) -> Response:
        with visit.transaction() as session:
            get_readable_seal(session, seal, actor=visit.actor)
            uses = _all_of(visit, session, seal, form)
            search = UseSearch(seal_id=seal)
            record_export(session, search, uses, actor=visit.actor, now=visit.now)
        lines = uses_as_lines(
            uses,
            titles={each: sentence(f"cli.seals.use.{each}", visit.language) for each in COLUMNS},
            outcomes={
                each: sentence(f"cli.seals.outcome.{each}", visit.language) for each in OUTCOMES
            },
        )
        return table_response(f"uses-{seal}", kind, lines)

    return answer(visit, sent, do=do, show=lambda sent: _show(visit, seal, sent.values, sent))


def _show(
    visit: Visit, seal: str, form: UseSearchForm | None, sent: Sent[UseSearchForm] | None
) -> Response:
    with visit.reading() as session:
        known = get_readable_seal(session, seal, actor=visit.actor)
        units = units_with_uses(session, seal)
        found = _find(visit, session, seal, form)
        listed = list_page(
            visit,
            USES,
            found.fetch,
            keep=_start_of_form(form) if form is not None else {},
            exports=False,
            action=f"{ADDRESS}/{seal}/uses",
            count=found.count,
        )
        outside = are_outside_hours(session, listed.rows, actor=visit.actor)
        names = names_of_actors(session, [use.operator for use in listed.rows])
    address = f"{ADDRESS}/{seal}/uses"
    fields = _start_of_form(form) if form is not None else {}
    return visit.show(
        "seal_uses.html",
        status=sent.status if sent else 200,
        seal=known,
        form=form_view(
            visit,
            UseSearchForm,
            address,
            sent=sent,
            start=fields,
            options={"unit": [Option(value=code, label=name) for code, name in units]},
        ),
        fields=fields,
        uses=listed,
        count=found.count,
        is_cut=found.count > _MOST_LISTED,
        outside=outside,
        most=_MOST_LISTED,
        names=names,
    )


def _start_of_form(form: UseSearchForm) -> dict[str, str]:
    values: dict[str, Any] = form.model_dump(exclude={"key"}) | {"copy": form.copy_number}
    del values["copy_number"]
    texts = values | {"outside": "1" if form.outside else ""}
    return {name: "" if value is None else str(value) for name, value in texts.items()}


def _search_of(seal: str, form: UseSearchForm) -> UseSearch:
    operator = form.operator
    if operator and ":" not in operator:
        operator = _STAFF + operator.lower()
    return UseSearch(
        seal_id=seal,
        since_at=begin_of_day(form.since) if form.since else None,
        until_at=begin_of_day(form.until + timedelta(days=1)) if form.until else None,
        operator=operator,
        unit_code=form.unit,
        copy_number=form.copy_number.upper() if form.copy_number else None,
    )


def _find(visit: Visit, session: Session, seal: str, form: UseSearchForm | None) -> _Found:
    """Return how the uses are fetched; hours are no condition of SQL, so those are read whole."""
    if form is None:
        return _Found(fetch=pages_of([]), count=0)
    search = _search_of(seal, form)
    if form.outside:
        uses = find_uses_outside_hours(session, search, actor=visit.actor)
        return _Found(fetch=pages_of(uses), count=len(uses))
    return _Found(
        fetch=lambda page: page_uses(session, search, page=page, actor=visit.actor),
        count=count_uses(session, search, actor=visit.actor),
    )


def _all_of(visit: Visit, session: Session, seal: str, form: UseSearchForm) -> list[ListedUse]:
    search = _search_of(seal, form)
    if form.outside:
        return find_uses_outside_hours(session, search, actor=visit.actor)
    return find_uses(session, search, actor=visit.actor, most=_MOST_LISTED)
