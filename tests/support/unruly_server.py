"""Servers that misbehave: something between a client and a real server, or in its place."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Behaviour = Callable[[socket.socket, threading.Event], None]
"""Treats one connection; the event tells that the test is over."""
_PART = 1 << 16


@contextmanager
def unruly_server(behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve every connection with a behaviour; gives host and port."""
    over = threading.Event()
    threads: list[threading.Thread] = []

    def treat(connection: socket.socket) -> None:
        with suppress(OSError), connection if tls is None else _wrapped(tls, connection) as channel:
            behave(channel, over)

    def accept(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            thread = threading.Thread(target=treat, args=(connection,))
            threads.append(thread)
            thread.start()

    server = socket.create_server(("127.0.0.1", 0))
    acceptor = threading.Thread(target=accept, args=(server,))
    acceptor.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        over.set()
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        acceptor.join()
        for thread in threads:
            thread.join()


def _wrapped(tls: ssl.SSLContext, connection: socket.socket) -> socket.socket:
    try:
        return tls.wrap_socket(connection, server_side=True)
    except OSError:
        connection.close()
        raise


def silent(connection: socket.socket, over: threading.Event) -> None:
    """Take the request and never answer."""
    connection.recv(_PART)
    over.wait()


def answering(answer: bytes) -> Behaviour:
    """Give always the same answer, and hang up."""

    def behave(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(_PART)
        connection.sendall(answer)

    return behave


def dripping(connection: socket.socket, over: threading.Event) -> None:
    """Promise much and send one byte now and then, often enough for any timeout of a part."""
    connection.recv(_PART)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not over.wait(0.02):
        connection.sendall(b"x")


def cutting(endpoint: str, *, after: int) -> Behaviour:
    """Pass everything on to a real server, and cut its answers after so many bytes."""
    host, port = endpoint.split(":")

    def behave(connection: socket.socket, _: threading.Event) -> None:
        with socket.create_connection((host, int(port)), timeout=10) as real:
            real.sendall(connection.recv(_PART))
            left = after
            while left > 0 and (part := real.recv(min(_PART, left))):
                connection.sendall(part)
                left -= len(part)

    return behave
