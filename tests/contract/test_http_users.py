"""Everybody who calls out over HTTP, before a server that breaks it in every way.

One client carries them all; each says in words of its own what came of it.
"""

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from certsvc.evidence.sources.descriptions import HttpDescription
from certsvc.evidence.sources.errors import (
    SourceNonsenseError,
    SourceSlowError,
    SourceUnavailableError,
)
from certsvc.evidence.sources.http_json import HttpSource
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.net.client import HttpClient
from certsvc.people.oidc.platform import HttpPlatform, PlatformSettings
from certsvc.people.oidc.rules import PlatformUnavailableError
from keys.csc_service import CscService
from keys.csc_uri import parse_csc_uri
from keys.errors import KeyAnswerWrongError, KeyGoneError, KeySlowError
from keys.http_port import HttpFailure
from keys.remote_key import RemoteKey
from signing.errors import (
    RevocationUnavailableError,
    TimestampMalformedError,
    TimestampRejectedError,
    TimestampTimeoutError,
    TimestampUnreachableError,
)
from signing.revocation.http_revocation import HttpRevocationSource
from signing.timestamps.http_timestamps import HttpTimestampAuthority
from tests.support.department_service import department_service, says
from tests.support.departments import described
from tests.support.http_out import HTTP
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import NOW
from tests.support.unruly_http import UNRULY, tls_server
from tests.support.unruly_server import unruly_server

_LIMIT_S, _SLACK_S = 1.0, 8.0
Call = Callable[[str, float, Path], object]
"""Calls out to a URL, with a limit of seconds and a folder for secrets."""
Outcomes = dict[str, type[Exception]]


def _source(url: str, limit_s: float, _: Path) -> object:
    definition = {
        "holder_name": "xm",
        "basis": "库",
        "fields": {"name": "xm"},
        "path": "/",
        "parameters": {"number": ":holder"},
        "records": "data",
    }
    limits = {"total_s": limit_s, "read_s": limit_s, "answer_bytes": 4096}
    entry = {"kind": "http", "url": url.rstrip("/"), "limits": limits, "retries": 0}
    description = described(types={"household": definition}, **entry)
    assert isinstance(description, HttpDescription)
    source = HttpSource(description, http=HTTP, sleep=lambda _: None)
    return source.fetch("household", HolderCode(value="990101199003070023"))


def _platform(url: str, limit_s: float, _: Path) -> object:
    settings = PlatformSettings(
        issuer=url, client_id="us", client_secret="secret", redirect_uri="http://us.example/"
    )
    return HttpPlatform(settings, HTTP, lambda: NOW, timeout_s=limit_s).addresses()


def _remote_key(url: str, limit_s: float, folder: Path) -> object:
    (folder / "secret").write_text("secret")
    query = f"?credential=a&client-id=us&secret-file={quote(str(folder / 'secret'))}"
    uri = parse_csc_uri(f"csc+{url}{query}&timeout-s={round(limit_s)}")
    http = HttpClient()
    try:
        return RemoteKey.open(uri, service=CscService(uri, http=http))
    finally:
        http.close()


def _timestamp(url: str, limit_s: float, _: Path) -> object:
    authority = HttpTimestampAuthority(url=url, http=HTTP, roots=(), timeout_s=limit_s)
    return authority.timestamp(bytes(32))


def _list(url: str, limit_s: float, _: Path) -> object:
    return _revocation(Wish(revocation_url=url), limit_s)


def _response(url: str, limit_s: float, _: Path) -> object:
    return _revocation(Wish(responder_url=url), limit_s)


def _revocation(wish: Wish, limit_s: float) -> object:
    authority = issue(Wish(name="签发机构", ca=True))
    certificate = issue(wish, authority).certificate
    return HttpRevocationSource(HTTP, timeout_s=limit_s).fetch(certificate, authority.certificate)


def _named(
    slow: type[Exception],
    broken: type[Exception],
    too_large: type[Exception],
    redirect: type[Exception],
) -> Outcomes:
    return {
        HttpFailure.SLOW: slow,
        HttpFailure.BROKEN: broken,
        HttpFailure.TOO_LARGE: too_large,
        "redirect": redirect,
    }


_OF_REVOCATION = _named(*(RevocationUnavailableError,) * 4)
USERS: dict[str, tuple[Call, Outcomes]] = {
    "source": (
        _source,
        _named(SourceSlowError, SourceUnavailableError, SourceNonsenseError, SourceNonsenseError),
    ),
    "platform": (_platform, _named(*(PlatformUnavailableError,) * 4)),
    "remote key": (
        _remote_key,
        _named(KeySlowError, KeyGoneError, KeyAnswerWrongError, KeyAnswerWrongError),
    ),
    "timestamp": (
        _timestamp,
        _named(
            TimestampTimeoutError,
            TimestampUnreachableError,
            TimestampMalformedError,
            TimestampRejectedError,
        ),
    ),
    "revocation list": (_list, _OF_REVOCATION),
    "responder": (_response, _OF_REVOCATION),
}
_LARGEST_S = {"revocation list": 30.0, "responder": 30.0}
"""For 16 MiB; the others' limits are small."""


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("name", UNRULY)
def test_nobody_is_held_up_and_everybody_says_why(user: str, name: str, tmp_path: Path) -> None:
    call, outcomes = USERS[user]
    behave, failure = UNRULY[name]
    limit_s = _LIMIT_S if failure is HttpFailure.SLOW else 30.0
    with unruly_server(behave) as endpoint:
        started = time.monotonic()
        with pytest.raises(outcomes[failure]):
            call(f"http://{endpoint}/", limit_s, tmp_path)
        if failure is HttpFailure.SLOW:
            assert time.monotonic() - started < limit_s + _SLACK_S


@pytest.mark.parametrize("user", USERS)
def test_nobody_follows_a_redirect(user: str, tmp_path: Path) -> None:
    call, outcomes = USERS[user]
    with department_service(says("{}")) as elsewhere, department_service(says("")) as service:
        to = f"Location: {elsewhere.url}/\r\n"
        service.behave(says("{}", status="307 Temporary Redirect", more=to))
        with pytest.raises(outcomes["redirect"]):
            call(f"{service.url}/", 30.0, tmp_path)
        assert (elsewhere.asked, len(service.asked)) == ([], 1)


@pytest.mark.parametrize("user", USERS)
def test_nobody_talks_to_a_server_without_a_trusted_certificate(user: str, tmp_path: Path) -> None:
    call, outcomes = USERS[user]
    heard = []

    def hear(connection: object, _: object) -> None:
        heard.append(connection)

    with unruly_server(hear, tls=tls_server(tmp_path, "127.0.0.1")) as endpoint:
        with pytest.raises(outcomes[HttpFailure.BROKEN]):
            call(f"https://{endpoint}/", 30.0, tmp_path)
        assert heard == []


@pytest.mark.parametrize("user", USERS)
def test_nobody_takes_a_proxy_from_the_environment(
    user: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, _ = USERS[user]
    with department_service(says("{}")) as proxy, department_service(says("{}")) as service:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with pytest.raises(Exception):  # noqa: B017, PT011  the answer is of use to nobody
            call(f"{service.url}/", 30.0, tmp_path)
        assert proxy.asked == []
        assert service.asked
