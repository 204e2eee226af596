"""The command `certsvc` as a person runs it, with the machine's clock."""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from api.cli.main import main
from certsvc.foundation.db.engine import Database
from tests.support.quick import make_log_ins_cheap
from tests.support.run import Run
from tests.support.world import FONTS

ROOT = Path(__file__).resolve().parents[2]
MINE = "social-insurance.pdf"
_START_S = 60
_LONGEST_COMMAND_S = 300
"""A ceiling against hanging: a demonstration makes a paper of every pack."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str


def environment(home: Path, **more: str) -> dict[str, str]:
    """The variables that a command is run with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CERTSVC_")}
    return kept | {"CERTSVC_HOME": str(home), "CERTSVC_FONTS_DIR": str(FONTS)} | more


def run_process(home: Path, *arguments: str, folder: Path, typed: str = "", **more: str) -> Answer:
    """Run `certsvc` to its end, in a process of its own, with something on standard input."""
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "api.cli.main", *arguments],
        capture_output=True,
        check=False,
        cwd=folder,
        encoding="utf-8",
        env=environment(home, PYTHONPATH=str(ROOT), **more),
        input=typed,
        timeout=_LONGEST_COMMAND_S,
    )
    return Answer(code=done.returncode, out=done.stdout, err=done.stderr)


def run_command(home: Path, *arguments: str, typed: str = "", **more: str) -> Answer:
    """Run `certsvc` to its end in this process, which spares seconds for each run."""
    out, err = io.StringIO(), io.StringIO()
    variables = environment(home, **more)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in set(os.environ) - set(variables):
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdin", io.StringIO(typed))
        code = main(arguments)
    return Answer(code=code, out=out.getvalue(), err=err.getvalue())


@pytest.fixture(scope="session")
def command_template(run: Run) -> Path:
    """A demonstration that `certsvc init --demonstration` made, to copy."""
    return run.made_once("command", lambda folder: _make_demonstration(folder / "home")) / "home"


@dataclass(frozen=True, kw_only=True)
class Demonstrated:
    """What `certsvc demo` made in a process of its own, to be looked at and not altered."""

    home: Path
    out: Path
    said: Answer


@pytest.fixture(scope="session")
def demonstrated(run: Run) -> Demonstrated:
    """A demonstration with all its papers, in a folder `out` that held a file called `MINE`."""

    def make(folder: Path) -> None:
        (folder / "out").mkdir()
        (folder / "out" / MINE).write_bytes(b"mine")
        said = run_process(folder / "home", "demo", "--no-serve", folder=folder)
        assert said.code == 0, said.err
        (folder / "said.json").write_text(json.dumps(asdict(said)), encoding="utf-8")

    folder = run.made_once("demo", make)
    said = Answer(**json.loads((folder / "said.json").read_bytes()))
    return Demonstrated(home=folder / "home", out=folder / "out", said=said)


def _make_demonstration(home: Path) -> None:
    answer = run_command(home, "init", "--demonstration")
    assert answer.code == 0, answer.err
    database = Database(f"sqlite:///{home / 'certsvc.db'}")
    make_log_ins_cheap(database)
    database.close()


@pytest.fixture
def home(command_template: Path, tmp_path: Path) -> Path:
    """A demonstration of the test's own."""
    folder = tmp_path / "home"
    shutil.copytree(command_template, folder)
    return folder


@pytest.fixture(scope="module")
def site_home(command_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demonstration that `site` serves."""
    home = tmp_path_factory.mktemp("site") / "home"
    shutil.copytree(command_template, home)
    return home


@pytest.fixture(scope="module")
def site(site_home: Path) -> Iterator[str]:
    """The address of a demonstration that `certsvc serve` serves in a process of its own."""
    home, folder = site_home, site_home.parent
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "-m", "api.cli.main", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment(home, CERTSVC_PUBLIC_URL=address, PYTHONUNBUFFERED="1"),
            stderr=log,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ) as server,
    ):
        assert server.stdout is not None
        # Printed when the socket listens: whoever connects from now on waits and is served.
        first = server.stdout.readline()
        assert address in first, (first, (folder / "log").read_text())
        yield address
        server.terminate()
        assert server.wait(timeout=_START_S) in {0, -15}, (folder / "log").read_text()
