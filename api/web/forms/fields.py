"""The kinds of fields: what a person sees, and what the program gets, declared in one place.

A form is a pydantic model whose fields are annotated with one of these::

    class NoteForm(Form):
        title: Annotated[str, line("notes.title", longest=80)]
        due_on: Annotated[date | None, day("notes.due", hint="notes.due.hint")] = None

Labels and hints are codes of the catalogue. A field without a default has to be filled in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from api.shared.sentences import KNOWN_ERRORS
from certsvc.foundation.clock import CHINA_TIME

KNOWN = "certsvc"
"""Type of a fault that one of our own errors tells."""
_EARLIEST, _LATEST = 1800, 9000
Check = Callable[[Any], object]
"""Raises one of our own errors if a value is wrong; what it returns is not looked at."""


class Widget(StrEnum):
    """What a person sees."""

    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    RADIO = "radio"
    TICKS = "ticks"
    TICK = "tick"
    DAY = "date"
    MOMENT = "datetime-local"
    FILE = "file"
    HIDDEN = "hidden"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """How a field is shown, and what is checked of it beyond its type."""

    widget: Widget
    """What a person sees."""
    label: str = ""
    """Code of its name; empty for what is hidden."""
    hint: str = ""
    """Code of what is said below it."""
    hint_params: Mapping[str, str | int] = field(default_factory=dict)
    """What the hint names."""
    longest: int | None = None
    """Characters at most."""
    rows: int = 3
    """Lines of a large field."""
    mode: str = "text"
    """Keyboard of a phone: `text`, `numeric` or `decimal`."""
    mono: bool = False
    """Whether its letters are all of one width."""
    accept: str = ""
    """Kinds of files that a browser offers."""
    asked: bool = False
    """Whether a browser asks for it although the service knows better when it is needed."""
    word: str = ""
    """Beginning of the codes of the words of an enumeration's values."""
    among: frozenset[str] | None = None
    """The only texts that may be chosen, if they are known beforehand."""
    sent_as: str = ""
    """As the form sends it, where that cannot be the name of a model's field."""
    check: Check | None = None
    """What the service itself says of a value."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Add to the type what is checked of it."""
        schema = handler(source)
        if self.longest is not None:
            schema = core_schema.no_info_before_validator_function(self._measured, schema)
        if self.widget in {Widget.DAY, Widget.MOMENT}:
            schema = core_schema.no_info_after_validator_function(_of_our_age, schema)
        if self.widget is Widget.MOMENT:
            schema = core_schema.no_info_after_validator_function(_in_china, schema)
        if self.among is not None:
            schema = core_schema.no_info_after_validator_function(self._one_of, schema)
        if self.check is not None:
            schema = core_schema.no_info_after_validator_function(self._checked, schema)
        return schema

    def _measured(self, value: object) -> object:
        if isinstance(value, str) and self.longest is not None and len(value) > self.longest:
            raise PydanticCustomError("string_too_long", "too long", {"max_length": self.longest})
        return value

    def _one_of(self, value: object) -> object:
        if self.among is not None and value not in self.among:
            raise PydanticCustomError("enum", "not among them")
        return value

    def _checked(self, value: object) -> object:
        try:
            if self.check is not None:
                self.check(value)
        except KNOWN_ERRORS as error:
            raise PydanticCustomError(KNOWN, "refused", {"error": error}) from error
        return value


def _of_our_age(value: date | None) -> date | None:
    """Refuse days so far off that no instant of theirs can be stored."""
    if value is not None and not _EARLIEST <= value.year <= _LATEST:
        raise PydanticCustomError("date_parsing", "too far off")
    return value


def _in_china(value: datetime | None) -> datetime | None:
    """Take what a browser's own field sends, which has no offset, for China Standard Time."""
    if value is None or value.tzinfo is not None:
        return value
    return value.replace(tzinfo=CHINA_TIME)


def line(label: str, *, longest: int = 100, **look: Any) -> Entry:  # noqa: ANN401  of Entry
    """One line."""
    return Entry(widget=Widget.LINE, label=label, longest=longest, **look)


def text(label: str, *, longest: int = 2000, **look: Any) -> Entry:  # noqa: ANN401  of Entry
    """Several lines."""
    return Entry(widget=Widget.TEXT, label=label, longest=longest, **look)


def choice(label: str, **look: Any) -> Entry:  # noqa: ANN401  of Entry
    """One of a list that folds away."""
    return Entry(widget=Widget.CHOICE, label=label, **look)


def radio(label: str, **look: Any) -> Entry:  # noqa: ANN401  of Entry
    """One of a few that are all seen."""
    return Entry(widget=Widget.RADIO, label=label, **look)


def ticks(label: str, **look: Any) -> Entry:  # noqa: ANN401  of Entry
    """Any number of a list."""
    return Entry(widget=Widget.TICKS, label=label, **look)


def tick(label: str, **look: Any) -> Entry:  # noqa: ANN401  of Entry
    """Yes or no."""
    return Entry(widget=Widget.TICK, label=label, **look)


def day(label: str, **look: Any) -> Entry:  # noqa: ANN401  of Entry
    """A day."""
    return Entry(widget=Widget.DAY, label=label, **look)


def moment(label: str, **look: Any) -> Entry:  # noqa: ANN401  of Entry
    """An instant of China Standard Time."""
    return Entry(widget=Widget.MOMENT, label=label, **look)


def file(label: str, *, accept: str = "", **look: Any) -> Entry:  # noqa: ANN401  of Entry
    """A file; it comes back with the page if the form is refused."""
    return Entry(widget=Widget.FILE, label=label, accept=accept, **look)


HIDDEN = Entry(widget=Widget.HIDDEN)
"""What the page itself filled in."""
