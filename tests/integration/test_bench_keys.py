"""The bench of the keys runs and prints what it promises."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.soft_token import MODULE
from tests.support.tools import missing

_SCRIPT = Path(__file__).parents[2] / "scripts" / "bench_keys"


def test_it_prints_every_figure() -> None:
    if not MODULE.exists():
        missing("SoftHSM is missing: apt-get install softhsm2")
    finished = subprocess.run(  # noqa: S603  # a list, no shell
        [sys.executable, _SCRIPT, "--json", "--quick", "--seconds", "0.02"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    figures = json.loads(finished.stdout)
    assert set(figures) == {"ecdsa-p256-sha256", "rsa2048-pkcs1-sha256"}
    for rows in figures.values():
        names = {
            f"{name} x{count}" for name in ("file", "pkcs11", "remote") for count in (1, 2, 4, 8)
        }
        assert set(rows) == names | {"raw x1"}
        assert all(row["per_second"] > 0 and row["ratio"] > 0 for row in rows.values())
