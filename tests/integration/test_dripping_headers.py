"""A server that never finishes its headers holds nobody up."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from signing.errors import RevocationUnavailableError, TimestampTimeoutError
from signing.revocation.http_revocation import HttpRevocationSource
from signing.timestamps.http_timestamps import HttpTimestampAuthority
from tests.support.http_out import HTTP
from tests.support.seal_certificates import Wish, issue

_LIMIT_S, _PAUSE_S = 0.5, 0.05


@pytest.fixture
def dripping() -> Iterator[tuple[str, threading.Event]]:
    """The address of such a server, and whether its last client has left."""
    left = threading.Event()

    def drip(server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                for _ in range(200):
                    connection.sendall(b"a")
                    time.sleep(_PAUSE_S)
                connection.sendall(b"\r\nContent-Length: 0\r\n\r\n")
                return
        left.set()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", left
        thread.join()


def test_a_timestamp_authority(dripping: tuple[str, threading.Event]) -> None:
    url, left = dripping
    authority = HttpTimestampAuthority(http=HTTP, url=url, roots=(), timeout_s=_LIMIT_S)
    with pytest.raises(TimestampTimeoutError):
        authority.timestamp(bytes(32))
    assert left.wait(5)


def test_a_responder(dripping: tuple[str, threading.Event]) -> None:
    url, left = dripping
    authority = issue(Wish(name="甲", ca=True))
    holder = issue(Wish(responder_url=url), authority)
    source = HttpRevocationSource(HTTP, timeout_s=_LIMIT_S)
    with pytest.raises(RevocationUnavailableError):
        source.fetch(holder.certificate, authority.certificate)
    assert left.wait(5)
