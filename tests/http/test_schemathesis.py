"""Schemathesis sends what the description permits, and what it does not: nothing falls over."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from certsvc.demonstration.district import APPROVAL_BUREAU, PASSWORD
from certsvc.foundation.clock import FixedClock
from certsvc.people.clients.service import NewClient, add_client, give_token
from tests.integration.test_clients import BOTH, OPERATOR
from tests.support.world import NOW, World, make_world

CALLERS = ("nobody", "clerk.wang", "handler.li", "seal.zhao", "client")
_EXAMPLES = 5
"""For each operation, caller and kind of data."""


@pytest.fixture(scope="module")
def shared_world(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    home = tmp_path_factory.mktemp("schemathesis") / "home"
    shutil.copytree(sqlite_template, home)
    world = make_world(home, "", FixedClock(NOW))
    yield world
    world.services.close()


@pytest.fixture(scope="module")
def tokens(shared_world: World) -> dict[str, str]:
    database, now = shared_world.services.database, shared_world.clock.now()
    new = NewClient(id="portal", title="甲", unit_code=APPROVAL_BUREAU, scopes=BOTH)
    with database.transaction() as session:
        secret = add_client(session, new, actor=OPERATOR, now=now)
    system = give_token(database, client_id="portal", secret=secret, scope=None, now=now)
    people = CALLERS[1:-1]
    return {name: shared_world.log_in(name, PASSWORD) for name in people} | {"client": system.token}


@pytest.fixture(scope="module")
def interface(shared_world: World) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(shared_world.services))


_PATIENCE_S = 120
"""Issuing takes a second, and much longer on a machine that is busy with other tests."""
_CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("mode", GenerationMode)
def test_nothing_falls_over(
    interface: schemathesis.BaseSchema,
    tokens: dict[str, str],
    caller: str,
    mode: GenerationMode,
) -> None:
    headers = {"Authorization": f"Bearer {tokens[caller]}"} if caller in tokens else {}
    asked = []
    for found in interface.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=_EXAMPLES,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case) -> None:
            response = case.call(headers=headers, timeout=_PATIENCE_S)
            case.validate_response(response, checks=_CHECKS)

        try:
            ask()
        except Unsatisfiable:  # nothing wrong can be sent to an operation that takes nothing
            continue
        asked.append(operation.label)
    assert len(asked) > 8, asked
