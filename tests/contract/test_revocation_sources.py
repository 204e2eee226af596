"""What every RevocationSource does, and how the one on the network fails."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from cryptography import x509
from cryptography.x509 import ocsp

from signing.errors import RevocationUnavailableError
from signing.revocation.http_revocation import HttpRevocationSource
from signing.revocation.revocation_sources import RevocationSource
from signing.revocation.statuses import ProofKind, RevocationProof, read_status
from tests.support.http_out import HTTP
from tests.support.revocation_proofs import ListWish, ResponseWish, make_list, make_response
from tests.support.revocation_server import Reply, Request, serve_replies
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import NOW, demonstration_pki, revocation_source

_CA = issue(Wish(name="签发机构", ca=True))
_STRANGER = issue(Wish(name="旁人", ca=True))
_GOOD = Wish(name="好的")
_REVOKED_SERIAL = 4711
_PATIENCE_S, _SHORT_S = 20.0, 2.0
"""For a server that answers, however busy the machine is; and for one that will not."""


@dataclass(frozen=True, kw_only=True)
class _World:
    """A source, an issuer it knows, and two certificates of it, one of them revoked."""

    source: RevocationSource
    issuer: x509.Certificate
    good: x509.Certificate
    revoked: x509.Certificate


@pytest.fixture(params=["http list", "http ocsp", "development"])
def world(request: pytest.FixtureRequest) -> Iterator[_World]:
    if request.param == "development":
        good, issuer = demonstration_pki().seals["p256"].chain
        revoked = demonstration_pki().seals["p384"].chain[0]
        source = revocation_source(revoked={revoked.serial_number: NOW})
        yield _World(source=source, issuer=issuer, good=good, revoked=revoked)
        return
    with serve_replies(_answer) as url:
        places = (
            {"revocation_url": f"{url}/list"}
            if request.param == "http list"
            else {"responder_url": f"{url}/ocsp"}
        )
        good, revoked = (
            issue(Wish(serial=serial, **places), _CA).certificate for serial in (1, _REVOKED_SERIAL)
        )
        yield _World(
            source=HttpRevocationSource(HTTP), issuer=_CA.certificate, good=good, revoked=revoked
        )


def _answer(request: Request) -> Reply:
    if request.method == "GET":
        return Reply(body=_list())
    asked = ocsp.load_der_ocsp_request(request.body).serial_number
    return Reply(body=_response(asked))


def _list() -> bytes:
    wish = ListWish(revoked={_REVOKED_SERIAL: NOW})
    return make_list(_CA.certificate, _CA.private_key, wish).encoded


def _response(serial: int, wish: ResponseWish | None = None) -> bytes:
    about = issue(Wish(serial=serial), _CA).certificate
    if serial == _REVOKED_SERIAL:
        wish = ResponseWish(status=ocsp.OCSPCertStatus.REVOKED, revoked_at=NOW)
    issuer, key = _CA.certificate, _CA.private_key
    return make_response(about, issuer, issuer, key, wish).encoded


def test_it_knows_who_is_revoked_and_who_is_not(world: _World) -> None:
    for certificate, since in ((world.good, None), (world.revoked, NOW)):
        proof = world.source.fetch(certificate, world.issuer)
        status = read_status(proof, certificate=certificate, issuer=world.issuer)
        assert status.revoked_at == since
        assert status.is_current(NOW)


def test_it_knows_nothing_of_strangers(world: _World) -> None:
    stranger = issue(Wish(), _STRANGER).certificate
    with pytest.raises(RevocationUnavailableError) as caught:
        world.source.fetch(stranger, _STRANGER.certificate)
    assert caught.value.params["serial"] == f"{stranger.serial_number:x}"


# The network.


def _fetch(
    answer: Callable[[Request], Reply],
    *,
    lists: bool = True,
    responds: bool = False,
    timeout_s: float = _PATIENCE_S,
) -> RevocationProof:
    with serve_replies(answer) as url:
        wish = Wish(
            revocation_url=f"{url}/list" if lists else None,
            responder_url=f"{url}/ocsp" if responds else None,
            serial=1,
        )
        certificate = issue(wish, _CA).certificate
        source = HttpRevocationSource(HTTP, timeout_s=timeout_s)
        return source.fetch(certificate, _CA.certificate)


_ODD: dict[str, tuple[Reply, str]] = {
    "page": (Reply(body=b"<html>welcome</html>"), "unreadable"),
    "nothing": (Reply(), "unreadable"),
    "not found": (Reply(status=404, body=b"?"), "rejected"),
    "error": (Reply(status=500), "unreachable"),
    "redirect": (Reply(status=302, headers={"Location": "/elsewhere"}), "rejected"),
    "busy": (Reply(status=429), "unreachable"),
    "hangs": (Reply(hangs=True), "unreachable"),
    "drips": (Reply(body=bytes(1000), pause_s=0.1), "unreachable"),
    "huge": (Reply(body=bytes(17 << 20)), "unreachable"),
    "cut off": (Reply(body=_list()[:-10]), "unreadable"),
    "stranger's": (
        Reply(body=make_list(_STRANGER.certificate, _STRANGER.private_key).encoded),
        "other-issuer",
    ),
    "forged": (Reply(body=make_list(_CA.certificate, _STRANGER.private_key).encoded), "signature"),
}


_NEVER_DONE = {"hangs", "drips", "huge"}


def _timeout_s(name: str) -> float:
    return _SHORT_S if name in _NEVER_DONE else _PATIENCE_S


@pytest.mark.parametrize("name", _ODD)
def test_a_server_that_does_not_answer_as_it_should(name: str) -> None:
    reply, reason = _ODD[name]
    with pytest.raises(RevocationUnavailableError) as caught:
        _fetch(lambda _: reply, timeout_s=_timeout_s(name))
    assert caught.value.params["reason"] == reason


@pytest.mark.parametrize("name", [*_ODD, "for the moment", "unknown"])
def test_after_a_useless_response_the_list_is_asked_for(name: str) -> None:
    more = {
        "for the moment": Reply(body=_response(1, ResponseWish(next_update=None))),
        "unknown": Reply(body=_response(1, ResponseWish(status=ocsp.OCSPCertStatus.UNKNOWN))),
    }
    reply = more[name] if name in more else _ODD[name][0]
    proof = _fetch(
        lambda request: reply if request.method == "POST" else Reply(body=_list()),
        responds=True,
        timeout_s=_timeout_s(name),
    )
    assert proof.kind is ProofKind.CRL


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def answer(request: Request) -> Reply:
        asked.append(request.path)
        return Reply(status=301, headers={"Location": "/other"})

    with pytest.raises(RevocationUnavailableError):
        _fetch(answer)
    assert asked == ["/list"]


def test_the_answer_is_asked_for_as_it_is() -> None:
    """A server that compresses for whoever can read it must not do so for us."""

    def answer(request: Request) -> Reply:
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return Reply(body=gzip.compress(_list()), headers={"Content-Encoding": "gzip"})
        return Reply(body=_list())

    assert _fetch(answer).kind is ProofKind.CRL


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://[", "http://no such host/", "http://"]
)
def test_nobody_there(url: str) -> None:
    certificate = issue(Wish(revocation_url=url, responder_url=url), _CA).certificate
    with pytest.raises(RevocationUnavailableError) as caught:
        HttpRevocationSource(HTTP, timeout_s=_SHORT_S).fetch(certificate, _CA.certificate)
    assert caught.value.params["reason"] == "unreachable"


@pytest.mark.parametrize("url", [None, "ldap://127.0.0.1/x", "file:///etc/passwd", "ftp://x/y"])
def test_no_address_of_the_web(url: str | None) -> None:
    certificate = issue(Wish(revocation_url=url, responder_url=url), _CA).certificate
    with pytest.raises(RevocationUnavailableError) as caught:
        HttpRevocationSource(HTTP).fetch(certificate, _CA.certificate)
    assert caught.value.params["reason"] == "no-address"


def test_a_list_serves_all_certificates_of_its_issuer_for_a_while() -> None:
    asked, now = count(), [0.0]
    requests: list[int] = []

    def answer(_: Request) -> Reply:
        requests.append(next(asked))
        return Reply(body=_list())

    with serve_replies(answer) as url:
        wish = Wish(revocation_url=f"{url}/list")
        certificates = [issue(wish, _CA).certificate for _ in range(3)]
        source = HttpRevocationSource(HTTP, monotonic=lambda: now[0])
        for certificate in certificates:
            source.fetch(certificate, _CA.certificate)
        assert len(requests) == 1
        now[0] = 601.0
        source.fetch(certificates[0], _CA.certificate)
        assert len(requests) == 2
