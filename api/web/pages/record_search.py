"""Finding a record: by a number on the paper, or by its holder.

- What is searched for travels in forms alone; an address has no holder's number in it.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.web.forms.fields import choice, line
from api.web.forms.form import Form, Sent, answer
from api.web.forms.views import form_view
from api.web.lists.listing import Column, Listing, pages_of
from api.web.lists.views import list_page
from api.web.pages.record_acts import ADDRESS
from api.web.visits import PageVisit, Visit
from certsvc.certificates.extraction.record_search import (
    FoundRecords,
    RecordLine,
    search_records,
)
from certsvc.certificates.records.waiting import list_waiting
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.foundation.messages.names import name_in
from certsvc.people.rights.rules import Permission, may

router = APIRouter()


def _type(record: RecordLine, visit: Visit) -> str:
    return name_in(visit.language, record.type_name, record.type_name_en)


FOUND = Listing[RecordLine](
    name="records",
    columns=(Column(name="type", label="field.type", text=_type),),
    empty="page.records.none",
    per_page=200,
)


class SearchForm(Form):
    """By a number on the paper, or by its holder."""

    paper: Annotated[
        str | None, line("page.records.paper", hint="page.records.paper.hint", longest=140)
    ] = None
    kind: Annotated[HolderCodeType, choice("page.desk.kind", word="word.holder_kind")] = (
        HolderCodeType.IDENTITY_NUMBER
    )
    holder: Annotated[
        str | None, line("page.records.holder", hint="page.records.hint", longest=40)
    ] = None


@router.get(ADDRESS)
def show_search(visit: PageVisit) -> Response:
    """Show the two forms."""
    visit.require_staff(Permission.READ_RECORDS)
    return _show(visit)


@router.post(ADDRESS)
def search(
    visit: PageVisit, sent: Annotated[Sent[SearchForm], Depends(SearchForm.read)]
) -> Response:
    """Show what was found; a refusal shows the forms with what was typed."""
    visit.require_staff(Permission.READ_RECORDS)

    def do(form: SearchForm) -> Response:
        with visit.transaction() as session:
            found = search_records(
                session,
                paper=form.paper or "",
                holder=HolderCode(value=form.holder, kind=form.kind) if form.holder else None,
                holder_key=visit.services.holder_key,
                actor=visit.actor,
                now=visit.now,
            )
        return _show(visit, sent, found)

    return answer(visit, sent, do=do, show=lambda sent: _show(visit, sent))


def _show(
    visit: Visit, sent: Sent[SearchForm] | None = None, found: FoundRecords | None = None
) -> Response:
    records = list(found.records) if found else []
    is_handler = may(visit.actor, Permission.CHANGE_RECORD)
    with visit.reading() as session:
        waiting = list_waiting(session, actor=visit.actor, now=visit.now) if is_handler else []
    return visit.show(
        "records.html",
        status=sent.status if sent else 200,
        form=form_view(
            visit, SearchForm, ADDRESS, sent=sent, start={"kind": HolderCodeType.IDENTITY_NUMBER}
        ),
        is_handler=is_handler,
        waiting=waiting,
        found=list_page(visit, FOUND, pages_of(records), exports=False) if found else None,
        are_more=found.are_more if found else False,
    )
