"""Validate the files named on standard input, one after another, and print what each cost.

Run as `python -m tests.attacks.measured_validation ROOT_PEM TIMESTAMP_PEM GOOD_PDF`, by
`test_bounds.py`. The good file warms everything up, in this process and in the reading server.
"""

import json
import sys
import time
from datetime import datetime
from pathlib import Path

from signing.report import ValidationReport
from signing.trust import TrustStore
from signing.validation import validate_document


def main(root: str, timestamp_root: str, good: str, at: str) -> None:
    """Answer each path with one line of JSON."""
    trust = TrustStore.from_pem([Path(root)], timestamp_roots=[Path(timestamp_root)])
    moment = datetime.fromisoformat(at)

    def validate(document: bytes) -> ValidationReport:
        return validate_document(document, trust=trust, at=moment)

    warm = Path(good).read_bytes()
    validate(warm)
    validate(warm + b"\n")
    print("ready", flush=True)  # noqa: T201  # the answer
    for line in sys.stdin:
        start = time.process_time()
        report = validate(Path(line.rstrip("\n")).read_bytes())
        cost = {
            "processor_s": time.process_time() - start,
            "memory_mb": _peak_mb(),
            "verdict": report.verdict.value,
            "failed": sorted({check.code for check in report.checks if check.sub_indication}),
        }
        print(json.dumps(cost), flush=True)  # noqa: T201  # the answer


def _peak_mb() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) >> 10


if __name__ == "__main__":
    main(*sys.argv[1:])
