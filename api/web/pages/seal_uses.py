"""The log of a seal's uses: searched on a page, or taken along as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse

from api.errors import InputInvalidError
from api.http.authentication import Caller
from api.http.parts import ServicesPart
from api.http.problems import status_of
from api.sentences import sentence, sentence_of
from api.web.forms import FormFields
from api.web.language import PageLanguage
from api.web.pages.seals import ADDRESS, require_custodian
from api.web.rendering import show_page
from certsvc.foundation.clock import CHINA_TIME, read_day
from certsvc.people.rights.rules import Actor
from certsvc.people.units.records import Unit
from certsvc.sealing.register.records import SealUse
from certsvc.sealing.register.views import get_readable_seal
from certsvc.sealing.uses.use_tables import COLUMNS, OUTCOMES, uses_as_csv
from certsvc.sealing.uses.uses import (
    ListedUse,
    UseSearch,
    find_uses,
    find_uses_outside_hours,
    record_export,
)

router = APIRouter()
_FIELDS = ("since", "until", "operator", "unit", "copy", "outside")
_FIRST_PERIOD = timedelta(days=30)
_MOST_LISTED = 10_000
"""Uses a search looks through; the command exports more."""
_ON_PAGE = 50
_STAFF = "staff:"


@dataclass(frozen=True, kw_only=True)
class _Found:
    uses: list[ListedUse]
    outside: frozenset[str]
    """Authorisations of uses outside the hours."""


@router.get(f"{ADDRESS}/{{seal}}/uses")
def show_uses(
    request: Request, seal: str, actor: Caller, services: ServicesPart, language: PageLanguage
) -> HTMLResponse:
    """Search the log of a seal's uses; at first the last thirty days."""
    require_custodian(actor)
    asked = request.query_params
    fields = {name: asked.get(name, "").strip() for name in _FIELDS}
    if not any(name in asked for name in _FIELDS):
        today = services.clock.now().astimezone(CHINA_TIME).date()
        fields["since"] = (today - _FIRST_PERIOD).isoformat()
    found, problem, status = _Found(uses=[], outside=frozenset()), None, 200
    with services.database.reading() as session:
        known = get_readable_seal(session, seal, actor=actor)
        units = _units_of(session, seal)
        try:
            found = _find(session, seal, fields, actor)
        except InputInvalidError as error:
            problem, status = sentence_of(error, language), status_of(error).value
    page, pages = _page_of(asked.get("page", ""), len(found.uses))
    return show_page(
        request,
        "seal_uses.html",
        status=status,
        seal=known,
        fields=fields,
        units=units,
        problem=problem,
        count=len(found.uses),
        is_cut=len(found.uses) == _MOST_LISTED,
        uses=found.uses[(page - 1) * _ON_PAGE : page * _ON_PAGE],
        outside=found.outside,
        page=page,
        pages=pages,
        query=urlencode(fields),
    )


@router.post(f"{ADDRESS}/{{seal}}/uses.csv")
def download_uses(
    seal: str, fields: FormFields, actor: Caller, services: ServicesPart, language: PageLanguage
) -> Response:
    """Give out what a search found as a table; that it was taken stands in the log."""
    require_custodian(actor)
    with services.database.transaction() as session:
        get_readable_seal(session, seal, actor=actor)
        uses = _find(session, seal, {name: fields.get(name, "") for name in _FIELDS}, actor).uses
        record_export(session, UseSearch(seal_id=seal), uses, actor=actor, now=services.clock.now())
    titles = {column: sentence(f"cli.seals.use.{column}", language) for column in COLUMNS}
    outcomes = {each: sentence(f"cli.seals.outcome.{each}", language) for each in OUTCOMES}
    return Response(
        uses_as_csv(uses, titles=titles, outcomes=outcomes),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="uses-{seal}.csv"'},
    )


def _find(session: Session, seal: str, fields: Mapping[str, str], actor: Actor) -> _Found:
    operator = fields["operator"]
    if operator and ":" not in operator:
        operator = _STAFF + operator.lower()
    search = UseSearch(
        seal_id=seal,
        since_at=_start_of(fields, "since"),
        until_at=_start_of(fields, "until", days=1),
        operator=operator or None,
        unit_code=fields["unit"] or None,
        copy_number=fields["copy"].upper() or None,
    )
    outside = find_uses_outside_hours(session, search, actor=actor)
    return _Found(
        uses=outside
        if fields["outside"]
        else find_uses(session, search, actor=actor, most=_MOST_LISTED),
        outside=frozenset(use.authorisation_id for use in outside),
    )


def _start_of(fields: Mapping[str, str], field: str, *, days: int = 0) -> datetime | None:
    if not fields[field]:
        return None
    try:
        day = read_day(fields[field]) + timedelta(days=days)
    except ValueError as error:
        raise InputInvalidError(field=field) from error
    return datetime.combine(day, time(), CHINA_TIME).astimezone(UTC)


def _units_of(session: Session, seal: str) -> list[tuple[str, str]]:
    """Return the units that had something sealed, for a choice."""
    used = select(SealUse.unit_code).where(SealUse.seal_id == seal)
    units = select(Unit.code, Unit.name).where(Unit.code.in_(used)).order_by(Unit.name)
    return [(code, name) for code, name in session.execute(units)]


def _page_of(asked: str, count: int) -> tuple[int, int]:
    pages = max(1, -(-count // _ON_PAGE))
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < len("10000") else 1
    return min(max(number, 1), pages), pages
