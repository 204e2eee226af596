"""A process that sets long papers, one after another, needs no more memory for each."""

import subprocess
import sys

from tests.support.command import ROOT

_MOST_GROWTH_MB = 60
"""From the second paper to the sixth; what the engine would remember of one is 45."""


def test_long_papers_are_not_remembered() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.packs.long_papers"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        encoding="utf-8",
    )
    peaks_mb = [int(line) for line in done.stdout.split()]
    assert len(peaks_mb) == 6
    assert peaks_mb[-1] - peaks_mb[1] < _MOST_GROWTH_MB, peaks_mb
