"""What every TimestampAuthority does, and how the HTTP one fails."""

import hashlib
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import decode_timestamp_response

from keys.development_key import DevelopmentWarning
from signing.errors import (
    TimestampError,
    TimestampMalformedError,
    TimestampMismatchError,
    TimestampRefusedError,
    TimestampRejectedError,
    TimestampTimeoutError,
    TimestampTooLargeError,
    TimestampUnreachableError,
    TimestampUntrustedError,
)
from signing.timestamps.authority import TimestampAuthority
from signing.timestamps.development_timestamps import DevelopmentTimestampAuthority
from signing.timestamps.http_timestamps import HttpTimestampAuthority
from signing.timestamps.timestamp_failover import TimestampAuthorities
from tests.support.http_out import HTTP
from tests.support.openssl_tsa import Answer, OpensslTsa, serve
from tests.support.seals import (
    demonstration_pki,
    development_key,
    timestamp_authority,
)
from tests.support.tools import require_tool

_DIGEST = hashlib.sha256(b"signature value").digest()


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


@pytest.fixture(scope="module")
def openssl_tsa(tmp_path_factory: pytest.TempPathFactory) -> OpensslTsa:
    return OpensslTsa(tmp_path_factory.mktemp("tsa"))


def _root(tsa: OpensslTsa) -> x509.Certificate:
    return x509.load_pem_x509_certificate(tsa.root_pem)


Subject = tuple[TimestampAuthority, x509.Certificate]


@pytest.fixture(
    params=[
        "openssl over http",
        "development over http",
        "development in process",
        "the second of two",
    ]
)
def subject(request: pytest.FixtureRequest, openssl_tsa: OpensslTsa) -> Iterator[Subject]:
    """An authority and the root it chains to."""
    if request.param == "openssl over http":
        root = _root(openssl_tsa)
        with serve(openssl_tsa.answer) as url:
            yield HttpTimestampAuthority(http=HTTP, url=url, roots=[root]), root
        return
    root = demonstration_pki().root
    development = timestamp_authority(at=_now())
    if request.param == "the second of two":
        dead = HttpTimestampAuthority(http=HTTP, url="http://127.0.0.1:1/", roots=[root])
        yield TimestampAuthorities([dead, development]), root
        return
    if request.param == "development in process":
        yield development, root
        return
    with serve(lambda body: development.respond(body, _now())) as url:
        yield HttpTimestampAuthority(http=HTTP, url=url, roots=[root]), root


def _info(token: bytes) -> tsp.TSTInfo:
    return cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed


def test_its_token_satisfies_openssl(subject: Subject, tmp_path: Path) -> None:
    authority, root = subject
    (tmp_path / "token").write_bytes(authority.timestamp(_DIGEST))
    (tmp_path / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    for digest, accepted in ((_DIGEST, True), (hashlib.sha256(b"other").digest(), False)):
        finished = subprocess.run(  # noqa: S603  # a list, no shell
            [
                *(require_tool("openssl"), "ts", "-verify", "-token_in", "-in", "token"),
                *("-digest", digest.hex(), "-CAfile", "root.pem"),
            ],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert (b"Verification: OK" in finished.stdout) is accepted, finished.stderr


def test_its_token_is_of_the_digest_and_of_now(subject: Subject) -> None:
    authority, _ = subject
    info = _info(authority.timestamp(_DIGEST))
    assert info["message_imprint"]["hashed_message"].native == _DIGEST
    assert abs((info["gen_time"].native - _now()).total_seconds()) < 60
    assert info["gen_time"].native.microsecond == 0


def test_no_two_tokens_are_alike(subject: Subject) -> None:
    authority, _ = subject
    serials = {_info(authority.timestamp(_DIGEST))["serial_number"].native for _ in range(3)}
    assert len(serials) == 3


def test_its_tokens_fit_the_room_it_asks_for(subject: Subject) -> None:
    authority, _ = subject
    assert len(authority.timestamp(_DIGEST)) <= authority.token_size_limit


def test_the_stand_in_announces_itself() -> None:
    identity = demonstration_pki().timestamp
    with pytest.warns(DevelopmentWarning):
        DevelopmentTimestampAuthority(key=development_key(), chain=identity.chain, clock=_now)


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00", b"garbage", b"\x30\x03\x02\x01\x01"],
    ids=["empty", "nul", "garbage", "half"],
)
def test_the_stand_in_rejects_what_is_no_request(body: bytes) -> None:
    answer = decode_timestamp_response(timestamp_authority().respond(body, _now()))
    assert answer.status == 2


def test_the_stand_in_rejects_other_digests() -> None:
    request = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha1"},
                "hashed_message": bytes(20),
            },
        }
    ).dump()
    answer = timestamp_authority().respond(request, _now())
    assert decode_timestamp_response(answer).status == 2
    assert tsp.PKIFailureInfo.load(answer[-4:]).native == {"bad_alg"}


def _failure(
    answer: Answer,
    *,
    root: x509.Certificate,
    status: int = 200,
    timeout_s: float = 10,
    limit: int = 8192,
) -> TimestampError:
    with serve(answer, status=status) as url:
        authority = HttpTimestampAuthority(
            http=HTTP, url=url, roots=[root], timeout_s=timeout_s, token_size_limit=limit
        )
        with pytest.raises(TimestampError) as caught:
            authority.timestamp(_DIGEST)
    assert caught.value.params["authority"] == "127.0.0.1"
    return caught.value


def test_nobody_there(openssl_tsa: OpensslTsa) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    authority = HttpTimestampAuthority(
        http=HTTP, url=f"http://127.0.0.1:{port}", roots=[_root(openssl_tsa)]
    )
    with pytest.raises(TimestampUnreachableError):
        authority.timestamp(_DIGEST)


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://host/", "http://", "http://a b/"])
def test_no_such_address(url: str, openssl_tsa: OpensslTsa) -> None:
    with pytest.raises(TimestampUnreachableError):
        HttpTimestampAuthority(http=HTTP, url=url, roots=[_root(openssl_tsa)]).timestamp(_DIGEST)


def test_an_http_error(openssl_tsa: OpensslTsa) -> None:
    for status in (408, 429, 500, 503):
        failure = _failure(openssl_tsa.answer, root=_root(openssl_tsa), status=status)
        assert isinstance(failure, TimestampUnreachableError)
        assert failure.params["status"] == status


def test_an_answer_that_refuses_is_no_outage(openssl_tsa: OpensslTsa) -> None:
    for status in (302, 400, 401, 404, 415):
        failure = _failure(openssl_tsa.answer, root=_root(openssl_tsa), status=status)
        assert isinstance(failure, TimestampRejectedError)
        assert failure.params["status"] == status
        assert not isinstance(failure, TimestampUnreachableError)


def test_an_authority_that_hangs(openssl_tsa: OpensslTsa) -> None:
    release = Event()

    def hang(body: bytes) -> bytes:
        release.wait(20)
        return body

    started = time.monotonic()
    try:
        failure = _failure(hang, root=_root(openssl_tsa), timeout_s=0.5)
    finally:
        release.set()
    assert isinstance(failure, TimestampTimeoutError)
    assert time.monotonic() - started < 10


def test_an_authority_that_drips(openssl_tsa: OpensslTsa) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        authority = HttpTimestampAuthority(
            http=HTTP, url=url, roots=[_root(openssl_tsa)], timeout_s=1
        )

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
                try:
                    for _ in range(200):
                        connection.sendall(b"x")
                        time.sleep(0.1)
                except OSError:
                    return

        thread = Thread(target=drip)
        thread.start()
        started = time.monotonic()
        with pytest.raises(TimestampTimeoutError):
            authority.timestamp(_DIGEST)
        assert time.monotonic() - started < 8
        thread.join()


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\x30\x03\x02\x01\x00", b"\x30\x80"], ids=["none", "html", "x", "ber"]
)
def test_garbage(body: bytes, openssl_tsa: OpensslTsa) -> None:
    failure = _failure(lambda _: body, root=_root(openssl_tsa))
    assert isinstance(failure, TimestampMalformedError)


def test_an_endless_answer(openssl_tsa: OpensslTsa) -> None:
    failure = _failure(lambda _: bytes(1 << 20), root=_root(openssl_tsa))
    assert isinstance(failure, TimestampMalformedError)


def test_an_error_status(openssl_tsa: OpensslTsa) -> None:
    rejection = bytes.fromhex("30053003020102")
    failure = _failure(lambda _: rejection, root=_root(openssl_tsa))
    assert isinstance(failure, TimestampRefusedError)
    assert failure.params["status"] == 2


def _changed(request: bytes, **values: object) -> bytes:
    parsed = tsp.TimeStampReq.load(request)
    for name, value in values.items():
        parsed[name] = value
    return bytes(parsed.dump(force=True))


def test_a_wrong_imprint(openssl_tsa: OpensslTsa) -> None:
    other = {
        "hash_algorithm": {"algorithm": "sha256"},
        "hashed_message": hashlib.sha256(b"other").digest(),
    }
    failure = _failure(
        lambda body: openssl_tsa.answer(_changed(body, message_imprint=other)),
        root=_root(openssl_tsa),
    )
    assert isinstance(failure, TimestampMismatchError)
    assert failure.params["part"] == "imprint"


def test_a_replayed_answer_has_the_wrong_nonce(openssl_tsa: OpensslTsa) -> None:
    failure = _failure(
        lambda body: openssl_tsa.answer(_changed(body, nonce=7)), root=_root(openssl_tsa)
    )
    assert isinstance(failure, TimestampMismatchError)
    assert failure.params["part"] == "nonce"


def test_an_answer_without_certificate(openssl_tsa: OpensslTsa) -> None:
    failure = _failure(
        lambda body: openssl_tsa.answer(_changed(body, cert_req=False)), root=_root(openssl_tsa)
    )
    assert isinstance(failure, TimestampUntrustedError)


def test_an_untrusted_authority(openssl_tsa: OpensslTsa) -> None:
    failure = _failure(openssl_tsa.answer, root=demonstration_pki().root)
    assert isinstance(failure, TimestampUntrustedError)


def test_a_changed_token(openssl_tsa: OpensslTsa) -> None:
    failure = _failure(
        lambda body: openssl_tsa.answer(body)[:-1] + b"\x00", root=_root(openssl_tsa)
    )
    assert isinstance(failure, TimestampUntrustedError)


def test_a_token_too_large_for_its_room(openssl_tsa: OpensslTsa) -> None:
    failure = _failure(openssl_tsa.answer, root=_root(openssl_tsa), limit=500)
    assert isinstance(failure, TimestampTooLargeError)
    assert failure.params["maximum"] == 500


_POLICY = "1.3.6.1.4.1.99999.1"  # the one the configuration names


def test_a_policy_is_asked_for_and_had(openssl_tsa: OpensslTsa) -> None:
    with serve(openssl_tsa.answer) as url:
        authority = HttpTimestampAuthority(
            http=HTTP, url=url, roots=[_root(openssl_tsa)], policy=_POLICY
        )
        assert _info(authority.timestamp(_DIGEST))["policy"].native == _POLICY


def test_a_policy_the_authority_does_not_have(openssl_tsa: OpensslTsa) -> None:
    with serve(openssl_tsa.answer) as url:
        authority = HttpTimestampAuthority(
            http=HTTP, url=url, roots=[_root(openssl_tsa)], policy="1.3.6.1.4.1.99999.2"
        )
        with pytest.raises(TimestampRefusedError):
            authority.timestamp(_DIGEST)


def test_another_policy_than_was_asked_for(openssl_tsa: OpensslTsa) -> None:
    def without_policy(request: bytes) -> bytes:
        parsed = tsp.TimeStampReq.load(request)
        asked = tsp.TimeStampReq({**parsed.native, "req_policy": None})
        return openssl_tsa.answer(asked.dump())

    with serve(without_policy) as url:
        authority = HttpTimestampAuthority(
            http=HTTP, url=url, roots=[_root(openssl_tsa)], policy="1.3.6.1.4.1.99999.2"
        )
        with pytest.raises(TimestampMismatchError) as caught:
            authority.timestamp(_DIGEST)
    assert caught.value.params["part"] == "policy"
