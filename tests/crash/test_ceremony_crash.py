"""A key ceremony that is killed in the middle leaves a record and is not run again."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.http.test_key_commands import APPROVERS, approve, keys, rows, write_ceremony
from tests.support.command import ROOT, environment
from tests.support.soft_token import SoftToken, Trouble


def recorded(home: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(home / "certsvc.db")) as database:
        # Keys of the demonstration came with their certificates.
        events = "SELECT action, outcome FROM custody_events WHERE key_name = 'sharing-1'"
        return list(database.execute(f"{events} ORDER BY id"))


def test_killed_in_the_middle(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trouble = Trouble(tmp_path, monkeypatch)
    token = SoftToken(tmp_path / "hsm", module=trouble.module)
    token.use(monkeypatch)
    path = write_ceremony(tmp_path, token)
    path.write_text(path.read_text("utf-8").replace("?", "?x-timeout-s=60&"), "utf-8")
    for login in APPROVERS:
        assert approve(home, path, login).code == 0
    trouble.begin("hang")  # when the request is signed, after the key was made
    perform = ("keys", "ceremony", str(path), "--out", str(tmp_path / "out"))
    with subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-m", "api.cli.main", *perform],
        cwd=ROOT,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as victim:
        give_up_at = time.monotonic() + 60
        while ("request", "started") not in recorded(home):
            assert time.monotonic() < give_up_at
            assert victim.poll() is None
            time.sleep(0.05)
        victim.kill()
    assert victim.returncode == -signal.SIGKILL
    trouble.end()

    assert recorded(home) == [
        ("generate", "started"),
        ("generate", "done"),
        ("request", "started"),
    ]
    assert "sharing-1" in rows(home)
    assert "sharing-1" in keys(home, "list").err, "what was never ended is pointed at"
    again = keys(home, *perform[1:])
    assert again.code == 1
    assert "custody.ceremony-done" in again.err
    assert not (tmp_path / "out").exists()
