"""A form that outlives the log-in it was sent under.

1. A form arrives, and its log-in has run out. It names the person it was shown to by a mark of the
   installation; without one, nothing is kept.
2. All of it, files too, comes back sealed with the page that asks to log in (`api.web.forms.kept`).
3. After the log-in it is sent to its own address again, which shows it and does nothing. Whoever
   logs in somewhere else, such as the identity platform, presses a button for that.
"""

from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import override

from api.shared.authentication import cookie_name
from api.web.forms.form import FORM_PURPOSE
from api.web.forms.kept import Keeper
from api.web.forms.origin import require_own_origin
from api.web.forms.raw import KEPT, STAMP, RawForm, read_raw
from certsvc.bootstrap import Services
from certsvc.foundation.errors import CertsvcError


async def keep_form(request: Request) -> str:
    """Return the form of a request as the log-in page holds it; empty if there is none to keep."""
    if request.method != "POST":
        return ""
    services: Services = request.app.state.services
    keeper, now = Keeper(services.log_in_secret), services.clock.now()
    try:
        require_own_origin(request)
        raw = await read_raw(request)
    except CertsvcError:
        return ""
    if KEPT in raw.texts:  # it was kept before, and nobody has logged in yet
        return raw.one(KEPT)
    person = keeper.person_of(raw.one(STAMP), now=now)
    if person is None:
        return ""
    packed = raw.pack(request.url.path)
    return keeper.keep(packed, person=person, purpose=FORM_PURPOSE, now=now)


def address_of_kept(text: str, *, person: str, services: Services) -> str | None:
    """Return where a kept form was sent to; None if it is over, or not this person's."""
    keeper, now = Keeper(services.log_in_secret), services.clock.now()
    packed = keeper.open(text, person=person, purpose=FORM_PURPOSE, now=now)
    return RawForm.unpack(packed)[0] if packed is not None else None


class ResumedForm(Response):
    """The answer of a kept form's own address, with the cookies of the log-in that resumes it."""

    def __init__(self, request: Request, *, address: str, kept: str, token: str) -> None:
        super().__init__()
        self._address = address
        self._body = urlencode({KEPT: kept}).encode()
        cookies = request.cookies | {cookie_name(request.app.state.services): token}
        self._cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the form there as the person who has just logged in (ASGI)."""
        set_cookies = [pair for pair in self.raw_headers if pair[0] == b"set-cookie"]

        async def read() -> Message:
            return {"type": "http.request", "body": self._body, "more_body": False}

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *set_cookies]}
            await send(message)

        await scope["app"].router(self._inner(scope), read, send_with_cookies)

    def _inner(self, scope: Scope) -> Scope:
        kept = {"scheme", "server", "client", "root_path", "http_version", "type", "asgi", "app"}
        kept |= {"fastapi_middleware_astack"}
        inner = {name: scope[name] for name in kept if name in scope} | {
            "method": "POST",
            "path": self._address,
            "raw_path": self._address.encode(),
            "query_string": b"",
            "headers": list(scope["headers"]),
            "state": dict(scope["state"]),
            "extensions": {},
            "starlette.exception_handlers": scope.get("starlette.exception_handlers", ({}, {})),
        }
        headers = MutableHeaders(scope=inner)
        headers["content-type"] = "application/x-www-form-urlencoded"
        headers["content-length"] = str(len(self._body))
        headers["cookie"] = self._cookie
        return inner
