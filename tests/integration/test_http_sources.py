"""An HTTP source against a real service that misbehaves in every way it can."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certsvc.evidence.sources.connectors import RawAnswer
from certsvc.evidence.sources.descriptions import HttpDescription
from certsvc.evidence.sources.errors import (
    SourceNonsenseError,
    SourceSecretMissingError,
    SourceSlowError,
    SourceUnavailableError,
)
from certsvc.evidence.sources.http_json import HttpSource
from certsvc.foundation.codes.holder import HolderCode
from tests.support.department_service import (
    Asked,
    Behaviour,
    DepartmentService,
    department_service,
    drips_body,
    drips_headers,
    floods,
    replies,
    resets,
    says,
)
from tests.support.departments import described

HOLDER = HolderCode(value="990101199003070023")
PERSON = {"xm": "青小禾", "csrq": "1990-03-07", "hj": {"xz": "云岭区"}}
GOOD = replies({"code": "0", "data": [PERSON]})
PATIENT = {"total_s": 30, "read_s": 30, "connect_s": 30, "answer_bytes": 4096, "rows": 3}
QUICK = {"limits": {"total_s": 0.6, "read_s": 0.3}}


@pytest.fixture
def service() -> Iterator[DepartmentService]:
    with department_service(GOOD) as running:
        yield running


def connected(service: DepartmentService, **changes: Any) -> HttpSource:  # noqa: ANN401
    """A connector to the service that does not sleep between attempts."""
    definition = {
        "holder_name": "xm",
        "basis": "户籍接口",
        "fields": {
            "name": "xm",
            "address": {"column": "hj.xz", "optional": True},
            "birth_on": {"column": "csrq", "form": "date"},
        },
        "path": "/query",
        "parameters": {"number": ":holder", "kind": ":holder_kind", "app": "certsvc"},
        "status": "code",
        "none": ["1001"],
        "records": "data",
        "tables": {"members": {"rows": "hj.members", "columns": {"name": "xm"}}},
    }
    if not changes.pop("with_table", False):
        definition["tables"] = {}
    source = changes.pop("source", {})
    entries = {"kind": "http", "url": service.url, "limits": PATIENT} | source
    description = described(types={"household": definition | changes}, **entries)
    assert isinstance(description, HttpDescription)
    return HttpSource(description, sleep=lambda _: None)


def ask(service: DepartmentService, **changes: Any) -> RawAnswer:  # noqa: ANN401
    return connected(service, **changes).fetch("household", HOLDER)


def test_a_question_is_sent_as_described_and_never_in_the_path(service: DepartmentService) -> None:
    (record,) = ask(service).records
    assert record.row == {"xm": "青小禾", "csrq": "1990-03-07", "hj.xz": "云岭区"}
    (asked,) = service.asked
    assert (asked.method, asked.target) == ("POST", "/query")
    assert asked.json == {"number": HOLDER.value, "kind": "111", "app": "certsvc"}
    ask(service, method="GET")
    assert service.asked[1].target == f"/query?number={HOLDER.value}&kind=111&app=certsvc"


@pytest.mark.parametrize(
    "answer",
    [{"code": "1001"}, {"code": "0", "data": []}, {"code": 0, "data": None}],
)
def test_an_answer_that_says_none(service: DepartmentService, answer: object) -> None:
    service.behave(replies(answer))
    assert ask(service).records == ()


def test_a_single_record_needs_no_list(service: DepartmentService) -> None:
    service.behave(replies({"code": "0", "data": PERSON}))
    assert len(ask(service).records) == 1


def test_a_number_keeps_its_places(service: DepartmentService) -> None:
    service.behave(says('{"code": "0", "data": [{"xm": "青", "csrq": 4250.10}]}'))
    (record,) = ask(service).records
    assert str(record.row["csrq"]) == "4250.10"


SLOW: dict[str, Behaviour] = {
    "headers that drip": drips_headers,
    "a body that drips": drips_body,
}
NONSENSE: dict[str, tuple[Behaviour, str]] = {
    "a page of HTML": (says("<html>", kind="text/html"), "media-type"),
    "no media type": (says("{}", kind=""), "media-type"),
    "compressed": (says(b"\x1f\x8b", more="Content-Encoding: gzip\r\n"), "media-type"),
    "a redirect": (
        says("", status="302 Found", more="Location: http://127.0.0.1:1/elsewhere\r\n"),
        "redirect",
    ),
    "a body without end": (floods, "too-large"),
    "a huge body": (says(b" " * 5000), "too-large"),
    "no JSON": (says("{'code': 0}"), "not-json"),
    "half of it": (says('{"code": "0", "da'), "not-json"),
    "no UTF-8": (says(json.dumps({"code": "青"}, ensure_ascii=False).encode("gbk")), "not-json"),
    "nested without end": (says("[" * 4000), "not-json"),
    "a name twice": (says('{"code": "1", "code": "0", "data": []}'), "not-json"),
    "no number": (says('{"code": "0", "data": [{"xm": NaN}]}'), "not-json"),
    "a failed status": (replies({"code": "500", "data": []}), "status"),
    "no status": (replies({"data": [PERSON]}), "status"),
    "a status that is an object": (replies({"code": {}, "data": []}), "status"),
    "a list at the top": (replies([PERSON]), "status"),
    "no records": (replies({"code": "0"}), "column-missing"),
    "a record that is a text": (replies({"code": "0", "data": ["青"]}), "wrong-shape"),
    "a record without a name": (replies({"code": "0", "data": [{}]}), "column-missing"),
    "a name that is a list": (
        replies({"code": "0", "data": [PERSON | {"xm": ["青"]}]}),
        "wrong-shape",
    ),
}
DOWN: dict[str, Behaviour] = {
    "an error of its own": says("{}", status="500 Internal Server Error"),
    "overloaded": says("{}", status="503 Service Unavailable"),
    "a wrong path": says("{}", status="404 Not Found"),
    "a wrong key": says("{}", status="401 Unauthorized"),
    "nothing at all": lambda connection, _: connection.close(),
    "a reset": resets,
    "no HTTP": lambda connection, _: connection.sendall(b"SSH-2.0-OpenSSH\r\n"),
    "half an answer": says('{"code": "0"', length=500),
    "a lie about the length": lambda connection, _: connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n{}"
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_slow(service: DepartmentService, name: str) -> None:
    service.behave(SLOW[name])
    with pytest.raises(SourceSlowError):
        ask(service, source=QUICK)
    assert len(service.asked) <= 1  # never again: it has enough to do


def test_silence_is_slow(service: DepartmentService) -> None:
    service.behave(service.hang)
    with pytest.raises(SourceSlowError):
        ask(service, source=QUICK)
    assert len(service.asked) <= 1


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense(service: DepartmentService, name: str) -> None:
    behaviour, fault = NONSENSE[name]
    service.behave(behaviour)
    with pytest.raises(SourceNonsenseError) as caught:
        ask(service)
    assert caught.value.params["fault"] == fault
    assert "青" not in str(caught.value.params)
    assert len(service.asked) == 1


@pytest.mark.parametrize("name", DOWN)
def test_down(service: DepartmentService, name: str) -> None:
    service.behave(DOWN[name])
    with pytest.raises(SourceUnavailableError):
        ask(service)


def test_a_table_that_is_too_long_or_none_is_nonsense(service: DepartmentService) -> None:
    for members, fault in (([{"xm": "青"}] * 4, "too-many-rows"), ("青", "wrong-shape")):
        service.behave(replies({"code": "0", "data": [PERSON | {"hj": {"members": members}}]}))
        with pytest.raises(SourceNonsenseError) as caught:
            ask(service, with_table=True)
        assert caught.value.params["fault"] == fault


def test_a_redirect_is_not_followed(service: DepartmentService) -> None:
    with department_service(GOOD) as elsewhere:
        to = f"Location: {elsewhere.url}/query\r\n"
        service.behave(says("", status="307 Temporary Redirect", more=to))
        with pytest.raises(SourceNonsenseError):
            ask(service)
        assert elsewhere.asked == []


@pytest.mark.parametrize("first", ["a reset", "overloaded", "nothing at all"])
def test_a_connection_that_fails_once_is_tried_again(
    service: DepartmentService, first: str
) -> None:
    service.behave(DOWN[first], GOOD)
    assert len(ask(service).records) == 1
    assert len(service.asked) == 2


def test_attempts_end_and_their_pauses_are_of_random_length(service: DepartmentService) -> None:
    service.behave(resets)
    pauses: list[float] = []
    for _ in range(6):
        source = connected(service)
        source._sleep = pauses.append
        with pytest.raises(SourceUnavailableError):
            source.fetch("household", HOLDER)
    assert len(service.asked) == 18  # the first attempt and two more, each time
    assert len(set(pauses)) > 6
    assert max(pauses) <= 1


def test_an_error_that_will_stay_is_not_tried_again(service: DepartmentService) -> None:
    service.behave(DOWN["a wrong key"])
    with pytest.raises(SourceUnavailableError):
        ask(service)
    assert len(service.asked) == 1


def test_secrets_come_from_elsewhere_and_are_never_shown(
    service: DepartmentService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = tmp_path / "key.txt"
    key.write_text("from-a-file\n")
    monkeypatch.setenv("DEPARTMENT_KEY", "from-a-variable")
    headers = {"X-App-Key": {"variable": "DEPARTMENT_KEY"}, "X-Sign": {"file": str(key)}}
    source = connected(service, source={"secret_headers": headers, "headers": {"X-App": "zm"}})
    source.fetch("household", HOLDER)
    sent = service.asked[0].headers
    assert (sent["x-app"], sent["x-app-key"]) == ("zm", "from-a-variable")
    assert sent["x-sign"] == "from-a-file"
    assert "from-a" not in repr(source._description) + source.query_text("household")
    monkeypatch.delenv("DEPARTMENT_KEY")
    with pytest.raises(SourceSecretMissingError) as caught:
        source.fetch("household", HOLDER)
    assert caught.value.params["place"] == "DEPARTMENT_KEY"


def test_a_check_asks_the_probe_where_there_is_one(service: DepartmentService) -> None:
    connected(service, source={"probe": "/alive"}).check()
    assert [(asked.method, asked.target) for asked in service.asked] == [("GET", "/alive")]


def test_a_check_without_a_probe_asks_for_nobody(service: DepartmentService) -> None:
    service.behave(replies({"code": "1001"}))
    connected(service).check()
    (asked,) = service.asked
    assert asked.json["number"] == "0" * 18
    service.behave(GOOD)
    with pytest.raises(SourceNonsenseError) as caught:
        connected(service).check()
    assert caught.value.params["fault"] == "answers-anyone"


def test_the_environment_names_no_proxy(
    service: DepartmentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert len(ask(service).records) == 1


def test_many_at_once_each_get_their_own_answer(service: DepartmentService) -> None:
    def echo(connection: socket.socket, asked: Asked) -> None:
        replies({"code": "0", "data": [PERSON | {"xm": asked.json["number"]}]})(connection, asked)

    service.behave(echo)
    source, got = connected(service), dict[str, Any]()

    def run(number: str) -> None:
        got[number] = source.fetch("household", HolderCode(value=number)).records[0].row["xm"]

    numbers = [f"99010119900307{each:04d}" for each in range(8)]
    threads = [threading.Thread(target=run, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {number: number for number in numbers}
