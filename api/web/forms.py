"""Reading the text fields of a form that a page sent."""

from typing import Annotated

from fastapi import Depends, Request

from api.errors import BodyMalformedError, MediaTypeUnsupportedError
from api.web.origin import OwnOrigin

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20


async def form_fields(request: Request, _: OwnOrigin) -> dict[str, str]:
    """Read the fields; a file among them is left out.

    Raises:
        ForeignOriginError: the form is not from our own pages.
        MediaTypeUnsupportedError: the body is no form.
        BodyMalformedError: the form cannot be read.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise MediaTypeUnsupportedError
    try:
        async with request.form(max_fields=_MOST_FIELDS) as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    except (LookupError, ValueError) as error:
        raise BodyMalformedError from error


FormFields = Annotated[dict[str, str], Depends(form_fields)]
