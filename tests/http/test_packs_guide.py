"""The guide to a first pack: its commands, run in their order, do what it says."""

import contextlib
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from certsvc.demonstration.district import PASSWORD
from certsvc.foundation.clock import SystemClock, china_day
from tests.packs.papers import PACKS
from tests.support.command import ROOT, Answer, run_command
from tests.support.pack_versions import GIVEN

GUIDE = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
PACK = "my-packs/household-registration"
ADDRESS = "青禾市云岭区青苗路1号"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


DAY = "2027-01-01"
LATER = china_day(SystemClock().now() + timedelta(days=30)).isoformat()
COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


class Clerk:
    """Follows the guide, line by line."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._left: Iterator[str] = iter(COMMANDS)

    def next(self, **more: str) -> Answer:
        program, *arguments = shlex.split(next(self._left))
        assert program == "certsvc"
        return run_command(self.home, *arguments, **more)

    def next_as_staff(self, packs: Path, *, number: str = "", shown: str = "") -> Answer:
        """Somebody at a terminal types their password."""
        program, *arguments = shlex.split(next(self._left))
        assert program == "certsvc"
        # The guide's day will be over one day, and its number is another one's elsewhere.
        meant = {DAY: LATER, "DIGEST": shown} | ({"3": number} if number else {})
        arguments = [meant.get(argument, argument) for argument in arguments]
        return run_command(
            self.home,
            *arguments,
            typed=f"{PASSWORD}\n",
            CERTSVC_PACKS_DIR=str(packs),
        )

    def is_done(self) -> bool:
        return next(self._left, None) is None


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def add_the_field(folder: Path) -> None:
    (snippet,) = blocks("json")
    edit(folder / "schema.json", '"properties": {\n', '"properties": {\n' + snippet)
    edit(folder / "schema.json", '"required": [', '"required": ["address", ')


def fill_the_samples(folder: Path) -> None:
    for name, address in (("sample", ADDRESS), ("sample-hard", ADDRESS * 9)):
        path = folder / f"{name}.json"
        sample = json.loads(path.read_text("utf-8"))
        sample["fields"]["address"] = address
        path.write_text(json.dumps(sample, ensure_ascii=False), "utf-8")


def test_a_clerk_takes_a_first_pack_into_force(home: Path, tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path):
        _follow(Clerk(home), tmp_path)


def _follow(clerk: Clerk, tmp_path: Path) -> None:
    folder = tmp_path / PACK
    assert clerk.next().code == 0
    assert clerk.next().code == 0
    add_the_field(folder)
    lacking = clerk.next()
    assert lacking.code == 1
    assert "template.lint.sample-invalid" in lacking.out
    fill_the_samples(folder)
    (snippet,) = blocks("typst")
    edit(
        folder / "layout.typ",
        "#attested()",
        f"#indented[{snippet}]\n\n#attested()",
    )
    for name in ("ordinary.pdf", "hardest.pdf"):
        assert clerk.next().code == 0
        assert (tmp_path / name).read_bytes().startswith(b"%PDF-1.7")
    accepted = clerk.next()
    assert (accepted.code, ADDRESS in accepted.out) == (0, True)
    checked = clerk.next()
    assert (checked.code, "通过" in checked.out) == (0, True), checked.out
    packs = Path(shutil.copytree(PACKS, tmp_path / "packs"))
    shutil.copytree(folder, packs / "household-registration")
    proposed = clerk.next_as_staff(packs)
    assert proposed.code == 0, proposed.err
    number = re.search(r"编号 (\d+)", proposed.out)
    assert number
    assert "待审批" in clerk.next_as_staff(packs).out
    looked = clerk.next_as_staff(packs, number=number[1])
    shown = re.findall(r"--shown ([0-9a-f]{64})", looked.out)
    assert (looked.code, len(shown)) == (1, 1), looked.out
    approved = clerk.next_as_staff(packs, number=number[1], shown=shown[0])
    assert (approved.code, LATER in approved.out) == (0, True), approved.err
    assert clerk.is_done()


def test_the_guide_knows_every_file_and_entry_of_a_pack() -> None:
    for name in (PACKS / "no-criminal-record").iterdir():
        assert f"`{name.name}`" in GUIDE


def test_one_person_is_refused_at_the_command_line(home: Path, tmp_path: Path) -> None:
    packs = Path(shutil.copytree(PACKS, tmp_path / "packs"))
    for name, old, new in (
        ("pack.toml", f'version = "{GIVEN}"', 'version = "2"'),
        ("schema.json", f"no-criminal-record:{GIVEN}", "no-criminal-record:2"),
    ):
        edit(packs / "no-criminal-record" / name, old, new)

    def run(*arguments: str) -> Answer:
        return run_command(
            home,
            "packs",
            *arguments,
            "--reason",
            "例行",
            "--as",
            "pack.sun",
            typed=f"{PASSWORD}\n",
            CERTSVC_PACKS_DIR=str(packs),
        )

    proposed = run("propose", "no-criminal-record")
    assert proposed.code == 0, proposed.err
    number = re.search(r"编号 (\d+)", proposed.out)
    assert number
    for decision in (["approve", "--shown", "0" * 64], ["reject"]):
        assert "organisations.permission-denied" in run(*decision, number[1]).err
    assert run("withdraw", number[1]).code == 0
