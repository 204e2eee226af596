"""A clerk at the desk, step by step as a browser goes: form, page, form, page."""

import re
from html import unescape
from urllib.parse import quote

from httpx2 import Response

from certsvc.demonstration.district import TALENT_MATTER
from tests.support.visitors import Visitor

USE = f"{TALENT_MATTER}|no-criminal-record"
Typed = dict[str, str | list[str]]


def desk_form(visitor: Visitor, **changes: str | list[str]) -> Typed:
    """What a clerk types and chooses for the resident whom everything is about."""
    typed: Typed = {
        "kind": "111",
        "holder": visitor.world.resident.identity_number,
        "use": USE,
        "purpose": "申领人才住房补贴",
    }
    return typed | changes


def follow(visitor: Visitor, answer: Response) -> Response:
    """Go where a form leads to."""
    assert answer.status_code == 303, answer.text
    return visitor.client.get(answer.headers["location"])


def look(visitor: Visitor, **changes: str | list[str]) -> Response:
    """Preview what was chosen."""
    form = desk_form(visitor, **changes)
    return follow(visitor, visitor.client.post("/desk/preview", data=form))


def find(visitor: Visitor, **changes: str | list[str]) -> Response:
    """Find a holder."""
    form = desk_form(visitor, **changes)
    return follow(visitor, visitor.client.post("/desk/holder", data=form))


def shown_fields(page: str) -> Typed:
    """What the form of a preview sends when its button is pressed."""
    fields: Typed = {
        name: unescape(value)
        for name, value in re.findall(r'type="hidden" name="(at|seen)" value="([^"]*)"', page)
    }
    boxes = re.findall(r'name="use" value="([^"]*)"( checked)?', page)
    hidden = re.findall(r'type="hidden" name="use" value="([^"]*)"', page)
    fields["use"] = hidden or [unescape(use) for use, checked in boxes if checked]
    fields["again"] = re.findall(r'name="again" value="([0-9A-Z]{20})"', page)
    return fields


def press(visitor: Visitor, page: str, **changes: str | list[str]) -> Response:
    """Press the button of a preview."""
    return visitor.client.post("/desk", data=shown_fields(page) | changes)


def issue_at_desk(visitor: Visitor, **changes: str | list[str]) -> Response:
    """Preview and issue; return the page that tells what was issued."""
    page = look(visitor, **changes)
    assert page.status_code == 200, page.text
    return follow(visitor, press(visitor, page.text))


def numbers_of(page: str) -> list[str]:
    """The copies that a page says were issued."""
    return re.findall(r'id="copy-([0-9A-Z]{20})"', page)


def address_of_step(step: str) -> str:
    """Address of a preview."""
    return f"/desk/preview?at={quote(step)}"
