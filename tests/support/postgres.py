"""A real PostgreSQL server for the tests: own data folder, Unix socket only, nothing kept.

The workers of a run share one server, started (about 2 s) the first time a test asks for it; each
test gets a database of its own (about 50 ms). Works as an ordinary user, and as root through the
`postgres` user that Debian's package makes, since PostgreSQL refuses to run as root.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.support.run import Run
from tests.support.tools import missing, require_tool

_START_TIMEOUT_S = 60
_SPEED_OVER_SAFETY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_MANY_USERS = "max_connections=300"


class PostgresServer:
    """A running server, reached through a socket in its own folder."""

    def __init__(self, folder: Path, account: str | None, user: str = "one") -> None:
        """Prepare it.

        Args:
            folder: Holds `data`, and the socket.
            account: Whom it runs as; None for whoever starts it.
            user: Which of several processes this is that make databases there.
        """
        self._folder = folder
        self._account = account
        self._user = user
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database on this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def create_database(self, *, copy_of: str | None = None) -> str:
        """Create an empty database, or a copy of the one with the given URL; return its URL."""
        template = make_url(copy_of).database if copy_of else "template0"
        name = f"test_{self._user}_{next(self._numbers)}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
        with self._connect() as connection:
            connection.execute(command.format(sql.Identifier(name), sql.Identifier(str(template))))
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database with whoever is still connected to it."""
        command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        with self._connect() as connection:
            connection.execute(command.format(sql.Identifier(str(make_url(url).database))))

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers; one that was stopped starts again."""
        settings = (f"unix_socket_directories={self._folder}", "listen_addresses=")
        options = [
            word for each in (*settings, *_SPEED_OVER_SAFETY, _MANY_USERS) for word in ("-c", each)
        ]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a list, no shell
                [require_tool("postgres"), "-D", self._folder / "data", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                user=self._account,
                start_new_session=True,  # Ctrl-C reaches pytest alone, which then stops us
            )
        self._wait_until_ready(self._process)
        return self._process

    def stop(self) -> None:
        """Stop the server at once, breaking every connection."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # "fast": no waiting for clients
            self._process.wait(timeout=_START_TIMEOUT_S)
            self._process = None

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._folder), user="postgres", dbname="postgres", autocommit=True
        )

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        give_up_at = time.monotonic() + _START_TIMEOUT_S
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                if process.poll() is not None or time.monotonic() > give_up_at:
                    log = (self._folder / "server.log").read_text(errors="replace")
                    pytest.fail(f"PostgreSQL does not start: {log}", pytrace=False)
                time.sleep(0.05)
            else:
                return


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Run a server of one's own; most tests share the one behind `postgres_url`."""
    account = _account_to_run_as()
    folder = Path(tempfile.mkdtemp(prefix="certsvc-pg-"))  # a short path: socket names are
    try:
        _make_data(folder, account)
        server = PostgresServer(folder, account)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _make_data(folder: Path, account: str | None) -> None:
    initdb = require_tool("initdb")
    if account:
        shutil.chown(folder, account)
    subprocess.run(  # noqa: S603 - a list, no shell
        [
            *(initdb, "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"),
            *("--no-locale", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        user=account,
    )


def _account_to_run_as() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        missing("PostgreSQL refuses to run as root and there is no user postgres")


@pytest.fixture(scope="session")
def postgres_server(run: Run) -> PostgresServer:
    """The server that all tests share."""
    account, started = _account_to_run_as(), []

    def start(folder: Path) -> None:
        _make_data(folder, account)
        started.append(PostgresServer(folder, account, run.worker))
        run.stop_at_the_end(started[0].start())

    folder = run.made_once("postgres", start)
    return started[0] if started else PostgresServer(folder, account, run.worker)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own, as an SQLAlchemy URL."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)
