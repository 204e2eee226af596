"""The bench of the command's start runs and prints what it promises."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.seals import seal_font

_SCRIPT = Path(__file__).parents[2] / "scripts" / "bench_start"


def test_it_prints_every_figure() -> None:
    seal_font()
    finished = subprocess.run(  # noqa: S603  a list, no shell
        [sys.executable, _SCRIPT, "--json", "--rounds", "1"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    figures = json.loads(finished.stdout)
    names = {"help", "verify", "verify_set_again"}
    assert set(figures) == {f"{name}_ratio" for name in names} | {
        f"{name}_cpu_ms" for name in names | {"libraries"}
    }
    assert all(value > 0 for value in figures.values())
