"""The pages of notes: a list that is searched and exported, a card, a form."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.shared.numbers import read_number
from api.web.areas import show_area
from api.web.forms.fields import day, line
from api.web.forms.form import Form, Sent, answer
from api.web.forms.views import form_view
from api.web.lists.listing import Column, Listing
from api.web.visits import PageVisit, Visit
from certsvc.people.rights.rules import Permission
from tests.support.small_area.service import Note, NoteUnknownError, add_note, get_note, list_notes

router = APIRouter()
NOTES = Listing[Note](
    name="notes",
    columns=(
        Column(
            name="title",
            label="field.matter",
            text=lambda note, _: note.title,
            address=lambda note: f"/notes/{note.id}",
        ),
        Column(
            name="due",
            label="field.valid-until",
            text=lambda note, _: note.due_on.isoformat() if note.due_on else "",
        ),
    ),
    empty="page.batches.empty",
)


class NoteForm(Form):
    """A new note."""

    title: Annotated[str, line("field.matter", longest=80)]
    due_on: Annotated[date | None, day("field.valid-until")] = None


@router.get("/notes")
def show_notes(visit: PageVisit) -> Response:
    """Show the list, and the form for another one."""
    visit.require_staff(Permission.READ_RECORDS)
    return _show(visit)


@router.post("/notes")
def add(visit: PageVisit, sent: Annotated[Sent[NoteForm], Depends(NoteForm.read)]) -> Response:
    """Write a note and show it; a refusal shows the form with all that was typed."""
    visit.require_staff(Permission.READ_RECORDS)

    def do(form: NoteForm) -> str:
        with visit.transaction() as session:
            title, due_on = form.title, form.due_on
            note = add_note(session, title=title, due_on=due_on, actor=visit.actor, now=visit.now)
            return f"/notes/{note.id}"

    return answer(visit, sent, do=do, show=lambda sent: _show(visit, sent))


@router.get("/notes/{number}")
def show_note(number: str, visit: PageVisit) -> Response:
    """Show the card of a note."""
    visit.require_staff(Permission.READ_RECORDS)
    with visit.reading() as session:
        note = get_note(session, read_number(number, NoteUnknownError), actor=visit.actor)
    facts = [("field.matter", note.title), ("field.valid-until", str(note.due_on or "—"))]
    return show_area(
        visit, title="field.purpose", facts=facts, back=("/notes", "page.batches.title")
    )


def _show(visit: Visit, sent: Sent[NoteForm] | None = None) -> Response:
    with visit.reading() as session:
        notes = list_notes(session, actor=visit.actor)
    form = form_view(visit, NoteForm, "/notes", sent=sent)
    return show_area(
        visit,
        title="page.batches.title",
        listing=NOTES,
        rows=notes,
        form=form,
        submit="page.batches.action",
        sent=sent,
    )
