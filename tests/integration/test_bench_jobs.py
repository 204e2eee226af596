"""The bench of jobs runs and prints what it promises, and an idle worker is idle."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.seals import seal_font

_SCRIPT = Path(__file__).parents[2] / "scripts" / "bench_jobs"
_IDLE_PERCENT = 1.0
"""A short measurement on a busy machine; the bar of 0.3 is for the bench on a quiet one."""


def test_it_prints_every_figure() -> None:
    seal_font()
    finished = subprocess.run(  # noqa: S603  a list, no shell
        [sys.executable, _SCRIPT, "--json", "--seconds", "4", "--timers", "20"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    figures = json.loads(finished.stdout)
    assert 0 <= figures["idle_percent"] < _IDLE_PERCENT
    assert figures["timers_per_s"] > 0
    assert figures["timer_cpu_ms"] > 0
    assert 0 < figures["wake_s"] < 10
    assert figures["start_cpu_s"] > 0
