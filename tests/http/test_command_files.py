"""Files that the command writes: never over another, never half, and for nobody else to read."""

import os
import stat
from pathlib import Path

import pytest

from tests.http.test_command import assert_refused, issue, log_entries
from tests.support.command import Demonstrated, run_command


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_the_command_writes_is_for_its_owner_alone(demonstrated: Demonstrated) -> None:
    home, out = demonstrated.home, demonstrated.out
    found = [home, *home.rglob("*"), *(path for path in out.iterdir() if path.suffix == ".pdf")]
    assert len(found) > 10
    open_to_others = {path.name: oct(mode_of(path)) for path in found if mode_of(path) & 0o077}
    assert open_to_others == {}
    assert mode_of(home) == 0o700


def dangling_link(folder: Path) -> Path:
    link = folder / "link.pdf"
    link.symlink_to(folder / "nowhere.pdf")
    return link


def link_to_a_file(folder: Path) -> Path:
    (folder / "target.pdf").write_bytes(b"mine")
    link = folder / "link.pdf"
    link.symlink_to(folder / "target.pdf")
    return link


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def socket_like(_: Path) -> Path:
    return Path("/dev/null")


@pytest.mark.parametrize(
    ("make", "code", "forced"),
    [
        (lambda folder: folder, "cli.out-unwritable", "cli.out-unwritable"),
        (dangling_link, "cli.out-exists", None),
        (link_to_a_file, "cli.out-exists", None),
        (pipe, "cli.out-exists", "cli.out-unwritable"),
        (socket_like, "cli.out-exists", "cli.out-unwritable"),
        (lambda folder: folder / ("长" * 100), "cli.out-unwritable", "cli.out-unwritable"),
        (lambda folder: folder / "no" / "a.pdf", "cli.out-unwritable", "cli.out-unwritable"),
        (lambda folder: folder / ("x" * 255), None, None),
    ],
)
def test_where_it_cannot_write_it_says_so_before_it_issues(
    home: Path, tmp_path: Path, make: object, code: str | None, forced: str | None
) -> None:
    assert callable(make)
    folder = tmp_path / "folder"
    folder.mkdir()
    out = make(folder)
    for expected, options in ((code, ()), (forced, ("--force",))):
        logged, before = log_entries(home), sorted(folder.iterdir())
        answer = issue(home, out, *options)
        if expected is None:
            assert answer.code == 0, answer.err
            assert out.read_bytes().startswith(b"%PDF-")
            assert not out.is_symlink(), "a link is replaced, never followed"
        else:
            assert_refused(answer, expected)
            assert log_entries(home) == logged, "refused after it was issued"
            assert sorted(folder.iterdir()) == before
    if (folder / "target.pdf").exists():
        assert (folder / "target.pdf").read_bytes() == b"mine"
    assert not (folder / "nowhere.pdf").exists()


def test_offline_the_answer_says_that_no_register_was_asked(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.pdf"
    assert issue(home, out).code == 0
    options = ("verify", "--trust", str(home / "trust.pem"), str(out))
    chinese = run_command(tmp_path / "none", *options)
    assert "没有查询签发系统的登记" in chinese.out
    assert "由本系统签发" not in chinese.out
    english = run_command(tmp_path / "none", *options, "--lang", "en")
    assert "the issuer's register was not asked" in english.out
    assert "issued here" not in english.out.splitlines()[1]
    online = run_command(home, "verify", str(out))
    assert "这份证明由本系统签发" in online.out
