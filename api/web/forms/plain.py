"""Buttons: forms whose fields nobody fills in, and the few that take what a machine wrote."""

from typing import Annotated

from fastapi import Depends, Request

from api.shared.errors import BodyMalformedError
from api.web.forms.origin import OwnOrigin
from api.web.forms.raw import KEPT, read_raw

_URLENCODED = "application/x-www-form-urlencoded"


async def form_fields(request: Request, _: OwnOrigin) -> dict[str, str]:
    """Read the texts of a form; a file among them is left out.

    Raises:
        ForeignOriginError: the form is not from our own pages.
        MediaTypeUnsupportedError: the body is no form.
        BodyMalformedError: the form cannot be read, or is one that was kept to be shown again.
    """
    raw = await read_raw(request)
    if KEPT in raw.texts and request.url.path != "/log-in":
        raise BodyMalformedError
    return {name: raw.one(name) for name in raw.texts}


FormFields = Annotated[dict[str, str], Depends(form_fields)]
