"""The bench of the check pages runs and prints what it promises."""

import json
import subprocess
import sys
from pathlib import Path

_SCRIPT = Path(__file__).parents[2] / "scripts" / "bench_pages"


def test_it_prints_every_figure() -> None:
    finished = subprocess.run(  # noqa: S603  # a list, no shell
        [sys.executable, _SCRIPT, "--json", "--views", "10", "--at-once", "3"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    figures = json.loads(finished.stdout)
    assert set(figures) == {"code", "verify", "seals"}
    for found in figures.values():
        assert found["answered_well"] == found["views"] > 0
        assert found["served_at_once"] == found["at_once"] == 3
        assert found["processor_ms_per_view"] > 0
