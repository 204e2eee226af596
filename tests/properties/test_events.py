"""No event can hold personal data: every field of every class has a form that refuses it."""

import ast
from dataclasses import fields
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.foundation.codes.identity_number import identity_number_check_character
from certsvc.foundation.events.event import Event
from certsvc.foundation.events.forms import PersonalDataError, TextForm
from tests.architecture.tree import ROOT, files, name_of, parse

for _path in files("certsvc", suffix="events.py"):
    import_module(name_of(_path.with_suffix("")).replace("/", "."))

CLASSES = sorted(Event.kinds().values(), key=lambda each: each.kind)
_WAYS_TO_WRITE = ("{}", "holder:{}", "{} ", "号码{}", "({})")
_GOOD: dict[object, object] = {
    int: 1,
    bool: True,
    datetime: datetime(2026, 11, 21, tzinfo=UTC),
    date: date(2026, 11, 21),
}


def declared(kind: type[Event]) -> dict[str, Any]:
    """The forms of an event's fields."""
    hints = get_type_hints(kind, include_extras=True)
    return {each.name: hints[each.name] for each in fields(kind)}


def good(form: Any) -> object:  # noqa: ANN401  an annotation
    """A value that has a form."""
    if get_origin(form) is Annotated:
        return "0" * 64
    if get_origin(form) is frozenset:
        return frozenset({"records.read"})
    return good(get_args(form)[0]) if get_args(form) else _GOOD[form]


def texts(kind: type[Event]) -> list[str]:
    """The names of the fields that hold text."""
    return [name for name, form in declared(kind).items() if isinstance(good(form), str)]


def form_of(kind: type[Event], name: str) -> TextForm:
    """The form of a field that holds text, optional or not."""
    form = declared(kind)[name]
    while get_origin(form) is not Annotated:
        form = get_args(form)[0]
    found = get_args(form)[1]
    assert isinstance(found, TextForm)
    return found


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    """Identity numbers that cannot pass for the credit code of a unit."""
    born = draw(st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 1, 1)))
    area = draw(st.integers(210000, 469999))
    body = f"{area}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return body + identity_number_check_character(body)


phones = st.from_regex(r"(\+86)?1[3-9][0-9]{9}", fullmatch=True)
names = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4)


def test_there_are_events_of_every_wing() -> None:
    assert len(CLASSES) == len({each.kind for each in CLASSES}) > 45
    wings = {each.__module__.split(".")[1] for each in CLASSES}
    assert wings == {"foundation", "people", "catalogue", "sealing", "evidence", "certificates"}
    assert all(len(each.kind) <= 60 and each.__doc__ for each in CLASSES)


def test_every_kind_is_of_one_class() -> None:
    defined = [
        node.value.value
        for path in files("certsvc", suffix="events.py")
        for node in ast.walk(parse(ROOT / path))
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id == "kind"
        and isinstance(node.value, ast.Constant)
    ]
    assert sorted(defined) == sorted(each.kind for each in CLASSES)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda each: each.kind)
@given(number=identity_numbers(), phone=phones, name=names, way=st.sampled_from(_WAYS_TO_WRITE))
def test_no_field_takes_a_number_of_a_person(
    kind: type[Event], number: str, phone: str, name: str, way: str
) -> None:
    values = {each: good(form) for each, form in declared(kind).items()}
    kind(**values)  # type: ignore[arg-type]  # each has its form
    for each in texts(kind):
        refused = [way.format(number), way.format(number.lower())]
        if form_of(kind, each).pattern != r"[^\x00-\x1f\x7f]{1,80}":
            refused += [phone, name, way.format(name)]
        for value in refused:
            with pytest.raises(PersonalDataError):
                kind(**(values | {each: value}))  # type: ignore[arg-type]  # that is the test


@pytest.mark.parametrize("kind", CLASSES, ids=lambda each: each.kind)
def test_the_details_are_the_fields(kind: type[Event]) -> None:
    event = kind(**{each: good(form) for each, form in declared(kind).items()})  # type: ignore[arg-type]  # each has its form
    assert {*event.details, "subject"} == {each.name for each in fields(kind)}
