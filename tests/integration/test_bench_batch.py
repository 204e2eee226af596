"""The bench of batches runs and prints what it promises."""

import json
import subprocess
import sys
from pathlib import Path

from certsvc.certificates.issuance.rules import Step
from tests.support.seals import seal_font

_SCRIPT = Path(__file__).parents[2] / "scripts" / "bench_batch"


def test_it_prints_every_figure() -> None:
    seal_font()
    finished = subprocess.run(  # noqa: S603  a list, no shell
        [sys.executable, _SCRIPT, "--json", "--rows", "3"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    figures = json.loads(finished.stdout)
    assert figures["issued"] == figures["rows"] == 3
    assert {f"step_ms.{step.name.lower()}" for step in Step} <= set(figures)
    # How large they are is for the bench to say on a quiet machine; here, that both sides ran.
    assert figures["ratio_to_limit"] > 1
    assert figures["memory_mb_at_the_end"] >= figures["memory_mb_after_first_chunk"] > 0
