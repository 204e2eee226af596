"""Build the judges that are Java programs, each a Maven project beside this file."""

import fcntl
import hashlib
import shutil
from pathlib import Path

from tests.judges.process import JudgeError, run

JAVA_OPTIONS = ("-XX:TieredStopAtLevel=1",)
"""A judge ends within seconds: the optimising compiler costs it more than it can earn back."""


def build_judge(name: str) -> Path:
    """Build a judge's jar when it is missing or older than its sources; return its path.

    Raises:
        JudgeError: Maven failed; its complaint is in the message.
    """
    project = Path(__file__).with_name(name)
    jar, stamp = project / "target" / f"{name}.jar", project / "target" / "sources.sha256"
    wanted = _digest_of_sources(project)
    with (project / "pom.xml").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one builder among pytest's workers
        if jar.exists() and stamp.exists() and stamp.read_text() == wanted:
            return jar
        shutil.rmtree(project / "target", ignore_errors=True)
        outcome = run("mvn", "-B", "-q", "-ntp", "-Dstyle.color=never", "package", folder=project)
        if outcome.exit_code != 0:
            raise JudgeError(f"cannot build {name}: {outcome.output}{outcome.complaints}")
        stamp.write_text(wanted)
    return jar


def _digest_of_sources(project: Path) -> str:
    sources = [project / "pom.xml", *sorted((project / "src").rglob("*.java"))]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
