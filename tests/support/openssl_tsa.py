"""A real RFC 3161 authority over HTTP: OpenSSL behind a small server, none of our code in it."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from typing_extensions import override

from tests.support.tools import require_tool

Answer = Callable[[bytes], bytes]

_CONFIGURATION = """
[tsa]
default_tsa = authority
[authority]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
[request]
distinguished_name = name
prompt = no
[name]
CN = placeholder
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[timestamp]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = {purpose}
[end]
"""


class OpensslTsa:
    """Issues its own certificates and answers requests, all through the OpenSSL command."""

    def __init__(self, folder: Path, *, purpose: str = "critical, timeStamping") -> None:
        self._folder = folder
        (folder / "tsa.cnf").write_text(_CONFIGURATION.format(purpose=purpose))
        (folder / "serial").write_text("01\n")
        new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        config = ("-config", "tsa.cnf")
        self._run(
            *("req", "-x509", *config, *new_key, "-keyout", "root.key", "-out", "root.pem"),
            *("-days", "30", "-subj", "/CN=OpenSSL TSA root", "-extensions", "ca"),
        )
        self._run(
            *("req", "-x509", *config, *new_key, "-keyout", "tsa.key", "-out", "tsa.pem"),
            *("-days", "30", "-subj", "/CN=OpenSSL TSA", "-extensions", "timestamp"),
            *("-CA", "root.pem", "-CAkey", "root.key"),
        )

    @property
    def root_pem(self) -> bytes:
        return (self._folder / "root.pem").read_bytes()

    def answer(self, request: bytes) -> bytes:
        """A response to one request."""
        with tempfile.NamedTemporaryFile(dir=self._folder) as query:
            query.write(request)
            query.flush()
            return self._run(
                *("ts", "-reply", "-config", "tsa.cnf", "-queryfile", query.name),
                *("-signer", "tsa.pem", "-inkey", "tsa.key"),
            )

    def _run(self, *arguments: str) -> bytes:
        finished = subprocess.run(  # noqa: S603  # a list, no shell
            [require_tool("openssl"), *arguments],
            cwd=self._folder,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert finished.returncode == 0, finished.stderr.decode()
        return finished.stdout


@contextmanager
def serve(answer: Answer, *, status: int = 200) -> Iterator[str]:
    """Serve an answering function on 127.0.0.1; the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            reply = answer(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            with suppress(ConnectionError):  # a client may have had enough
                self.wfile.write(reply)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
