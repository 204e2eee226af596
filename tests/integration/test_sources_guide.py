"""docs/sources.md says what is so: its descriptions are read and asked as they stand."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certsvc.evidence.sources.answers import AnswerTaker
from certsvc.evidence.sources.configuration import read_sources
from certsvc.evidence.sources.errors import (
    HolderNotFoundError,
    SourceNonsenseError,
    SourceUnavailableError,
)
from certsvc.evidence.sources.mapping import Limits
from certsvc.evidence.sources.service import make_connector
from certsvc.evidence.sources.value_rules import ValueForm
from certsvc.foundation.codes.holder import HolderCode
from tests.support.department_service import department_service, replies

_GUIDE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
SQL, HTTP, FILE = re.findall(r"```toml\n(.*?)```", _GUIDE, re.DOTALL)
NUMBER = "990101199003070118"
Ask = Callable[[str], dict[str, Any]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Ask the source of a description that lies in a folder of the test's own."""

    def asked(description: str) -> dict[str, Any]:
        path = tmp_path / "sources.toml"
        path.write_text(description, encoding="utf-8")
        (source,) = read_sources(path)
        ((type_code, definition),) = source.types.items()
        connector, holder = make_connector(source), HolderCode(value=NUMBER)
        taker = AnswerTaker(source, fictional_areas=False)
        try:
            return taker.take(connector.fetch(type_code, holder), definition, holder).fields
        finally:
            connector.close()

    return asked


def test_the_database_of_the_guide(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "household.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (xm, sfzh, xb, csrq, xzqh)")
        connection.execute("CREATE TABLE members (sfzh, gx, ys)")
        person = ("青小禾", NUMBER, 1, "19900307", "370402")
        connection.execute("INSERT INTO people VALUES (?, ?, ?, ?, ?)", person)
        connection.execute("INSERT INTO members VALUES (?, '户主', 3)", (NUMBER,))
    connection.close()
    assert ask(SQL.replace("/srv/registry/household.db", str(path))) == {
        "name": "青小禾",
        "id_number": NUMBER,
        "sex": "男",
        "birth_on": "1990-03-07",
        "area": "370402",
        "members": [{"relation": "户主", "months": 3}],
    }


def test_the_service_of_the_guide(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARRIAGE_KEY", "open-sesame")
    event = {"kind": "登记", "day": "2015-05-20"}
    record = {"person": {"name": "青小禾"}, "registered": "2015-05-20", "events": [event]}
    with department_service(replies({"code": 0, "data": {"list": [record]}})) as service:
        here = HTTP.replace("https://marriage.dept.example", service.url)
        assert ask(here) == {
            "name": "青小禾",
            "registered_on": "2015-05-20",
            "events": [{"event": "登记", "on": "2015-05-20"}],
        }
        (asked,) = service.asked
        assert (asked.target, asked.json) == ("/api/records", {"number": NUMBER, "app": "certsvc"})
        assert asked.headers["x-app-key"] == "open-sesame"
        service.behave(replies({"code": "1001"}))
        with pytest.raises(HolderNotFoundError):
            ask(here)
        service.behave(replies({"code": "9"}))
        with pytest.raises(SourceNonsenseError):
            ask(here)
    with pytest.raises(SourceUnavailableError):
        ask(here)


def test_the_file_of_the_guide(ask: Ask, tmp_path: Path) -> None:
    content = f"证件号码,姓名,入学日期\n{NUMBER},青小禾,2024-09-01\n"
    (tmp_path / "roll.csv").write_bytes(content.encode("gb18030"))
    assert ask(FILE) == {
        "name": "青小禾",
        "id_number": NUMBER,
        "enrolled_on": "2024-09-01",
    }


def test_every_form_stands_in_the_guide() -> None:
    table = _GUIDE.split("## What values must be")[1].split("## ")[0]
    assert [form.value for form in ValueForm if f"`{form.value}`" not in table] == []


def test_the_limits_of_the_guide_are_those_of_the_program() -> None:
    said = dict(re.findall(r"`(\w+)` (\d+)", _GUIDE.split("## Limits")[1].split("## ")[0]))
    limits = Limits()
    assert said.pop("answer_bytes") == "2"
    assert limits.answer_bytes == 2 << 20
    assert {name: float(value) for name, value in said.items()} == {
        name: float(getattr(limits, name)) for name in said
    }
    assert set(said) | {"answer_bytes"} == set(Limits.model_fields)
