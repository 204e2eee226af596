"""Refusing parameters that an address does not have, instead of ignoring them.

A body that no JSON claims to be is told apart from JSON that is broken.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError

from api.shared.errors import MediaTypeUnsupportedError

_MACHINES = ("/api/", "/oauth2/")


async def refuse_unknown_parameters(request: Request) -> None:
    """Let a request to the interface pass whose query names nothing unknown, and nothing twice.

    Raises:
        RequestValidationError: names every parameter that is.
    """
    if not request.url.path.startswith(_MACHINES) or not request.query_params:
        return
    known = dict(_names_of(request.scope["route"].dependant))
    sent = Counter(name for name, _ in request.query_params.multi_items())
    faults = [_fault("unknown_parameter", name) for name in sent if name not in known]
    faults += [
        _fault("repeated_parameter", name)
        for name in sent
        if sent[name] > 1 and not known.get(name, False)
    ]
    if faults:
        raise RequestValidationError(faults)


async def require_json(request: Request) -> None:
    """Let a request to the interface pass whose body says that it is what the address takes.

    Raises:
        MediaTypeUnsupportedError: the address takes JSON, and the body says that it is none.
    """
    if not request.url.path.startswith("/api/") or request.scope["route"].body_field is None:
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    is_empty = request.headers.get("content-length", "0") == "0" and not kind
    if not is_json and not is_empty:
        raise MediaTypeUnsupportedError


def _names_of(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Yield the names that are known, and whether each may come several times."""
    for field in dependant.query_params:
        yield field.alias, get_origin(field.field_info.annotation) is list
    for inner in dependant.dependencies:
        yield from _names_of(inner)


def _fault(kind: str, name: str) -> dict[str, Any]:
    return {"type": kind, "loc": ("query", name), "msg": "", "input": None}
