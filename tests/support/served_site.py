"""Serving a demonstration in a process of its own, with systems registered."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from certsvc.demonstration.district import APPROVAL_BUREAU
from tests.support.command import ROOT, environment, run_command

SYSTEMS = ("talent-portal", "generated")


@dataclass(frozen=True, kw_only=True)
class Site:
    """A demonstration that is served."""

    address: str
    home: Path
    secrets: dict[str, str]
    """Secrets of the systems, by their names."""

    @property
    def secret(self) -> str:
        """Secret of the system that the guide tells of."""
        return self.secrets[SYSTEMS[0]]


@contextmanager
def serve_site(template: Path, folder: Path) -> Iterator[Site]:
    """Serve a copy of a demonstration until the caller is done."""
    home = folder / "home"
    shutil.copytree(template, home)
    secrets = {name: _add_system(home, name) for name in SYSTEMS}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "-m", "api.cli.main", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment(home, PYTHONUNBUFFERED="1"),
            stderr=log,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ) as server,
    ):
        assert server.stdout is not None
        first = server.stdout.readline()
        assert address in first, (first, (folder / "log").read_text())
        yield Site(address=address, home=home, secrets=secrets)
        server.terminate()


def _add_system(home: Path, name: str) -> str:
    scopes = ("certificates.issue", "certificates.read", "certificates.withdraw")
    options = [part for scope in scopes for part in ("--scope", scope)]
    added = run_command(home, "clients", "add", name, "--unit", APPROVAL_BUREAU, *options)
    assert added.code == 0, added.err
    return added.out.strip()
