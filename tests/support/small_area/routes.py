"""The interface of notes."""

from datetime import date

from fastapi import APIRouter, status
from pydantic import BaseModel

from api.shared.problems import problems
from api.shared.repetitions import Repeatable
from api.shared.requests import InterfaceCall
from tests.support.small_area.service import add_note

router = APIRouter(prefix="/api/v1/notes", tags=["notes"])


class NewNote(BaseModel):
    """What to note."""

    title: str
    due_on: date | None = None


class NoteAnswer(BaseModel):
    """A note that was written."""

    number: int


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(400, 401, 403, 409, 422))
def create_note(note: NewNote, call: InterfaceCall, once: Repeatable) -> NoteAnswer:
    """Write a note, once for each idempotency key."""
    return once.create(
        note,
        NoteAnswer,
        lambda session: NoteAnswer(
            number=add_note(
                session, title=note.title, due_on=note.due_on, actor=call.actor, now=call.now
            ).id
        ),
    )
