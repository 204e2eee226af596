"""Identity platforms for the tests: a certified OpenID provider, and one that lies.

- `real_platform` starts `oidc-provider` (Node.js), which npm installs from a lock with digests.
- `LyingPlatform` answers on loopback, correctly until a test tells it what to say instead.
"""

import fcntl
import json
import re
import subprocess
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet
from typing_extensions import override

from certsvc.foundation.clock import Clock
from tests.support.tools import require_tool

CLIENT_ID, CLIENT_SECRET = "certsvc", "a+secret/with=signs"
_FOLDER = Path(__file__).with_name("identity-platform")
_INSTALL_S, _ENOUGH_STEPS = 300, 12


@contextmanager
def real_platform(redirect_uri: str) -> Iterator[str]:
    """Run the certified provider and yield its issuer."""
    node, npm = require_tool("node"), require_tool("npm")
    _install(npm)
    with subprocess.Popen(  # noqa: S603  our own script
        [node, "platform.mjs", redirect_uri],
        cwd=_FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    ) as server:
        assert server.stdout is not None
        lines = iter(server.stdout.readline, "")
        issuer = next((line.strip() for line in lines if line.startswith("http")), None)
        assert issuer, "the provider did not start"
        try:
            yield issuer
        finally:
            server.terminate()


def log_in_at(address: str, person: str, redirect_uri: str) -> str:
    """Log in at the certified provider as a browser does; return the address it sends one to."""
    with httpx2.Client(trust_env=False) as browser:
        answer = browser.get(address)
        for _ in range(_ENOUGH_STEPS):
            if answer.has_redirect_location:
                following = str(answer.url.join(answer.headers["location"]))
                if following.startswith(redirect_uri):
                    return following
                answer = browser.get(following)
                continue
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert prompt, answer.text
            form = {"prompt": prompt[1], "login": person, "password": "any"}
            answer = browser.post(str(answer.url), data=form)
    raise AssertionError("the provider never sent the browser back")


def _install(npm: Path) -> None:
    lock_file = _FOLDER / "package-lock.json"
    stamp = _FOLDER / "node_modules" / ".installed"
    wanted = sha256(lock_file.read_bytes()).hexdigest()
    with lock_file.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one of pytest's workers installs
        if stamp.exists() and stamp.read_text() == wanted:
            return
        subprocess.run(  # noqa: S603  a program of the system
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=_FOLDER,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=_INSTALL_S,
        )
        stamp.write_text(wanted)


class LyingPlatform:
    """An identity platform that says what a test tells it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.key = ECKey.generate_key("P-256", {"kid": "first", "use": "sig"})
        self.published: list[Key] = [self.key]
        self.header: dict[str, Any] = {"alg": "ES256", "kid": "first"}
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.answer: dict[str, Any] = {}
        self.token: str | None = None
        self.status = 200
        self.forms: list[str] = []
        self.asked: list[str] = []
        self.issuer = ""

    def id_token(self) -> str:
        """Make the ID token."""
        if self.token is not None:
            return self.token
        now = int(self.clock.now().timestamp())
        half = sha256(b"access").digest()[:16]
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "person-1",
            "iat": now,
            "exp": now + 300,
            "at_hash": urlsafe_b64encode(half).decode().rstrip("="),
        } | self.claims
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(self.header, kept, self.key, algorithms=[self.header["alg"]])

    def say(self, path: str, form: str) -> tuple[int, dict[str, Any]]:
        """Answer a request."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/leave",
            } | self.metadata
        if path == "/keys":
            return 200, dict(KeySet(self.published).as_dict(private=False))
        self.forms.append(form)
        tokens = {"access_token": "access", "token_type": "Bearer", "id_token": self.id_token()}
        return self.status, tokens | self.answer


@contextmanager
def lying_platform(clock: Clock) -> Iterator[LyingPlatform]:
    """Serve a lying platform on loopback."""
    platform = LyingPlatform(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say("")

        def do_POST(self) -> None:
            self._say(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _say(self, form: str) -> None:
            status, content = platform.say(self.path, form)
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    platform.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
