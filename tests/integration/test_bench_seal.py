"""The bench of the seal engine runs and prints what it promises."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.seals import seal_font

_SCRIPT = Path(__file__).parents[2] / "scripts" / "bench_seal"


def test_it_prints_every_figure() -> None:
    seal_font()
    finished = subprocess.run(  # noqa: S603  # a list, no shell
        [sys.executable, _SCRIPT, "--json", "--quick", "--rounds", "5", "--seals", "20"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    figures = json.loads(finished.stdout)
    assert set(figures["seal_ratio"]) == {"p256", "rsa2048"}
    single = ("engine_over_render", "validate_ratio", "seals_per_second")
    # How large they are is for the bench to say on a quiet machine; here, that both sides ran.
    assert all(value > 1 for value in (*figures["seal_ratio"].values(), *map(figures.get, single)))
    assert figures["rss_growth"] < 0.05
