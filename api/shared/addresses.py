"""The address of a request, for links: put together from its route, never copied from the request.

A request for `//elsewhere.example/x` is ours as well, but a link with that path would lead there.
"""

from urllib.parse import quote

from starlette.requests import Request

_START = "/"


def address_of(request: Request) -> str:
    """Return the path of the route that answers, its places filled in; the start if none does."""
    route = request.scope.get("route")
    pattern: str | None = getattr(route, "path_format", None)
    if pattern is None:
        return _START
    places = {name: quote(str(value), safe="") for name, value in request.path_params.items()}
    return pattern.format(**places)
