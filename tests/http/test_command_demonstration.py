"""The command `certsvc demo`: a paper of every pack, each time the same, and no file lost."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from certsvc.demonstration.district import PASSWORD
from certsvc.demonstration.people import make_residents
from templates.checking_content import codes_seen
from tests.packs.papers import CODES
from tests.support.command import MINE, ROOT, Demonstrated, environment, run_command

_START_PAGE = re.compile(r"\s*(http://127\.0\.0\.1:[0-9]+)/\s")
RESIDENT = make_residents()[0].identity_number


def test_the_demonstration_makes_one_of_every_pack_and_twice_the_same(
    demonstrated: Demonstrated, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(demonstrated.home, tmp_path / "home"))
    made = {path.name: path.read_bytes() for path in demonstrated.out.glob("*.pdf")}
    assert set(made) == {f"{code}.pdf" for code in CODES}
    assert len(made) == 8
    for words in ("部门核验", "数据共享", "专用章", "1.2.156.3005.2.", "/v/"):
        assert words in demonstrated.said.out
    for words in ("clerk.wang", "handler.li", PASSWORD, RESIDENT):
        assert words in demonstrated.said.out, "nobody can log in without"
    out = tmp_path / "out"
    second = run_command(home, "demo", "--no-serve", "--out", str(out))
    assert second.code == 0, second.err
    assert out.stat().st_mode & 0o077 == 0, "a folder that it makes is for its owner alone"
    assert {path.name: path.read_bytes() for path in out.iterdir()} == made
    assert run_command(home, "verify", *map(str, out.iterdir())).code == 0


def test_codes_lead_to_where_the_demonstration_is_served(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", "demo", "--port", "0", "--out", "out"],
        cwd=tmp_path,
        env=environment(tmp_path / "home", PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    ) as served:
        assert served.stdout is not None
        found = next(match for match in map(_START_PAGE.match, served.stdout) if match)
        served.terminate()
        served.communicate()
    (code, *_) = codes_seen((tmp_path / "out" / "social-insurance.pdf").read_bytes())
    assert found[1] != "http://127.0.0.1:8000"
    assert code.startswith(f"{found[1]}/v/")


def test_the_demonstration_loses_no_file_that_was_there(demonstrated: Demonstrated) -> None:
    assert (demonstrated.out / f"{MINE}.old").read_bytes() == b"mine"
    assert f"{MINE}.old" in demonstrated.said.err
