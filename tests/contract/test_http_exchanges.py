"""What everybody who carries HTTP requests does, whatever the server does."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from certsvc.foundation.net.client import HttpClient
from certsvc.foundation.net.guarding import GuardedExchange, GuardLimits
from keys.http_port import (
    HttpAnswer,
    HttpExchange,
    HttpFailedError,
    HttpFailure,
    HttpRequest,
)
from tests.support.department_service import DepartmentService, department_service, says
from tests.support.unruly_http import UNRULY, tls_server
from tests.support.unruly_server import Behaviour, answering, unruly_server

_LIMIT_S, _LONG_S = 0.2, 30.0
_SLACK_S = 5.0
"""For a machine that is busy; every server here holds on for longer."""


@pytest.fixture(params=["client", "guarded"])
def http(request: pytest.FixtureRequest) -> Iterator[HttpExchange]:
    client = HttpClient()
    yield client if request.param == "client" else GuardedExchange(client)
    client.close()


@pytest.fixture
def service() -> Iterator[DepartmentService]:
    with department_service(says("{}")) as running:
        yield running


def request_to(url: str, **changes: object) -> HttpRequest:
    given = {"url": url, "timeout_s": _LONG_S, "answer_limit": 4096, "body": b"?"} | changes
    return HttpRequest(**given)  # type: ignore[arg-type]


def failure_of(http: HttpExchange, url: str, **changes: object) -> HttpFailure:
    with pytest.raises(HttpFailedError) as caught:
        http.exchange(request_to(url, **changes))
    return caught.value.failure


@pytest.mark.parametrize("name", UNRULY)
def test_no_server_holds_a_caller_up(http: HttpExchange, name: str) -> None:
    behave, failure = UNRULY[name]
    limit_s = _LIMIT_S if failure is HttpFailure.SLOW else _LONG_S
    with unruly_server(behave) as endpoint:
        started = time.monotonic()
        assert failure_of(http, f"http://{endpoint}/", timeout_s=limit_s) is failure
        assert time.monotonic() - started < _LIMIT_S + _SLACK_S


@pytest.mark.parametrize("name", UNRULY)
def test_nor_one_that_it_has_a_connection_with(http: HttpExchange, name: str) -> None:
    behave, failure = UNRULY[name]
    limit_s = _LIMIT_S if failure is HttpFailure.SLOW else _LONG_S

    def behave_once(connection: socket.socket, over: threading.Event) -> None:
        while not connection.recv(4096).endswith(b"?"):
            pass
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        behave(connection, over)

    with unruly_server(behave_once) as endpoint:
        url = f"http://{endpoint}/"
        assert http.exchange(request_to(url, keeps_connection=True)).body == b"{}"
        # On the same connection; a new one would be answered well.
        got = failure_of(http, url, timeout_s=limit_s, keeps_connection=True)
        assert got is failure
        _close(http)


def test_silence_has_a_limit_of_its_own(http: HttpExchange) -> None:
    with unruly_server(UNRULY["silence"][0]) as endpoint:
        started = time.monotonic()
        got = failure_of(http, f"http://{endpoint}/", silence_s=_LIMIT_S)
        assert got is HttpFailure.SLOW
        assert time.monotonic() - started < _LIMIT_S + _SLACK_S


def test_a_name_server_that_hangs() -> None:
    release = threading.Event()

    def hang(_host: str, _port: int) -> list[str]:
        release.wait(_LONG_S)
        return []

    started = time.monotonic()
    got = failure_of(HttpClient(resolver=hang), "http://slow.example/", timeout_s=_LIMIT_S)
    assert got is HttpFailure.SLOW
    assert time.monotonic() - started < _LIMIT_S + _SLACK_S
    release.set()


def test_an_answer_comes_whole_with_its_status(
    http: HttpExchange, service: DepartmentService
) -> None:
    url = f"{service.url}/查 询?a=青&b=%20#part"
    answer = http.exchange(request_to(url, headers={"X-App": "zm"}))
    assert answer == HttpAnswer(status=200, headers=answer.headers, body=b"{}")
    assert answer.headers["content-type"] == "application/json"
    (asked,) = service.asked
    assert asked.target == "/%E6%9F%A5%20%E8%AF%A2?a=%E9%9D%92&b=%20"
    assert (asked.headers["x-app"], asked.headers["accept-encoding"]) == ("zm", "identity")
    assert asked.headers["host"] == service.url.removeprefix("http://")


def test_an_account_in_the_address_is_sent_as_a_header(
    http: HttpExchange, service: DepartmentService
) -> None:
    http.exchange(request_to(service.url.replace("//", "//tsa:p%40ss@")))
    assert service.asked[0].headers["authorization"] == "Basic dHNhOnBAc3M="
    assert "@" not in service.asked[0].headers["host"] + service.asked[0].target


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(
    http: HttpExchange, service: DepartmentService, status: int
) -> None:
    # To itself: who follows goes round in circles.
    service.behave(says("moved", status=f"{status} Moved", more=f"Location: {service.url}/\r\n"))
    answer = http.exchange(request_to(service.url, method="GET", body=None))
    assert (answer.status, answer.body) == (status, b"")
    assert len(service.asked) == 1


def test_what_a_refusal_says_is_read_on_request(
    http: HttpExchange, service: DepartmentService
) -> None:
    service.behave(says("why", status="400 Bad Request"))
    for reads, body in ((False, b""), (True, b"why")):
        answer = http.exchange(request_to(service.url, reads_refusals=reads))
        assert (answer.status, answer.body) == (400, body)


def test_an_answer_as_large_as_it_may_be(http: HttpExchange, service: DepartmentService) -> None:
    service.behave(says("x" * 4096))
    assert len(http.exchange(request_to(service.url)).body) == 4096
    service.behave(says("x" * 4097))
    assert failure_of(http, service.url) is HttpFailure.TOO_LARGE


@pytest.mark.parametrize(
    "url",
    [
        *("", "nonsense", "ftp://host/", "ftp://host:21/", "file:///etc/passwd", "http://"),
        *(
            "http://a b/",
            "http://a\\b/",
            "http://[::1",
            "http://host:99999/",
            "http://127.0.0.1:1/",
        ),
        "http://no-such-host.invalid/",
    ],
)
def test_no_such_address(http: HttpExchange, url: str) -> None:
    assert failure_of(http, url) is HttpFailure.UNREACHABLE


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "青"])
def test_a_header_cannot_smuggle_another(
    http: HttpExchange, service: DepartmentService, value: str
) -> None:
    assert failure_of(http, service.url, headers={"X": value}) is HttpFailure.UNREACHABLE
    assert service.asked == []


@contextmanager
def _over_tls(behave: Behaviour, folder: Path, *names: str) -> Iterator[tuple[str, str]]:
    """A server that asks for TLS; its address, and the file of authorities that trusts it."""
    with unruly_server(behave, tls=tls_server(folder, *names)) as endpoint:
        yield f"https://{endpoint}/", str(folder / "ca.pem")


def test_tls_is_verified(http: HttpExchange, tmp_path: Path) -> None:
    good = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    with _over_tls(good, tmp_path, "127.0.0.1") as (url, trusted):
        assert failure_of(http, url) is HttpFailure.UNREACHABLE  # known to nobody
        assert http.exchange(request_to(url, ca_file=trusted)).body == b"{}"
        other_name = url.replace("127.0.0.1", "localhost")
        assert failure_of(http, other_name, ca_file=trusted) is HttpFailure.UNREACHABLE
        assert failure_of(http, url, ca_file=f"{tmp_path}/none.pem") is HttpFailure.UNREACHABLE


def test_the_deadline_holds_under_tls(http: HttpExchange, tmp_path: Path) -> None:
    behave, _ = UNRULY["a body that drips"]
    with _over_tls(behave, tmp_path, "127.0.0.1") as (url, trusted):
        got = failure_of(http, url, ca_file=trusted, timeout_s=_LIMIT_S)
        assert got is HttpFailure.SLOW


def test_a_handshake_that_hangs(http: HttpExchange) -> None:
    with unruly_server(UNRULY["silence"][0]) as endpoint:
        started = time.monotonic()
        assert failure_of(http, f"https://{endpoint}/", connect_s=_LIMIT_S) is HttpFailure.SLOW
        assert time.monotonic() - started < _LIMIT_S + _SLACK_S


def test_a_file_of_authorities_may_be_replaced(tmp_path: Path) -> None:
    http = HttpClient()
    good = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    (tmp_path / "old").mkdir()
    with _over_tls(good, tmp_path / "old", "127.0.0.1") as (url, trusted):
        assert http.exchange(request_to(url, ca_file=trusted)).body == b"{}"
    with _over_tls(good, tmp_path, "127.0.0.1") as (url, new):
        assert failure_of(http, url, ca_file=trusted) is HttpFailure.UNREACHABLE
        Path(trusted).write_bytes(Path(new).read_bytes())
        assert http.exchange(request_to(url, ca_file=trusted)).body == b"{}"


def test_many_at_once_each_get_their_own_answer(http: HttpExchange) -> None:
    def echo(connection: socket.socket, _: threading.Event) -> None:
        got = b""
        while part := connection.recv(4096):
            head, end, body = (got := got + part).partition(b"\r\n\r\n")
            if end and len(body) == 3:
                assert b"Content-Length: 3" in head
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + body)
                got = b""

    with unruly_server(echo) as endpoint, ThreadPoolExecutor(8) as threads:

        def ask(number: int) -> bytes:
            sent = request_to(f"http://{endpoint}/", body=b"%03d" % number, keeps_connection=True)
            return http.exchange(sent).body

        assert list(threads.map(ask, range(200))) == [b"%03d" % each for each in range(200)]
        _close(http)


# What a guard adds.


def _guarded(**limits: float) -> tuple[GuardedExchange, Callable[[float], None]]:
    now = [0.0]

    def turn(by_s: float) -> None:
        now[0] += by_s

    return GuardedExchange(
        HttpClient(),
        GuardLimits(**limits),  # type: ignore[arg-type]
        monotonic=lambda: now[0],
    ), turn


def test_a_server_that_fails_is_left_alone_and_tried_again(service: DepartmentService) -> None:
    http, turn = _guarded(failures=2, rest_s=10)
    service.behave(says("{}", status="500 Oops"))
    assert [http.exchange(request_to(service.url)).status for _ in range(2)] == [500, 500]
    assert failure_of(http, service.url) is HttpFailure.RESTING
    assert len(service.asked) == 2
    with department_service(says("{}")) as other:
        assert http.exchange(request_to(other.url)).status == 200, "another server's trouble"
    service.behave(says("{}"))
    turn(10)
    assert [http.exchange(request_to(service.url)).status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("name", ["nothing", "silence"])
def test_no_answer_counts_against_a_server(name: str) -> None:
    http, _ = _guarded(failures=1)
    with unruly_server(UNRULY[name][0]) as endpoint:
        url = f"http://{endpoint}/"
        assert failure_of(http, url, timeout_s=_LIMIT_S) is UNRULY[name][1]
        assert failure_of(http, url) is HttpFailure.RESTING


@pytest.mark.parametrize("status", ["302 Found", "404 Not Found", "400 Bad Request"])
def test_a_refusal_does_not(service: DepartmentService, status: str) -> None:
    http, _ = _guarded(failures=1)
    service.behave(says("{}", status=status))
    for _ in range(3):
        assert http.exchange(request_to(service.url)).status == int(status[:3])


def test_who_finds_no_place_is_answered_at_once(service: DepartmentService) -> None:
    http, _ = _guarded(at_once=1, waiting=0)
    service.behave(service.hang, says("{}"))
    with ThreadPoolExecutor(1) as threads:
        held = threads.submit(failure_of, http, service.url)
        assert service.hanging.acquire(timeout=_LONG_S)
        assert failure_of(http, service.url) is HttpFailure.BUSY
        service.let_go.set()
        assert held.result() is HttpFailure.BROKEN
    assert http.exchange(request_to(service.url)).status == 200


def _close(http: HttpExchange) -> None:
    """Let go of idle connections, so that the server can end."""
    client = http._http if isinstance(http, GuardedExchange) else http
    assert isinstance(client, HttpClient)
    client.close()
