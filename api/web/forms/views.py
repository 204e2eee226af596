"""A form as a template shows it: each field with its label, its hint, what was typed, its fault."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from api.shared.sentences import sentence
from api.web.forms.faults import Fault
from api.web.forms.fields import Entry, Widget
from api.web.forms.form import Form, Sent, keep_file, keeper_of
from api.web.forms.raw import RawForm
from api.web.visits import Visit

F = TypeVar("F", bound=Form)
Start = Mapping[str, object]
"""What fields hold before anybody types."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One of several that may be chosen."""

    value: str
    """As the form sends it."""
    label: str
    """As people read it."""
    hint: str = ""
    """What is said below it."""


@dataclass(frozen=True, kw_only=True)
class FieldView:
    """A field, ready to be shown."""

    name: str
    """As the form sends it."""
    id: str
    """As the page names it."""
    entry: Entry
    """How it is shown."""
    label: str
    """What people call it."""
    hint: str
    """What is said below it."""
    value: str
    """What was typed or chosen; the first of several."""
    values: frozenset[str]
    """All that was ticked."""
    options: Sequence[Option]
    """What may be chosen."""
    required: bool
    """Whether it has to be filled in."""
    fault: Fault | None
    """What is wrong with it."""
    kept: str = ""
    """A file that comes back with the page, sealed."""
    kept_name: str = ""
    """Its name."""

    @property
    def described_by(self) -> str:
        """Names of what describes it, for those who do not see it."""
        parts = [f"{self.id}-hint"] if self.hint else []
        return " ".join([*parts, f"{self.id}-problem"] if self.fault else parts)


@dataclass(frozen=True, kw_only=True)
class FormView:
    """A form, ready to be shown."""

    action: str
    """Where it is sent."""
    fields: Mapping[str, FieldView]
    """Its fields, in their order."""
    faults: Sequence[Fault] = ()
    """Everything that is wrong with it."""
    is_kept: bool = False
    """Whether it comes back after a log-in, and nothing was done yet."""
    is_multipart: bool = False
    """Whether it takes a file."""
    prefix: str = ""
    """Before the names of its fields on the page."""
    stamp: str = ""
    """Says to whom it was shown."""
    key: str = ""
    """Idempotency key: pressing the button twice does one thing."""

    def __getitem__(self, name: str) -> FieldView:
        """Return a field."""
        return self.fields[name]

    def id_of(self, name: str | None) -> str | None:
        """Return how the page names the field of a fault; None if a person does not see it."""
        field = self.fields.get(name or "")
        return field.id if field and field.entry.widget is not Widget.HIDDEN else None


def form_view(
    visit: Visit,
    kind: type[Form],
    action: str,
    *,
    sent: Sent[Any] | None = None,
    start: Start | None = None,
    options: Mapping[str, Iterable[Option]] | None = None,
    prefix: str = "",
) -> FormView:
    """Lay out a form.

    Args:
        visit: The request.
        kind: The form.
        action: Where it is sent.
        sent: What was sent, if it is this form that was.
        start: What its fields hold before anybody types; codes and instants as they are.
        options: What may be chosen, by field; the values of an enumeration if left out.
        prefix: Before the names of its fields on the page, where a page has several forms.
    """
    mine = sent if sent is not None and sent.kind is kind else None
    raw = mine.raw if mine else _raw_of(start or {})
    faults = {each.field: each for each in mine.faults} if mine else {}
    fields = {
        name: _field(
            visit,
            kind,
            name,
            raw,
            fault=faults.get(name),
            options=(options or {}).get(name),
            prefix=prefix,
        )
        for name in kind.model_fields
        if name != "once"
    }
    return FormView(
        action=action,
        fields=fields,
        faults=mine.faults if mine else (),
        is_kept=mine.is_kept if mine else False,
        is_multipart=any(each.entry.widget is Widget.FILE for each in fields.values()),
        prefix=prefix,
        key="" if "key" in fields else str(uuid.uuid4()),
        stamp=keeper_of(visit).stamp(visit.actor.id, now=visit.now) if visit.visitor else "",
    )


def _field(
    visit: Visit,
    kind: type[Form],
    name: str,
    raw: RawForm,
    *,
    fault: Fault | None,
    options: Iterable[Option] | None,
    prefix: str,
) -> FieldView:
    entry, info = kind.entries()[name], kind.model_fields[name]
    upload = raw.files.get(name)
    return FieldView(
        name=entry.sent_as or name,
        id=prefix + name,
        entry=entry,
        label=sentence(entry.label, visit.language) if entry.label else "",
        hint=sentence(entry.hint, visit.language, entry.hint_params) if entry.hint else "",
        value=raw.one(entry.sent_as or name),
        values=frozenset(raw.texts.get(name, ())),
        options=list(options if options is not None else _of_enumeration(visit, entry, info)),
        required=(info.is_required() or entry.asked) and entry.widget is not Widget.TICKS,
        fault=fault,
        kept=keep_file(visit, name, upload) if upload else "",
        kept_name=upload.name if upload else "",
    )


def _of_enumeration(visit: Visit, entry: Entry, info: Any) -> list[Option]:  # noqa: ANN401  of pydantic
    kind = info.annotation
    if not (entry.word and isinstance(kind, type) and issubclass(kind, Enum)):
        return []
    return [
        Option(value=str(each.value), label=sentence(f"{entry.word}.{each.value}", visit.language))
        for each in kind
    ]


def _raw_of(start: Start) -> RawForm:
    texts = {}
    for name, value in start.items():
        if isinstance(value, frozenset | set | list | tuple):
            texts[name] = tuple(str(each) for each in value)
        elif value is not None:
            texts[name] = ("1" if value is True else "" if value is False else str(value),)
    return RawForm(texts=texts)
