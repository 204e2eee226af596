"""The one HTTP client: of the sources, the identity platform, keys, timestamps and revocation.

- The whole exchange has one deadline: resolving, connecting, TLS, headers, body.
- The answer has a limit of size and comes as it is: nothing is decompressed.
- TLS is verified: certificate, host name, version 1.2 or later. No proxy is taken from the
  environment.
- No redirect is followed: it would carry secrets and people's numbers to wherever a server says,
  past every check of the address. It is an answer with its status.
- The address is judged for every connection, see :mod:`certsvc.foundation.net.addresses`.
- A connection is kept only if the caller wants it, and used again only while the server has
  neither closed it nor spoken, and never after a fork.
"""

import http.client
import os
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from threading import Lock

from certsvc.foundation.net.addresses import (
    AddressPolicy,
    Resolve,
    Target,
    parse_target,
    require_allowed,
    resolve,
)
from certsvc.foundation.net.bulkheads import Bulkhead, NoPlaceError, TimeOverError
from certsvc.foundation.net.connections import Connection, Patience
from keys.http_port import HttpAnswer, HttpFailedError, HttpFailure, HttpRequest

ConnectTo = Callable[[tuple[str, int], float], socket.socket]
"""Connect to a numeric address and port within so many seconds. Raises: OSError."""

_MOST_IDLE = 8
_ALWAYS_SENT = {"Accept-Encoding": "identity", "User-Agent": "certsvc"}
_Place = tuple[bool, str, int, str]


class HttpClient:
    """A :class:`~keys.http_port.HttpExchange` on the network; safe to share between threads."""

    def __init__(
        self,
        policy: AddressPolicy = AddressPolicy.ANYWHERE,
        *,
        resolver: Resolve = resolve,
        connect_to: ConnectTo = socket.create_connection,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Configure the client; no connection is opened.

        Args:
            policy: Who names the addresses.
            resolver: Returns the addresses of a name.
            connect_to: Connects to one of them.
            monotonic: A clock that never goes back, seconds.
        """
        self._policy, self._resolver, self._connect_to = policy, resolver, connect_to
        self._monotonic = monotonic
        self._begin()

    def _begin(self) -> None:
        self._idle: dict[_Place, list[Connection]] = {}
        self._lock, self._process = Lock(), os.getpid()
        # A resolver may hang for half a minute, and no call to it can be cut short.
        self._resolving = Bulkhead(at_once=16, waiting=64)

    def check_address(self, url: str, *, timeout_s: float = 5.0) -> None:
        """Check an address before it is stored; each later request checks it again.

        Raises:
            HttpFailedError: it may not be asked, or leads nowhere.
        """
        target = parse_target(url, self._policy)
        try:
            addresses = self._addresses(target, timeout_s)
        except TimeoutError as error:
            raise HttpFailedError(HttpFailure.SLOW) from error
        except OSError as error:
            raise HttpFailedError(HttpFailure.UNREACHABLE) from error
        require_allowed(addresses, self._policy)

    def exchange(self, request: HttpRequest) -> HttpAnswer:
        """See :meth:`keys.http_port.HttpExchange.exchange`."""
        if self._process != os.getpid():
            self._begin()  # a fork: the parent goes on using what is idle, TLS state included
        target = parse_target(request.url, self._policy)
        patience = Patience(
            deadline=self._monotonic() + request.timeout_s,
            connect_s=request.connect_s or request.timeout_s,
            silence_s=request.silence_s or request.timeout_s,
            monotonic=self._monotonic,
        )
        connection, kept = self._take(target, request, patience), False
        try:
            with closing(_send(connection, target, request)) as response:
                answer = _read(response, request)
                is_whole = response.isclosed() and connection.sock is not None
            kept = request.keeps_connection and is_whole
        except TimeoutError as error:
            raise HttpFailedError(HttpFailure.SLOW) from error
        except (OSError, http.client.HTTPException) as error:
            raise HttpFailedError(HttpFailure.BROKEN) from error
        finally:
            if not (kept and self._put_back((*target.origin, request.ca_file), connection)):
                connection.close()
        return answer

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connection in (each for group in idle.values() for each in group):
            connection.close()

    def _take(self, target: Target, request: HttpRequest, patience: Patience) -> Connection:
        """Return an open connection: an idle one, or a new one."""
        while connection := self._idle_one((*target.origin, request.ca_file)):
            if connection.is_fresh():
                connection.patience = patience
                return connection
            connection.close()
        try:
            context = _trust(request.ca_file) if target.tls else None
            connection = Connection(
                target,
                context=context,
                dial=lambda left: self._dial(target, left),
                patience=patience,
            )
            connection.connect()
        except TimeoutError as error:
            raise HttpFailedError(HttpFailure.SLOW) from error
        except (OSError, ValueError) as error:
            raise HttpFailedError(HttpFailure.UNREACHABLE) from error
        return connection

    def _dial(self, target: Target, patience: Patience) -> socket.socket:
        addresses = self._addresses(target, patience.left_s())
        require_allowed(addresses, self._policy)
        failure: OSError = OSError("no address")
        for address in addresses:
            try:
                return self._connect_to((address, target.port), patience.left_s())
            except OSError as error:
                failure = error
        raise failure

    def _addresses(self, target: Target, limit_s: float) -> tuple[str, ...]:
        try:
            return tuple(
                self._resolving.run(
                    lambda: self._resolver(target.host, target.port), limit_s=limit_s
                )
            )
        except (NoPlaceError, TimeOverError) as error:
            raise TimeoutError from error

    def _idle_one(self, place: _Place) -> Connection | None:
        with self._lock:
            group = self._idle.get(place)
            return group.pop() if group else None

    def _put_back(self, place: _Place, connection: Connection) -> bool:
        with self._lock:
            group = self._idle.setdefault(place, [])
            if len(group) >= _MOST_IDLE:
                return False
            group.append(connection)
            return True


def _send(connection: Connection, target: Target, request: HttpRequest) -> http.client.HTTPResponse:
    try:
        headers = {**_ALWAYS_SENT, **_account(target), **request.headers}
        connection.request(request.method, target.path, request.body, headers)
    except (ValueError, http.client.InvalidURL) as error:  # a header or path with a line break
        raise HttpFailedError(HttpFailure.UNREACHABLE) from error
    return connection.getresponse()


def _account(target: Target) -> dict[str, str]:
    if not target.account:
        return {}
    return {"Authorization": f"Basic {b64encode(target.account.encode()).decode()}"}  # RFC 7617


def _read(response: http.client.HTTPResponse, request: HttpRequest) -> HttpAnswer:
    lengths = set(response.headers.get_all("content-length", []))
    if len(lengths) > 1 or not all(each.isascii() and each.isdigit() for each in lengths):
        raise http.client.HTTPException("length")
    body = b""
    if response.status == HTTPStatus.OK or request.reads_refusals:
        body = response.read(request.answer_limit + 1)
        if len(body) > request.answer_limit:
            raise HttpFailedError(HttpFailure.TOO_LARGE)
        if response.length:
            raise http.client.IncompleteRead(body)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HttpAnswer(status=response.status, headers=headers, body=body)


def _trust(ca_file: str) -> ssl.SSLContext:
    """Return whom to trust: the machine's authorities, or those of a file alone.

    Raises:
        OSError: the file is not there or holds no certificate.
    """
    return _context(ca_file, Path(ca_file).stat().st_mtime_ns if ca_file else 0)


@lru_cache(maxsize=32)  # the machine's authorities take 10 ms to read
def _context(ca_file: str, _changed_at: int) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
