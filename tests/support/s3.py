"""A real S3 server for the tests: MinIO, built once from its Go module, own folder, nothing kept.

- `python -m tests.support.s3` builds it (`scripts/test` does so before the tests); the program
  stays in `var/tools`, under the name of its version.
- The workers of a run share one server, started the first time a test asks for it; each test gets
  a bucket of its own.
"""

import fcntl
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import urllib3
from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from certsvc.foundation.clock import Clock, SystemClock
from certsvc.foundation.storage.address import BucketAddress
from certsvc.foundation.storage.s3 import S3Account, S3ObjectStore
from tests.support.run import Run
from tests.support.tools import find_tool, missing

_MODULE = "github.com/minio/minio"
_VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
_TOOLS = Path(__file__).resolve().parents[2] / "var" / "tools"
_START_TIMEOUT_S = 60
ACCESS_KEY, SECRET_KEY = "certsvc-tests", "only-for-these-tests"


class BuildError(Exception):
    """The Go compiler is missing or failed."""


def server_program() -> Path:
    """Return MinIO's program, built if it is not there.

    Raises:
        BuildError: it cannot be built here; says why.
    """
    program = _TOOLS / f"minio-{_VERSION}"
    if program.exists():
        return program
    go = find_tool("go")
    if go is None:
        raise BuildError("no Go compiler (1.24 or later) in PATH or /usr/local/go/bin")
    _TOOLS.mkdir(parents=True, exist_ok=True)
    with (_TOOLS / "minio.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one builder among pytest's workers
        if not program.exists():
            _build(go, program)
    return program


def _build(go: Path, program: Path) -> None:
    with tempfile.TemporaryDirectory(dir=_TOOLS) as folder:
        outcome = subprocess.run(  # noqa: S603  a list, no shell
            [go, "install", "-trimpath", "-ldflags=-s -w", f"{_MODULE}@{_VERSION}"],
            env=os.environ | {"GOBIN": folder, "CGO_ENABLED": "0"},
            check=False,
            capture_output=True,
            encoding="utf-8",
        )
        if outcome.returncode != 0:
            raise BuildError(f"cannot build {_MODULE}: {outcome.stderr[-2000:]}")
        (Path(folder) / "minio").rename(program)


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket of the test's own, and ways around our store to look into it."""

    address: BucketAddress
    client: Minio

    @property
    def url(self) -> str:
        """The address as a setting."""
        return f"s3+http://{self.address.endpoint}/{self.address.bucket}"

    def settings(self) -> dict[str, str]:
        """What an installation needs to keep its files here."""
        return {
            "objects_url": self.url,
            "objects_access_key": ACCESS_KEY,
            "objects_secret_key": SECRET_KEY,
        }

    def store(
        self,
        *,
        endpoint: str | None = None,
        bucket: str | None = None,
        secret_key: str = SECRET_KEY,
        timeout_s: float = 10.0,
        retention: timedelta | None = None,
        clock: Clock | None = None,
    ) -> S3ObjectStore:
        """Our store on this bucket, but for the changes."""
        address = replace(
            self.address,
            endpoint=endpoint or self.address.endpoint,
            bucket=bucket or self.address.bucket,
        )
        return S3ObjectStore(
            address=address,
            account=S3Account(access_key=ACCESS_KEY, secret_key=secret_key),
            clock=(clock or SystemClock()).now,
            timeout_s=timeout_s,
            retention=retention,
        )

    def keys(self) -> list[str]:
        """The names of all objects."""
        found = self.client.list_objects(self.address.bucket, recursive=True)
        return [str(each.object_name) for each in found]

    def read(self, key: str) -> bytes:
        """The bytes of an object."""
        answer = self.client.get_object(self.address.bucket, key)
        try:
            return answer.read()
        finally:
            answer.close()
            answer.release_conn()

    def change(self, key: str, content: bytes, checksum: str | None = None) -> None:
        """Keep other bytes under a name, told with a checksum if one is given."""
        self.client.put_object(
            self.address.bucket,
            key,
            io.BytesIO(content),
            len(content),
            metadata={"x-amz-checksum-sha256": checksum} if checksum else None,
        )

    def checksum(self, key: str) -> str:
        """The SHA-256 that the server keeps of an object, in Base64."""
        found = self.client.stat_object(
            self.address.bucket, key, extra_headers={"x-amz-checksum-mode": "ENABLED"}
        )
        assert found.metadata is not None
        return str(found.metadata["x-amz-checksum-sha256"])

    def delete_for_good(self, key: str) -> None:
        """Delete the very version, not only hide it."""
        version = self.client.stat_object(self.address.bucket, key).version_id
        self.client.remove_object(self.address.bucket, key, version_id=version)


class S3Server:
    """A running server on a port of its own."""

    def __init__(self, folder: Path, endpoint: str = "", user: str = "one") -> None:
        """Prepare it.

        Args:
            folder: Holds its files.
            endpoint: Host and port, of a server that runs; a free port for one that is to start.
            user: Which of several processes this is that make buckets there.
        """
        self._folder = folder
        self._user = user
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self.endpoint = endpoint or _free_endpoint()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers; one that was stopped starts again."""
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  a list, no shell
                [
                    *(server_program(), "server", "--quiet", "--address", self.endpoint),
                    *("--console-address", "127.0.0.1:0", self._folder / "data"),
                ],
                env={
                    "HOME": str(self._folder),
                    "PATH": os.defpath,
                    "MINIO_ROOT_USER": ACCESS_KEY,
                    "MINIO_ROOT_PASSWORD": SECRET_KEY,
                    "MINIO_BROWSER": "off",
                    "MINIO_UPDATE": "off",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,  # Ctrl-C reaches pytest alone, which then stops us
            )
        self._wait_until_ready(self._process)
        return self._process

    def stop(self) -> None:
        """Stop the server."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=_START_TIMEOUT_S)
            self._process = None

    @contextmanager
    def client(self) -> Iterator[Minio]:
        """Talk to the server as its administrator, around our store."""
        with urllib3.PoolManager(timeout=10, retries=False) as connections:
            yield Minio(
                self.endpoint,
                access_key=ACCESS_KEY,
                secret_key=SECRET_KEY,
                secure=False,
                region="us-east-1",
                http_client=connections,
            )

    @contextmanager
    def bucket(self, *, locked: bool = False) -> Iterator[Bucket]:
        """Make an empty bucket, with object lock or without."""
        name = f"test-{self._user}-{next(self._numbers)}"
        with self.client() as client:
            client.make_bucket(name, object_lock=locked)
            address = BucketAddress.parse(f"s3+http://{self.endpoint}/{name}")
            yield Bucket(address=address, client=client)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        give_up_at = time.monotonic() + _START_TIMEOUT_S
        with self.client() as client:
            while not _answers(client):
                if process.poll() is not None or time.monotonic() > give_up_at:
                    log = (self._folder / "server.log").read_text(errors="replace")
                    pytest.fail(f"MinIO does not start: {log}", pytrace=False)
                time.sleep(0.05)


def _free_endpoint() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def _answers(client: Minio) -> bool:
    # Its own "ready" comes before its accounts are loaded; a signed request tells.
    try:
        client.list_buckets()
    except (HTTPError, MinioException):
        return False
    return True


@contextmanager
def running_s3_server() -> Iterator[S3Server]:
    """Run a server of one's own; most tests share the one behind `bucket`."""
    _require_program()
    folder = Path(tempfile.mkdtemp(prefix="certsvc-s3-"))
    server = S3Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def _require_program() -> None:
    try:
        server_program()
    except BuildError as error:
        missing(str(error))


@pytest.fixture(scope="session")
def s3_server(run: Run) -> S3Server:
    """The server that all tests share."""
    _require_program()
    started: list[S3Server] = []

    def start(folder: Path) -> None:
        started.append(S3Server(folder, user=run.worker))
        run.stop_at_the_end(started[0].start())
        (folder / "endpoint").write_text(started[0].endpoint)

    folder = run.made_once("s3", start)
    endpoint = (folder / "endpoint").read_text()
    return started[0] if started else S3Server(folder, endpoint, run.worker)


@pytest.fixture
def bucket(s3_server: S3Server) -> Iterator[Bucket]:
    """An empty bucket of the test's own."""
    with s3_server.bucket() as bucket:
        yield bucket


@pytest.fixture
def locked_bucket(s3_server: S3Server) -> Iterator[Bucket]:
    """An empty bucket with object lock."""
    with s3_server.bucket(locked=True) as bucket:
        yield bucket


if __name__ == "__main__":
    try:
        print(server_program(), file=sys.stderr)  # noqa: T201  a command
    except BuildError as error:
        sys.exit(str(error))
