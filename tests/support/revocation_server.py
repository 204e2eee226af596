"""A small web server that answers as told; for revocation data, right and wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from typing_extensions import override


@dataclass(kw_only=True)
class Reply:
    """What is sent back."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause_s: float = 0.0
    """Before each byte of the body; nothing if zero."""
    hangs: bool = False
    """Nothing is sent at all until the server is closed."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]


def _send(handler: BaseHTTPRequestHandler, reply: Reply, closing: Event) -> None:
    handler.send_response(reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(reply.body)))
    handler.end_headers()
    with suppress(ConnectionError):  # a client may have had enough
        if not reply.pause_s:
            handler.wfile.write(reply.body)
            return
        for byte in reply.body:
            handler.wfile.write(bytes([byte]))
            if closing.wait(reply.pause_s):
                return


@contextmanager
def serve_replies(answer: Callable[[Request], Reply]) -> Iterator[str]:
    """Serve an answering function on 127.0.0.1; the address without a path."""
    closing = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes) -> None:
            request = Request(
                method=self.command, path=self.path, body=body, headers=dict(self.headers)
            )
            reply = answer(request)
            if reply.hangs:
                closing.wait(60)
            else:
                _send(self, reply, closing)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
