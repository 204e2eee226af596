"""A department's HTTP service on this machine, which can also misbehave in every way.

It answers by a script: `behave` names what the next questions get, the last one for ever. What it
was asked is kept. It talks raw sockets, since a library would not let it break HTTP.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[[socket.socket, "Asked"], None]
_PATIENCE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401  whatever was sent
        return json.loads(self.body)


@dataclass
class DepartmentService:
    """The service; `url` is where it is."""

    server: socket.socket
    behaviours: list[Behaviour]
    asked: list[Asked] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)
    """Set it to let those that hang end."""
    hanging: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released for each question that hangs."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.getsockname()[1]}"

    def behave(self, *behaviours: Behaviour) -> None:
        """Say what the next questions get; the last one stays."""
        self.behaviours = list(behaviours)

    def hang(self, connection: socket.socket, _: Asked) -> None:
        """Never answer, until `let_go`."""
        self.hanging.release()
        self.let_go.wait(_PATIENCE_S)
        connection.close()

    def stop(self) -> None:
        """Listen no more."""
        with suppress(OSError):  # stopped already
            self.server.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.server.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(_PATIENCE_S)
        with connection, suppress(OSError):
            asked = _read(connection)
            self.asked.append(asked)
            behaviour = self.behaviours[0]
            if len(self.behaviours) > 1:
                self.behaviours.pop(0)
            behaviour(connection, asked)


def _read(connection: socket.socket) -> Asked:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(1 << 16)
        if not part:
            raise OSError("gone")
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(1 << 16)
    method, target, _ = first.split(" ")
    return Asked(method=method, target=target, headers=headers, body=body)


def says(
    body: bytes | str,
    *,
    status: str = "200 OK",
    kind: str = "application/json",
    length: int | None = None,
    more: str = "",
) -> Behaviour:
    """Answer; the length may be a lie."""
    content = body.encode() if isinstance(body, str) else body

    def answer(connection: socket.socket, _: Asked) -> None:
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(content) if length is None else length}\r\n"
            f"Connection: close\r\n{more}\r\n"
        )
        connection.sendall(head.encode() + content)

    return answer


def replies(value: object) -> Behaviour:
    """Answer with JSON."""
    return says(json.dumps(value, ensure_ascii=False))


def resets(connection: socket.socket, _: Asked) -> None:
    """Cut the connection hard."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drips_headers(connection: socket.socket, _: Asked) -> None:
    """Send a header byte by byte, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    _drip(connection, b"a")


def drips_body(connection: socket.socket, _: Asked) -> None:
    """Send a body byte by byte, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    _drip(connection, b" ")


def floods(connection: socket.socket, _: Asked) -> None:
    """Send a body that never ends, as fast as it is taken."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    while True:
        connection.sendall(b" " * (1 << 16))


def _drip(connection: socket.socket, byte: bytes) -> None:
    pause = threading.Event()
    while not pause.wait(0.02):
        connection.sendall(byte)


@contextmanager
def department_service(*behaviours: Behaviour) -> Iterator[DepartmentService]:
    """Run the service."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        service = DepartmentService(server=server, behaviours=list(behaviours))
        thread = threading.Thread(target=service.serve, daemon=True)
        thread.start()
        try:
            yield service
        finally:
            service.let_go.set()
            service.stop()
            thread.join(_PATIENCE_S)
