"""The command imports the part that is called, and no other."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from api.cli.main import PARTS, Part, build_app
from tests.http.test_command import issuing
from tests.support.command import ROOT, environment, run_command

HEAVY = {"sqlalchemy", "pyhanko", "pikepdf", "fastapi", "minio", "typst", "alembic"}
NOT_FOR_A_FILE = {
    "alembic",
    "argon2",
    "certsvc.foundation.db.engine",
    "fastapi",
    "joserfc",
    "minio",
    "psycopg",
    "python_calamine",
    "rich.markdown",
    "sqlalchemy",
    "starlette",
    "xlsxwriter",
}
"""A file is checked against given roots without database, pages, log-ins or tables."""


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_part_is_found_when_it_is_called(part: Part) -> None:
    listed, called = (
        get_command(build_app(name)).commands[part.name]  # type: ignore[attr-defined]  # a group
        for name in (None, part.name)
    )
    assert called.help == listed.help
    assert called.callback is not listed.callback or hasattr(called, "commands")


def loaded_by(*arguments: str, of: set[str], home: Path) -> list[str]:
    """Those of some modules that the command has loaded when it succeeds."""
    program = (
        f"import sys; from api.cli.main import main; code = main({list(arguments)!r});"
        f"sys.exit(repr(sorted({of!r} & set(sys.modules)))) if code == 0 else sys.exit(2)"
    )
    done = subprocess.run(  # noqa: S603  # a list, no shell
        [sys.executable, "-c", program],
        capture_output=True,
        check=False,
        cwd=ROOT,
        encoding="utf-8",
        env=environment(home),
    )
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 1, (done.stdout, done.stderr)
    return list(ast.literal_eval(lines[-1]))


def test_the_help_loads_nothing_that_is_slow(tmp_path: Path) -> None:
    assert loaded_by("--help", of=HEAVY, home=tmp_path) == []


def test_a_file_is_checked_without_database_and_pages(home: Path, tmp_path: Path) -> None:
    sealed = tmp_path / "certificate.pdf"
    assert run_command(home, *issuing(sealed)).code == 0
    check = ("verify", "--trust", str(home / "trust.pem"), str(sealed))
    assert loaded_by(*check, of=NOT_FOR_A_FILE, home=tmp_path / "none") == []
    asked = loaded_by("verify", str(sealed), of=NOT_FOR_A_FILE, home=home)
    assert "sqlalchemy" in asked, "a register is asked through the database"
