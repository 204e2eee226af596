"""A connection of HTTP/1.1 that applies one deadline to every octet.

A client's usual limits are for each read: a server that sends a byte now and then, while it is
still in its headers, is within all of them for days. Here each operation on the socket gets what
is left of the whole time.
"""

import http.client
import io
import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from typing_extensions import Buffer, override

from certsvc.foundation.net.addresses import Target


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Remaining time of an exchange."""

    deadline: float
    """Its end, by the clock that never goes back, seconds."""
    connect_s: float
    """Longest time until the connection stands, TLS included, seconds."""
    silence_s: float
    """Longest wait for the next octet, seconds."""
    monotonic: Callable[[], float] = time.monotonic

    def for_connecting(self) -> "Patience":
        """Return what is left for making the connection."""
        return replace(self, deadline=min(self.deadline, self.monotonic() + self.connect_s))

    def left_s(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: none are.
        """
        left_s = self.deadline - self.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s


Dial = Callable[[Patience], socket.socket]
"""Connect to an address that was judged. Raises: OSError, HttpFailedError."""


class Connection(http.client.HTTPConnection):
    """One connection; used by one caller at a time."""

    def __init__(
        self, target: Target, *, context: ssl.SSLContext | None, dial: Dial, patience: Patience
    ) -> None:
        super().__init__(target.host, target.port)
        self.default_port = 443 if target.tls else 80  # left out of the header Host
        self._context, self._dial, self._server = context, dial, target.host
        self._channel: socket.socket | None = None
        self.patience = patience
        """Of the exchange that is under way; the next one brings its own."""

    @override
    def connect(self) -> None:
        patience = self.patience.for_connecting()
        channel = self._dial(patience)
        try:
            channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                channel.settimeout(patience.left_s())
                channel = self._context.wrap_socket(channel, server_hostname=self._server)
        except BaseException:
            channel.close()
            raise
        self._channel = channel
        self.sock = _BoundedSocket(channel, lambda: self.patience)

    def is_fresh(self) -> bool:
        """Whether the server has neither closed the connection nor said anything unasked."""
        if self._channel is None or self.sock is None:
            return False
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        return not poll.poll(0)


class _BoundedSocket:
    """The three things of a socket that http.client uses, each within the time."""

    def __init__(self, channel: socket.socket, patience: Callable[[], Patience]) -> None:
        self._channel, self._patience = channel, patience
        self._users = 1
        self._to_send = bytearray()

    def sendall(self, data: Buffer) -> None:
        # http.client sends headers and body apart; they are to leave in one packet.
        self._to_send += data

    def makefile(self, mode: str) -> io.BufferedReader:
        """Send what there is to send, and open the answer."""
        del mode  # always opened for reading
        self._channel.settimeout(self._patience().left_s())
        self._channel.sendall(self._to_send)
        self._to_send.clear()
        self._users += 1
        return io.BufferedReader(_BoundedReader(self._channel, self._patience, self.close))

    def close(self) -> None:
        # http.client closes the socket while the answer may still be read from its file.
        self._users -= 1
        if self._users == 0:
            self._channel.close()


class _BoundedReader(io.RawIOBase):
    def __init__(
        self,
        channel: socket.socket,
        patience: Callable[[], Patience],
        on_close: Callable[[], None],
    ) -> None:
        self._channel, self._patience, self._on_close = channel, patience, on_close

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int:
        patience = self._patience()
        self._channel.settimeout(min(patience.left_s(), patience.silence_s))
        return self._channel.recv_into(buffer)

    @override
    def close(self) -> None:
        if not self.closed:
            super().close()
            self._on_close()
