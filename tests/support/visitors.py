"""Visitors of the HTTP interface and the pages: anybody, or somebody with a log-in."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.routing import BaseRoute

from api.app import create_app
from api.http.description import describe_interface
from api.shared.problems import PROBLEM_JSON
from certsvc.bootstrap import Services
from certsvc.demonstration.district import PASSWORD, TALENT_MATTER
from tests.support.operation_codes import described_app
from tests.support.world import World

ORIGIN = "http://testserver"
_ROUTES: dict[str, list[BaseRoute]] = {}


def make_app(services: Services) -> FastAPI:
    """Make the application of an installation, with routes that this process built before.

    FastAPI builds them at the first requests, for 0.1 to 0.3 s of processor time. They know nothing
    of the installation, and differ only between a demonstration and production.
    """
    app = create_app(services)
    app.router.routes = _ROUTES.setdefault(services.settings.mode, app.router.routes)
    return app


_OWN_CODES = ("/oauth2/", "/.well-known/")


@cache
def _described_codes() -> list[tuple[str, re.Pattern[str], set[str]]]:
    """Method, address and codes of every operation, as the interface describes them."""
    paths = describe_interface(described_app())["paths"]
    return [
        (
            method.upper(),
            re.compile(re.sub(r"\{\w+\}", "[^/]+", path)),
            {code for each in operation["responses"].values() for code in each.get("x-codes", [])},
        )
        for path, item in paths.items()
        for method, operation in item.items()
    ]


def require_described(answer: Response) -> None:
    """Let a problem pass that the description of its operation tells of."""
    path, method = answer.request.url.path, answer.request.method
    if answer.headers.get("content-type") != PROBLEM_JSON or path.startswith(_OWN_CODES):
        return
    if method == "HEAD":
        return
    answer.read()
    code = answer.json()["code"]
    for known_method, pattern, codes in _described_codes():
        if known_method == method and pattern.fullmatch(path):
            assert code in codes or code == "http.not-found", (method, path, code)
            return


class Visitor:
    """Somebody who talks to an application over HTTP."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = TestClient(make_app(world.services), follow_redirects=False)
        self.client.event_hooks["response"].append(require_described)
        self.client.headers["Origin"] = ORIGIN

    def bearer(self, name: str) -> dict[str, str]:
        """Log in at the interface and return the header that proves it."""
        answer = self.client.post("/api/v1/log-ins", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def clerk(self) -> dict[str, str]:
        """The clerk of the approval bureau."""
        return self.bearer("clerk.wang")

    def holder(self) -> dict[str, str]:
        """The resident whom everything is about."""
        return self.bearer(self.world.resident.identity_number)

    def request(self, **changes: object) -> dict[str, object]:
        """A request that is served, but for the changes."""
        return {
            "type": "no-criminal-record",
            "holder": self.world.resident.identity_number,
            "matter": TALENT_MATTER,
            "purpose": "申领人才住房补贴",
        } | changes

    def approve(self, address: str, **changes: str) -> Response:
        """Approve what a page shows, as its form does."""
        shown = re.search(r'name="shown" value="([0-9a-f]{64})"', self.client.get(address).text)
        form = {"decision": "approve", "read": "1", "reason": "已核对，同意"}
        given = {"shown": shown[1]} if shown else {}
        return self.client.post(address, data=form | given | changes)

    def stamp(self, address: str) -> dict[str, str]:
        """What a page's form says of whom it was shown to, as a browser sends it along."""
        shown = re.search(r'name="shown-to" value="([^"]+)"', self.client.get(address).text)
        assert shown, address
        return {"shown-to": shown[1]}

    def enter(self, name: str) -> None:
        """Log in with a browser; the cookie stays with the client."""
        answer = self.client.post("/log-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    """Somebody at the door of a demonstration installation."""
    visitor = Visitor(world)
    yield visitor
    visitor.client.close()
