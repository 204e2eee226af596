"""JSON over HTTPS to one server, with a limit of time for the whole exchange.

* The limit holds for every octet: a server that drips headers or body cannot hold a caller up.
* Redirects are not followed, proxies not used, compression not offered, answers bounded.
* A connection is used again only while the server has kept it open, and never after a fork.
"""

import http.client
import io
import json
import os
import select
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from typing_extensions import Buffer, override

from keys.errors import KeyAnswerWrongError, KeyGoneError, KeySlowError

_ANSWER_LIMIT = 256 << 10
_MOST_IDLE = 8


@dataclass(frozen=True, kw_only=True)
class ServiceAddress:
    """Where a server is."""

    host: str
    port: int
    tls: bool = True
    """Plain HTTP is for this machine alone."""

    ca_file: str = ""
    """PEM file of the authorities to trust; the system's, if empty."""


@dataclass(frozen=True, kw_only=True)
class JsonAnswer:
    """What a server answered."""

    status: int
    body: dict[str, Any]


class NotSentError(Exception):
    """The server could not be reached, so nothing was asked: asking again is safe."""


class JsonService:
    """One server."""

    def __init__(self, address: ServiceAddress, *, name: str) -> None:
        self._address = address
        self._name = name
        self._context = _tls_context(address, name) if address.tls else None
        self._idle: list[_Connection] = []
        self._lock = Lock()
        self._process = os.getpid()

    def post(
        self, path: str, body: bytes, *, headers: Mapping[str, str], timeout_s: float
    ) -> JsonAnswer:
        """Post a body and read a JSON object.

        Raises:
            NotSentError: No connection; nothing was sent.
            KeyGoneError: The connection broke: the server may or may not have acted.
            KeySlowError: No whole answer in time.
            KeyAnswerWrongError: The answer is no JSON object, or far too large.
        """
        deadline = time.monotonic() + timeout_s
        try:
            connection = self._take(deadline)
        except TimeoutError as error:
            raise KeySlowError(name=self._name, timeout_s=round(timeout_s)) from error
        except (OSError, http.client.HTTPException) as error:
            raise NotSentError from error
        try:
            answer = self._exchange(connection, path, body, dict(headers))
        except BaseException as error:
            connection.close()
            if isinstance(error, TimeoutError):
                raise KeySlowError(name=self._name, timeout_s=round(timeout_s)) from error
            if isinstance(error, OSError | http.client.HTTPException):
                raise KeyGoneError(name=self._name) from error
            raise
        self._put_back(connection)
        return answer

    def _exchange(
        self, connection: "_Connection", path: str, body: bytes, headers: dict[str, str]
    ) -> JsonAnswer:
        connection.request("POST", path, body, headers | {"Accept": "application/json"})
        response = connection.getresponse()
        content = response.read(_ANSWER_LIMIT + 1)
        if len(content) > _ANSWER_LIMIT:
            raise KeyAnswerWrongError(name=self._name)
        if not response.isclosed():
            raise http.client.IncompleteRead(content)
        if response.status >= http.client.INTERNAL_SERVER_ERROR:
            raise KeyGoneError(name=self._name)
        try:
            found = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise KeyAnswerWrongError(name=self._name) from error
        if not isinstance(found, dict):
            raise KeyAnswerWrongError(name=self._name)
        return JsonAnswer(status=response.status, body=found)

    def _take(self, deadline: float) -> "_Connection":
        while True:
            with self._lock:
                if self._process != os.getpid():
                    self._idle, self._process = [], os.getpid()
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = _Connection(self._address, self._context, deadline)
                connection.connect()
                return connection
            if connection.is_fresh():
                connection.limit.deadline = deadline
                return connection
            connection.close()

    def _put_back(self, connection: "_Connection") -> None:
        with self._lock:
            if connection.sock is not None and len(self._idle) < _MOST_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()


def _tls_context(address: ServiceAddress, name: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=address.ca_file or None)
    except (OSError, ValueError) as error:
        raise KeyGoneError(name=name) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Limit:
    """The instant by which an exchange must be over."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline

    def apply(self, channel: socket.socket) -> None:
        remaining_s = self.deadline - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        channel.settimeout(remaining_s)


class _LimitedSocket:
    """The three things of a socket that http.client uses, each within the limit."""

    def __init__(self, channel: socket.socket, limit: _Limit) -> None:
        self._channel = channel
        self._limit = limit

    def sendall(self, data: Buffer) -> None:
        self._limit.apply(self._channel)
        self._channel.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        del mode  # always reading
        return io.BufferedReader(_LimitedReader(self._channel, self._limit))

    def close(self) -> None:
        self._channel.close()


class _LimitedReader(io.RawIOBase):
    def __init__(self, channel: socket.socket, limit: _Limit) -> None:
        self._channel = channel
        self._limit = limit

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int:
        self._limit.apply(self._channel)
        return self._channel.recv_into(buffer)


class _Connection(http.client.HTTPConnection):
    def __init__(
        self, address: ServiceAddress, context: ssl.SSLContext | None, deadline: float
    ) -> None:
        super().__init__(address.host, address.port)
        self._context = context
        self._channel: socket.socket | None = None
        self.limit = _Limit(deadline)

    @override
    def connect(self) -> None:
        remaining_s = max(self.limit.deadline - time.monotonic(), 0.001)
        channel = socket.create_connection((self.host, self.port), remaining_s)
        try:
            channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                self.limit.apply(channel)
                channel = self._context.wrap_socket(channel, server_hostname=self.host)
        except BaseException:
            channel.close()
            raise
        self._channel = channel
        self.sock = _LimitedSocket(channel, self.limit)

    def is_fresh(self) -> bool:
        """Whether the server has neither closed the connection nor said anything unasked."""
        if self._channel is None or self.sock is None:
            return False
        readable, _, _ = select.select([self._channel], [], [], 0)
        return not readable
