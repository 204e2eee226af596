"""What was typed into a form about a seal before the log-in ran out.

- It travels with the log-in form as one hidden field, and is shown again in its own form, no more.
- Files do not travel: the page asks for an uploaded image again. A certificate is text, and stays.
- It comes back from the browser, so it is read as what anybody may have written.
"""

import json
import re

from fastapi import Request
from starlette.responses import HTMLResponse

from api.web.language import page_language
from api.web.pages import seal_amendments, seal_applications
from api.web.seal_forms import ScopeChoices, SealForm, seal_form
from certsvc.bootstrap import Services
from certsvc.foundation.errors import CertsvcError
from certsvc.people.rights.rules import Actor, Permission, may

NAME = "seal-form"
"""How what is kept is called among the things kept."""
_CHOICES = ("type_codes", "unit_codes")
_ADDRESS = re.compile(rf"{seal_applications.ADDRESS}|{seal_amendments.ADDRESS}/[a-z0-9-]{{1,40}}")
_NOT_KEPT = frozenset({"image_kept", "step"})
_LONGEST = 200_000
"""Characters; a long chain of certificates has 20,000."""


async def read_kept_seal_form(request: Request) -> str:
    """Return a form that was sent to one of the pages, as text; empty if there is none to keep.

    The caller has made sure that it comes from our own page.
    """
    if request.method != "POST" or not _ADDRESS.fullmatch(request.url.path):
        return ""
    try:
        form = await seal_form(request, None)
    except CertsvcError:
        return ""
    kept = {
        "address": request.url.path,
        "fields": {name: text for name, text in form.fields.items() if name not in _NOT_KEPT},
        "choices": {
            "type_codes": sorted(form.choices["type_codes"]),
            "unit_codes": sorted(form.choices["unit_codes"]),
        },
    }
    text = json.dumps(kept, ensure_ascii=False)
    return text if len(text) <= _LONGEST else ""


def show_kept_seal_form(
    request: Request, text: str, actor: Actor, services: Services
) -> HTMLResponse | None:
    """Show a form again with what was typed; None if there is none, or it is not for the actor."""
    found = _read_back(text)
    if found is None or not may(actor, Permission.PROPOSE_SEAL_CHANGE):
        return None
    address, form = found
    language = page_language(request)
    if address == seal_applications.ADDRESS:
        return seal_applications.show_kept(request, form, actor, services, language)
    seal = address.rpartition("/")[2]
    return seal_amendments.show_kept(request, seal, form, actor, services, language)


def _read_back(text: str) -> tuple[str, SealForm] | None:
    """Return the address and the form that a text holds; None if it holds none."""
    try:
        kept = json.loads(text[: _LONGEST + 1])
        address = str(kept["address"])
        fields = {str(name): str(value) for name, value in kept["fields"].items()}
        choices = {name: frozenset(map(str, kept["choices"][name])) for name in _CHOICES}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not _ADDRESS.fullmatch(address):
        return None
    return address, SealForm(
        fields=fields,
        is_kept=True,
        choices=ScopeChoices(type_codes=choices["type_codes"], unit_codes=choices["unit_codes"]),
    )
