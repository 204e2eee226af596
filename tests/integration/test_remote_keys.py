"""A remote signing service that hangs, drips, breaks off, refuses and lies."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from certsvc.foundation.net.client import HttpClient
from keys.algorithms import SignatureAlgorithm
from keys.circuit_breaker import REST_S, CircuitBreaker
from keys.csc_service import CscService
from keys.csc_services import SERVICES
from keys.csc_uri import parse_csc_uri
from keys.errors import (
    KeyAnswerWrongError,
    KeyGoneError,
    KeyLockedError,
    KeyNotFoundError,
    KeyPinWrongError,
    KeySlowError,
    KeyUnsupportedError,
    SigningKeyError,
)
from keys.remote_key import RemoteKey
from keys.uri import open_key
from tests.support.csc_listener import serve
from tests.support.csc_server import PIN, SECRET, CscServer

P_256 = SignatureAlgorithm.P_256.value
_SIGN = "signatures/signHash"


@dataclass
class Remote:
    """The stand-in, how to name its keys, and a clock to turn."""

    server: CscServer
    base: str
    folder: Path
    now: float = 0.0

    def uri(self, credential: str = P_256, **parameters: str) -> str:
        given = {
            "credential": credential,
            "client-id": "certsvc%20%26%20seals",
            "secret-file": str(self.folder / "secret"),
            "timeout-s": "1",
        }
        query = "&".join(f"{name}={value}" for name, value in (given | parameters).items())
        return f"{self.base}?{query}"

    def key(self, **parameters: str) -> RemoteKey:
        """A key whose circuit breaker goes by our clock."""
        uri = parse_csc_uri(self.uri(**parameters))
        breaker = CircuitBreaker(monotonic=lambda: self.now)
        return RemoteKey.open(uri, service=CscService(uri, http=SERVICES, breaker=breaker))

    def calls_of(self, method: str) -> int:
        return self.server.calls.count(method)


@pytest.fixture(autouse=True)
def http() -> Iterator[HttpClient]:
    """Who carries requests to remote services."""
    http = HttpClient()
    SERVICES.reach_through(http)
    yield http
    http.close()


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    (tmp_path / "secret").write_text(SECRET + "\n")
    server = CscServer()
    with serve(server) as base:
        yield Remote(server, base, tmp_path)


@pytest.mark.parametrize("trouble", ["hang", "drip-header", "drip-body"])
def test_a_service_that_does_not_answer_in_time_is_slow(remote: Remote, trouble: str) -> None:
    key = remote.key()
    remote.server.trouble = trouble
    with pytest.raises(KeySlowError) as caught:
        key.sign(b"data")
    assert caught.value.params["timeout_s"] == 1
    asked = remote.calls_of(_SIGN)
    for _ in range(50):
        with pytest.raises(KeySlowError):
            key.sign(b"data")
    assert remote.calls_of(_SIGN) == asked, "a caller reached the slow service"
    remote.server.trouble = ""
    remote.now += REST_S
    assert key.sign(b"data")


@pytest.mark.parametrize("trouble", ["close", "cut", "500", "503", "429"])
def test_a_service_that_breaks_off_is_gone_and_a_signature_not_asked_for_twice(
    remote: Remote, trouble: str
) -> None:
    key = remote.key()
    remote.server.trouble = trouble
    with pytest.raises(KeyGoneError):
        key.sign(b"data")
    assert remote.calls_of(_SIGN) == 1
    remote.server.trouble = ""
    remote.now += REST_S
    assert key.sign(b"data")


@pytest.mark.parametrize(
    "trouble",
    [
        *("wrong", "short", "empty", "other-key", "two", "none", "not-base64"),
        *("html", "list", "deep", "huge", "400", "302", "418"),
    ],
)
def test_a_wrong_answer_is_not_handed_on(remote: Remote, trouble: str) -> None:
    key = remote.key()
    remote.server.trouble = trouble
    with pytest.raises(KeyAnswerWrongError):
        key.sign(b"data")
    remote.server.trouble = ""
    assert key.sign(b"data"), "a wrong answer does not close the way"


@pytest.mark.parametrize("method", ["credentials/info", "oauth2/token", "credentials/authorize"])
@pytest.mark.parametrize("trouble", ["html", "list", "huge", "close", "503", "none", "hang"])
def test_trouble_with_any_other_method_is_told_as_well(
    remote: Remote, method: str, trouble: str
) -> None:
    remote.server.trouble, remote.server.troubled = trouble, method
    if (method, trouble) == ("credentials/authorize", "none"):
        remote.server.mode = "explicit"
    with pytest.raises((KeyAnswerWrongError, KeyGoneError, KeySlowError, KeyLockedError)):
        remote.key().sign(b"data")


def test_nobody_there_is_gone(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    with serve(CscServer()) as base:
        closed = Remote(CscServer(), base, tmp_path)
    with pytest.raises(KeyGoneError):
        open_key(closed.uri())


def test_a_refused_access_token_is_fetched_anew(remote: Remote) -> None:
    key = remote.key()
    remote.server.tokens_valid = False
    assert key.sign(b"data")
    assert remote.calls_of("oauth2/token") == 2


def test_a_wrong_secret_is_sent_once(remote: Remote) -> None:
    (remote.folder / "secret").write_text("guess")
    for _ in range(5):
        with pytest.raises(KeyLockedError):
            open_key(remote.uri())
    assert remote.calls_of("oauth2/token") == 1
    (remote.folder / "secret").write_text(SECRET)
    assert open_key(remote.uri()).sign(b"data"), "the right secret needs no restart"


def test_a_wrong_pin_is_sent_once(remote: Remote) -> None:
    remote.server.mode = "explicit"
    (remote.folder / "pin").write_text("0000")
    key = remote.key(**{"pin-file": str(remote.folder / "pin")})
    for _ in range(5):
        with pytest.raises(KeyPinWrongError):
            key.sign(b"data")
    assert remote.calls_of("credentials/authorize") == 1
    (remote.folder / "pin").write_text(PIN)
    assert key.sign(b"data")


def test_secrets_show_nowhere(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSC_SECRET", SECRET)
    uri = remote.uri().replace("secret-file", "x-other")
    with pytest.raises(SigningKeyError) as caught:
        open_key(uri)
    key = remote.key()
    parsed = parse_csc_uri(remote.uri())
    for text in (repr(key), repr(parsed), str(caught.value)):
        assert SECRET not in text


def test_the_secret_from_the_environment(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSC_SECRET", SECRET)
    uri = remote.uri().replace(f"secret-file={remote.folder / 'secret'}", "secret-env=CSC_SECRET")
    assert open_key(uri).sign(b"data")


def test_a_key_that_is_unknown_or_disabled(remote: Remote) -> None:
    with pytest.raises(KeyNotFoundError):
        open_key(remote.uri("nobody"))
    remote.server.status = "disabled"
    with pytest.raises(KeyLockedError):
        open_key(remote.uri())


def test_a_key_authorised_by_its_token_needs_no_activation(remote: Remote) -> None:
    remote.server.mode = "oauth2code"
    assert remote.key().sign(b"data")
    assert remote.calls_of("credentials/authorize") == 0


def test_pss_is_for_rsa_alone(remote: Remote) -> None:
    with pytest.raises(KeyUnsupportedError):
        open_key(remote.uri(**{"rsa-padding": "pss"}))


def test_tls_is_verified(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    with serve(CscServer(), tls_folder=tmp_path) as base:
        remote = Remote(CscServer(), base, tmp_path)
        with pytest.raises(KeyGoneError):  # signed by nobody the system knows
            open_key(remote.uri())
        trusted = remote.uri(**{"ca-file": str(tmp_path / "ca.pem")})
        assert open_key(trusted).sign(b"data")
        with pytest.raises(KeyGoneError):  # right authority, another name
            open_key(trusted.replace("127.0.0.1", "localhost"))


def test_an_idle_connection_that_was_closed_is_not_used(remote: Remote) -> None:
    key = remote.key()
    key.sign(b"data")
    remote.server.trouble, remote.server.troubled = "close", "credentials/nothing"
    key.sign(b"data")
    assert remote.calls_of(_SIGN) == 2


def test_those_who_wait_for_a_hung_service_fail_with_it(remote: Remote) -> None:
    key = remote.key(connections="2")
    remote.server.trouble = "hang"
    started = threading.Barrier(8)

    def attempt(_: int) -> None:
        started.wait()
        with pytest.raises(KeySlowError):
            key.sign(b"data")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(attempt, range(8)))
    assert remote.calls_of(_SIGN) <= 2


def test_a_forked_child_uses_connections_of_its_own(remote: Remote) -> None:
    key = open_key(remote.uri())
    key.sign(b"data")
    child = os.fork()
    if child == 0:
        try:
            key.sign(b"data")
            os._exit(0)
        finally:
            os._exit(1)
    for _ in range(10):
        key.sign(b"data")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
