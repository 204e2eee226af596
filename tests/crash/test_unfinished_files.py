"""A writer that is killed leaves nothing under a file's own name, and nothing for ever."""

import os
import re
import runpy
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.cli.files import write_pieces
from certsvc.foundation.jobs.rules import Lane
from certsvc.foundation.settings import read_settings
from certsvc.foundation.storage.folder import FolderObjectStore
from certsvc.foundation.store_choice import written_folders
from certsvc.housekeeping.kinds import JobListeners
from keys.whole_files import LEFT_AFTER_S, sweep, write_whole
from tests.crash import writing_victim
from tests.support.forks import ROOT, forked
from tests.support.world import World

OURS = re.compile(r"\.certsvc-[0-9a-f]{16}\.part")
OF_COMMANDS = {"seal-key", "out", "out-again"}


def kill_while_writing(home: Path, kind: str) -> Path:
    """Have a file written by a process that is killed; return what is left of it."""
    with forked(writing_victim.main, home, kind, folder=home, variables={}) as process:
        assert process.wait() == -signal.SIGKILL, process.said()
    (left,) = (path for path in home.rglob("*") if OURS.fullmatch(path.name))
    assert left.read_bytes(), "whole, but without a name"
    return left


def age(path: Path, by_s: float = LEFT_AFTER_S + 60) -> None:
    then = time.time() - by_s
    os.utime(path, (then, then), follow_symlinks=False)


@pytest.mark.parametrize("kind", writing_victim.KINDS)
def test_what_a_killed_writer_left_goes_when_it_is_hours_old(tmp_path: Path, kind: str) -> None:
    left = kill_while_writing(tmp_path, kind)
    settings = read_settings(tmp_path, mode="demonstration")
    folders = written_folders(settings)
    assert [sweep(folder) for folder in folders] == [0, 0, 0], "it may be in the making"
    age(left)
    if kind in OF_COMMANDS:
        write_pieces(left.parent / "next.pdf", (b"next",), force=False)
    else:
        assert sum(map(sweep, folders)) == 1
    assert not left.exists()


@pytest.mark.parametrize("kind", writing_victim.KINDS)
def test_a_killed_writer_is_in_nobodys_way(tmp_path: Path, kind: str) -> None:
    kill_while_writing(tmp_path, kind)
    writing_victim.KINDS[kind](tmp_path)
    writing_victim.KINDS["object"](tmp_path)
    digest = FolderObjectStore(tmp_path / "objects").put(b"content")
    assert FolderObjectStore(tmp_path / "objects").get(digest) == b"content"


def test_the_chores_take_it_away(sqlite_world: World) -> None:
    services, defects = sqlite_world.services, list[Exception]()
    left = kill_while_writing(services.settings.home, "object")
    age(left)
    listeners = JobListeners(on_failure=defects.append)
    services.job_worker(listeners, (Lane.CHORE,)).run_chores()
    assert (left.exists(), defects) == (False, [])


def _link(path: Path) -> None:
    path.symlink_to("elsewhere")


def _other_owner(path: Path) -> None:
    path.write_bytes(b"theirs")
    os.chown(path, 65534, 65534)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        (".certsvc-notes.part", Path.touch),
        (".certsvc-0123456789abcdef.part.pdf", Path.touch),
        ("x.certsvc-0123456789abcdef.part", Path.touch),
        (".certsvc-0123456789ABCDEF.part", Path.touch),
        ("tmp0a1b2c3d", Path.touch),
        (".certsvc-0123456789abcdef.part", Path.mkdir),
        (".certsvc-0123456789abcdef.part", _link),
        pytest.param(
            *(".certsvc-0123456789abcdef.part", _other_owner),
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away"),
        ),
    ],
)
def test_nothing_else_is_ever_taken(
    tmp_path: Path, name: str, make: Callable[[Path], object]
) -> None:
    path = tmp_path / name
    make(path)
    age(path)
    assert sweep(tmp_path) == 0
    assert os.path.lexists(path)


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise ValueError

    with pytest.raises(ValueError, match="^$"):
        write_whole(tmp_path / "file", pieces())
    (tmp_path / "there").write_bytes(b"there")
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "there", [b"other"])
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_bytes() == b"there"
    assert sweep(tmp_path / "not there") == 0


def test_the_fonts_script_takes_away_its_own_work_alone(tmp_path: Path) -> None:
    names = (".fetch-0_abcdef", ".fetch-0_abcdeg", ".fetch-new", "fetch-0_abcdef")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "part.deb").touch()
        age(tmp_path / name)
    age(tmp_path / names[1], by_s=60)
    runpy.run_path(str(ROOT / "scripts" / "fonts"))["sweep"](tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(names[1:])
