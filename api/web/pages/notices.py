"""A person's notices: the list, marking them as read, where else to be told; and what was sent."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.shared.numbers import read_number
from api.shared.views.notice_labels import kind_label
from api.web.areas import show_area
from api.web.forms.fields import choice, line
from api.web.forms.form import Form, Sent, answer
from api.web.forms.origin import OwnOrigin
from api.web.forms.views import form_view
from api.web.lists.listing import Column, Listing, pages_of
from api.web.lists.views import narrowed, short_list, wanted_export
from api.web.rendering import shown_instant
from api.web.visits import PageVisit, Visit
from certsvc.foundation.messages.catalogue import Language, load_catalogue
from certsvc.foundation.notifications.outbox import list_deliveries
from certsvc.foundation.notifications.records import Delivery
from certsvc.people.notices.records import Notice
from certsvc.people.notices.service import (
    LONGEST_MAIL,
    NoticeUnknownError,
    address_of,
    check_mail_address,
    check_phone,
    get_notice,
    list_notices,
    mark_read,
    set_address,
)
from certsvc.people.rights.rules import Permission

router = APIRouter()
ADDRESS = "/notices"


def _state(notice: Notice, visit: Visit) -> str:
    state = "unread" if notice.read_at is None else "read"
    return load_catalogue().text(f"page.notices.state.{state}", visit.language)


_OWN = Listing[Notice](
    name="notices",
    columns=(
        Column(
            name="text",
            label="page.notices.text",
            text=lambda notice, visit: kind_label(notice.kind, visit.language),
            address=lambda notice: f"{ADDRESS}/{notice.id}",
        ),
        Column(
            name="subject",
            label="page.notices.subject",
            text=lambda notice, _: notice.subject,
            is_mono=True,
        ),
        Column(
            name="at",
            label="page.notices.at",
            text=lambda notice, _: shown_instant(notice.created_at),
        ),
        Column(name="state", label="page.notices.state", text=_state, is_filter=True),
    ),
    empty="page.notices.none",
)
_SENT = Listing[Delivery](
    name="deliveries",
    columns=(
        Column(name="number", label="page.deliveries.number", text=lambda each, _: str(each.id)),
        Column(
            name="channel",
            label="page.deliveries.channel",
            text=lambda each, visit: load_catalogue().text(
                f"word.channel.{each.channel}", visit.language
            ),
            is_filter=True,
        ),
        Column(
            name="state",
            label="page.notices.state",
            text=lambda each, visit: load_catalogue().text(
                f"word.delivery_state.{each.state}", visit.language
            ),
            is_filter=True,
        ),
        Column(name="failed", label="page.deliveries.failed", text=lambda e, _: str(e.attempts)),
        Column(
            name="reason",
            label="page.deliveries.reason",
            text=lambda each, _: " ".join(
                str(part) for part in (each.last_reason, each.last_status) if part is not None
            ),
            is_mono=True,
        ),
        Column(
            name="at",
            label="page.deliveries.at",
            text=lambda each, _: shown_instant(each.tried_at or each.created_at),
        ),
    ),
    empty="page.deliveries.none",
)


class AddressForm(Form):
    """Where else to be told."""

    mail: Annotated[
        str, line("page.notices.mail", longest=LONGEST_MAIL, check=check_mail_address)
    ] = ""
    phone: Annotated[
        str, line("page.notices.phone", longest=20, mode="numeric", check=check_phone)
    ] = ""
    language: Annotated[Language, choice("page.notices.language", word="page.language")] = (
        Language.ZH
    )


@router.get(ADDRESS)
def show_notices(visit: PageVisit) -> Response:
    """Show the actor's notices, or the list as a table.

    Raises:
        StaffPageError: a holder asks.
    """
    visit.require_staff()
    return _show(visit)


@router.post(f"{ADDRESS}/read")
def mark_all(visit: PageVisit, _: OwnOrigin) -> Response:
    """Mark all as read."""
    visit.require_staff()
    with visit.transaction() as session:
        mark_read(session, actor=visit.actor, now=visit.now)
    return visit.lead_to(ADDRESS)


@router.post(f"{ADDRESS}/addresses")
def keep_addresses(
    visit: PageVisit, sent: Annotated[Sent[AddressForm], Depends(AddressForm.read)]
) -> Response:
    """Keep where else to be told; a refusal shows the form with all that was typed."""
    visit.require_staff()

    def do(form: AddressForm) -> str:
        with visit.transaction() as session:
            set_address(
                session,
                mail=form.mail,
                phone=form.phone,
                language=form.language,
                actor=visit.actor,
            )
        return ADDRESS

    return answer(visit, sent, do=do, show=lambda sent: _show(visit, sent))


@router.get(f"{ADDRESS}/deliveries")
def show_deliveries(visit: PageVisit) -> Response:
    """Show the last deliveries and their outcomes, for the operator of the service."""
    visit.require_staff(Permission.KEEP_JOBS)
    with visit.reading() as session:
        sent = list_deliveries(session)
    return show_area(
        visit,
        title="page.deliveries.title",
        back=(ADDRESS, "page.notices.title"),
        listing=_SENT,
        rows=sent,
    )


@router.get(f"{ADDRESS}/{{number}}")
def show_notice(number: str, visit: PageVisit) -> Response:
    """Show a notice and where it leads; looking does not mark it as read."""
    visit.require_staff()
    notice_id = read_number(number, NoticeUnknownError)
    with visit.reading() as session:
        notice = get_notice(session, notice_id, actor=visit.actor)
    words = kind_label(notice.kind, visit.language)
    return visit.show("notice.html", notice=notice, words=words)


@router.post(f"{ADDRESS}/{{number}}/read")
def mark_one(number: str, visit: PageVisit, _: OwnOrigin) -> Response:
    """Mark a notice as read, and lead to what it is about."""
    visit.require_staff()
    notice_id = read_number(number, NoticeUnknownError)
    with visit.transaction() as session:
        link = get_notice(session, notice_id, actor=visit.actor).link
        mark_read(session, actor=visit.actor, now=visit.now, only=notice_id)
    return visit.lead_to(link)


def _show(visit: Visit, sent: Sent[AddressForm] | None = None) -> Response:
    with visit.reading() as session:
        notices = list_notices(session, actor=visit.actor)
        kept = address_of(session, actor=visit.actor)
    kind = wanted_export(visit)
    if kind is not None:
        return _OWN.export(visit, kind, pages_of(narrowed(visit, _OWN, notices)))
    start = {"language": visit.language.value}
    if kept is not None:
        start = {"mail": kept.mail, "phone": kept.phone, "language": kept.language}
    return visit.show(
        "notices.html",
        status=sent.status if sent else 200,
        listed=short_list(visit, _OWN, notices),
        has_unread=any(notice.read_at is None for notice in notices),
        form=form_view(visit, AddressForm, f"{ADDRESS}/addresses", sent=sent, start=start),
    )
