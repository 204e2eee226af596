"""Adding an area: the smallest complete one is built, run, measured, and what the guide shows."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook
from typer.main import get_command

from api.app import create_app
from api.cli.console import Console
from certsvc.demonstration.district import PASSWORD
from certsvc.foundation.clock import SystemClock
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.accounts.service import LOG_IN_LIFETIME, log_in
from tests.support.small_area import commands, pages, routes
from tests.support.small_area.service import SmallBase
from tests.support.visitors import ORIGIN, Visitor
from tests.support.world import World

ROOT = Path(__file__).parents[2]
AREA = ROOT / "tests" / "support" / "small_area"
RECORDS_BEFORE = 717
"""Lines of the command, the interface and the page of records before the toolkits."""


@pytest.fixture
def visitor(sqlite_world: World) -> Iterator[Visitor]:
    visitor = Visitor(sqlite_world)
    app = create_app(sqlite_world.services)
    app.include_router(pages.router, include_in_schema=False)
    app.include_router(routes.router)
    visitor.client = TestClient(app, follow_redirects=False)
    visitor.client.headers["Origin"] = ORIGIN
    with sqlite_world.services.database.transaction() as session:
        SmallBase.metadata.create_all(session.connection())
    yield visitor
    visitor.client.close()


def test_a_list_a_form_and_a_card(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    empty = visitor.client.get("/notes")
    assert (empty.status_code, 'role="status"' in empty.text) == (200, True)
    wrong = visitor.client.post("/notes", data={"title": "", "due_on": "soon"})
    assert wrong.status_code == 422
    assert re.findall(r'id="(\w+)-problem"', wrong.text) == ["title", "due_on"]
    assert 'value="soon"' in wrong.text
    written = visitor.client.post("/notes", data={"title": "<甲>", "due_on": "2026-12-01"})
    assert (written.status_code, written.headers["location"]) == (303, "/notes/1")
    assert "&lt;甲&gt;" in visitor.client.get("/notes/1").text
    taken = visitor.client.post("/notes", data={"title": "<甲>"})
    assert 'id="title-problem"' in taken.text, "what the service says stands beside its field"
    for number in ("2", "x", "-1", "9" * 50):
        assert visitor.client.get(f"/notes/{number}").status_code == 404
    visitor.enter("seal.zhao")
    assert visitor.client.get("/notes").status_code == 403


def test_the_list_is_searched_sorted_cut_into_pages_and_exported(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    for number in range(25):
        visitor.client.post("/notes", data={"title": f"=note-{number:02}"})
    first = visitor.client.get("/notes")
    assert first.text.count('<tr role="row">') == 21, "the titles and a page"
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following
    assert visitor.client.get(following[1]).text.count('<tr role="row">') == 6
    found = visitor.client.get("/notes", params={"q": "NOTE-1", "sort": "-title"})
    assert re.findall(r"note-(\d\d)</a>", found.text)[0] == "19"
    assert "note-20" not in found.text
    nothing = visitor.client.get("/notes", params={"q": "nobody"})
    assert 'href="/notes">' in nothing.text, "the search can be cleared"
    table = visitor.client.get("/notes", params={"q": "note-1", "export": "csv"})
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert (len(rows), rows[1][0]) == (11, "'=note-10"), "no spreadsheet computes it"
    book = visitor.client.get("/notes", params={"export": "xlsx"})
    cells = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0)
    assert cells.to_python()[1][0] == "=note-00"
    assert b"<f>" not in book.content
    assert visitor.client.get("/notes", params={"after": "x"}).status_code == 422


def test_a_form_outlives_the_log_in(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    typed = {"title": "乙"} | visitor.stamp("/notes")
    visitor.world.clock.advance(LOG_IN_LIFETIME)
    ended = visitor.client.post("/notes", data=typed)
    kept = re.search(r'name="kept" value="([^"]+)"', ended.text)
    assert kept
    form = {"name": "clerk.wang", "password": PASSWORD, "kept": kept[1]}
    back = visitor.client.post("/log-in", data=form)
    assert (back.status_code, 'value="乙"' in back.text) == (200, True)
    assert visitor.client.get("/notes/1").status_code == 404, "nothing was done yet"


def test_the_interface(visitor: Visitor) -> None:
    headers = visitor.clerk() | {"Idempotency-Key": "k"}
    for _ in range(2):
        answer = visitor.client.post("/api/v1/notes", json={"title": "丙"}, headers=headers)
        assert (answer.status_code, answer.json()) == (201, {"number": 1})
    refused = visitor.client.post(
        "/api/v1/notes", json={"title": "丙"}, headers=headers | {"Idempotency-Key": "l"}
    )
    assert refused.json()["code"] == "http.input-invalid"


def test_the_command(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services = visitor.world.services
    begun = log_in(
        services.database,
        secret=services.log_in_secret,
        name="clerk.wang",
        password=PASSWORD,
        now=SystemClock().now(),
    )
    monkeypatch.setenv("CERTSVC_HOME", str(visitor.world.home))
    monkeypatch.setenv("CERTSVC_MODE", "demonstration")
    monkeypatch.setenv("CERTSVC_TOKEN", begun.token)
    console = Console(language=Language.ZH)
    with console.calm_about_stand_ins():
        get_command(commands.app)(args=["丁"], obj=console, standalone_mode=False)
    assert json.loads(capsys.readouterr().out) == {"number": 1, "title": "丁"}


def test_it_costs_a_third_of_what_records_cost() -> None:
    delivery = [AREA / f"{name}.py" for name in ("pages", "routes", "commands")]
    lines = sum(len(path.read_text().splitlines()) for path in delivery)
    assert lines <= RECORDS_BEFORE / 3, lines


def test_the_guide_shows_what_is_run() -> None:
    guide = (ROOT / "docs" / "adding-an-area.md").read_text()
    sources = "\n".join(path.read_text() for path in AREA.glob("*.py"))
    blocks = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert len(blocks) >= 4
    for block in blocks:
        assert block in sources, block
    assert len(guide.splitlines()) <= 120
