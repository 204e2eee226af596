"""Judge a hostile file in a process of its own, with the bounds the validator promises to keep."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

_PROCESSOR_S = 5
_JUDGE = """
import resource, sys
from datetime import datetime
from cryptography import x509
from signing.trust import TrustStore
from signing.validation import validate_document
pem, at, processor_s = sys.argv[1:]
roots = (x509.load_pem_x509_certificate(pem.encode()),) if pem else ()
started = resource.getrusage(resource.RUSAGE_SELF)
used = int(started.ru_utime + started.ru_stime) + 1  # to start up
resource.setrlimit(resource.RLIMIT_CPU, (used + int(processor_s),) * 2)
report = validate_document(
    sys.stdin.buffer.read(), trust=TrustStore(roots=roots), at=datetime.fromisoformat(at)
)
# Not ru_maxrss of this process: that remembers the process that started it.
own = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
peak = max(int(own.split()[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(report.verdict.value, report.checks[0].code, peak // 1024)
"""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What became of it; it took no more than five seconds of processor time."""

    verdict: str
    code: str
    """Of the first check."""
    peak_mib: int
    """Most memory used, by the validator and its children."""


def judge_within_bounds(
    document: bytes, *, at: datetime, root: x509.Certificate | None = None
) -> Judged:
    """Validate a document; the process is killed when it works longer than it may."""
    pem = "" if root is None else root.public_bytes(Encoding.PEM).decode()
    finished = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", _JUDGE, pem, at.isoformat(), str(_PROCESSOR_S)],
        input=document,
        capture_output=True,
        check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert finished.returncode == 0, (finished.returncode, finished.stderr[-500:])
    verdict, code, peak_mib = finished.stdout.decode().split()
    return Judged(verdict=verdict, code=code, peak_mib=int(peak_mib))
