"""The command imports the part that is called, and no other."""

import subprocess
import sys

import pytest
from typer.main import get_command

from api.cli.main import PARTS, Part, build_app
from tests.support.command import ROOT

HEAVY = {"sqlalchemy", "pyhanko", "pikepdf", "fastapi", "minio", "typst", "alembic"}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_part_is_found_when_it_is_called(part: Part) -> None:
    listed, called = (
        get_command(build_app(name)).commands[part.name]  # type: ignore[attr-defined]  # a group
        for name in (None, part.name)
    )
    assert called.help == listed.help
    assert called.callback is not listed.callback or hasattr(called, "commands")


def test_the_help_loads_nothing_that_is_slow() -> None:
    program = (
        "import sys; from api.cli.main import main; code = main(['--help']);"
        f"sys.exit(repr(sorted({HEAVY!r} & set(sys.modules)))) if code == 0 else sys.exit(2)"
    )
    done = subprocess.run(  # noqa: S603  # a list, no shell
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stderr.strip() == "[]"
