"""Notes: what is stored of them and what can be done; not counted, since it is no delivery."""

from datetime import date, datetime

from sqlalchemy import String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from certsvc.foundation.errors import InvalidInputError, NotFoundError
from certsvc.people.rights.rules import Actor, Permission, require


class NoteUnknownError(NotFoundError):
    """There is no such note."""

    code = "http.not-found"


class TitleTakenError(InvalidInputError):
    """A note with this title is there already. Params: `field`."""

    code = "http.input-invalid"


class SmallBase(DeclarativeBase):
    """Apart from the service's own tables: no migration makes this one."""


class Note(SmallBase):
    """A note of a unit."""

    __tablename__ = "small_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(18))
    title: Mapped[str] = mapped_column(String(80))
    due_on: Mapped[date | None]
    written_by: Mapped[str] = mapped_column(String(80))


def add_note(
    session: Session, *, title: str, due_on: date | None, actor: Actor, now: datetime
) -> Note:
    """Write a note for the actor's unit."""
    assert now.tzinfo, "an instant has an offset"
    if any(note.title == title for note in list_notes(session, actor=actor)):
        raise TitleTakenError(field="title")
    note = Note(unit_code=actor.unit_code or "-", title=title, due_on=due_on, written_by=actor.id)
    session.add(note)
    session.flush()
    return note


def list_notes(session: Session, *, actor: Actor) -> list[Note]:
    """Return the notes of the actor's unit."""
    require(actor, Permission.READ_RECORDS)
    mine = select(Note).where(Note.unit_code == (actor.unit_code or "-")).order_by(Note.id)
    return list(session.scalars(mine))


def get_note(session: Session, number: int, *, actor: Actor) -> Note:
    """Return a note of the actor's unit."""
    note = next((each for each in list_notes(session, actor=actor) if each.id == number), None)
    if note is None:
        raise NoteUnknownError
    return note
