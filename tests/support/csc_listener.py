"""Serves the stand-in of a remote signing service over HTTP and HTTPS, with every trouble."""

import json
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typing_extensions import override

from tests.support.csc_server import CscServer, certify

_RAW = {
    "html": b"<html>" + b" " * 500,
    "list": b"[1]",
    "deep": b"[" * 200_000,
    "huge": b'{"a": "' + b"x" * 2_000_000 + b'"}',
}
_DRIPS = {
    "drip-header": b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 5000,
    "drip-body": b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b" " * 5000,
}
_CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def do_POST(self) -> None:
        served, method = self.server.served, self.path.removeprefix("/csc/v2/")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        served.calls.append(method)
        with suppress(ConnectionError):  # a client may have had enough
            if not served.trouble or method != served.troubled:
                self._say(*served.answer(method, self.headers, body))
            elif not self._break_off(served):
                self._lie(served, method, body)

    def _break_off(self, served: CscServer) -> bool:
        """Fail without an answer; whether this trouble is of that kind."""
        if served.trouble in _DRIPS:
            for octet in _DRIPS[served.trouble]:
                if served.release.wait(0.05):
                    break
                self.wfile.write(bytes([octet]))
        elif served.trouble == "hang":
            served.release.wait(60)
        elif served.trouble == "cut":
            self.wfile.write(_CUT)
        elif served.trouble != "close":
            return False
        self.close_connection = True
        return True

    def _lie(self, served: CscServer, method: str, body: bytes) -> None:
        if served.trouble.isdigit():
            self._say(int(served.trouble), {"error": "trouble"})
        elif served.trouble in _RAW:
            self._send(200, _RAW[served.trouble])
        else:
            status, honest = served.answer(method, self.headers, body)
            self._say(status, served.lie(honest, body))

    def _say(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, served: CscServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.served = served

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent about clients that went away; keep faults of our own."""
        if not isinstance(sys.exception(), OSError):
            self.served.faults.append(sys.exception())


@contextmanager
def serve(server: CscServer, *, tls_folder: Path | None = None) -> Iterator[str]:
    """Serve on 127.0.0.1; the beginning of its keys' URIs."""
    listener = _Server(server)
    scheme = "csc+http"
    if tls_folder:
        scheme = "csc+https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_write_tls_files(tls_folder))
        listener.socket = context.wrap_socket(
            listener.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{listener.server_port}/csc/v2"
    finally:
        server.release.set()
        listener.shutdown()
        thread.join()
        listener.server_close()
    assert server.faults == []


def _write_tls_files(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = certify(key, "127.0.0.1")
    (folder / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path
