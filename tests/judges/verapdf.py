"""Judge PDF/A (ISO 19005) and PDF/UA (ISO 14289) conformance with veraPDF."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

from tests.judges.java import JAVA_OPTIONS, build_judge
from tests.judges.process import JudgeError, run

PDFA_3A: Final = "3a"
PDFUA_1: Final = "ua1"

_PROJECT = "verapdf-judge"


@dataclass(frozen=True, kw_only=True)
class FailedRule:
    """One place where a file breaks one rule."""

    clause: str
    test: int
    description: str
    found: str
    location: str

    @override
    def __str__(self) -> str:
        return f"{self.clause}-{self.test} at {self.location}: {self.found or self.description}"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What veraPDF says of one file under one flavour."""

    path: Path
    flavour: str
    compliant: bool
    assertions: int
    """How many checks were made; a compliant file with none would be no verdict at all."""
    failures: tuple[FailedRule, ...]
    error: str | None
    """Why the file could not be read, when it could not."""

    @override
    def __str__(self) -> str:
        lines = [f"{self.path.name} as {self.flavour}: {'ok' if self.compliant else 'refused'}"]
        lines += [self.error] if self.error else []
        return "\n  ".join(lines + [str(failure) for failure in self.failures])


def judge_pdf(
    paths: Path | Iterable[Path], flavours: Sequence[str] = (PDFA_3A, PDFUA_1)
) -> list[Verdict]:
    """Judge every file under every flavour, all in one Java process (about 1 s to start).

    Returns:
        One verdict per file and flavour, files in the order given.

    Raises:
        JudgeError: The judge could not be built or did not answer.
    """
    files = [paths] if isinstance(paths, Path) else list(paths)
    if not files:
        return []
    outcome = run("java", *JAVA_OPTIONS, "-jar", build_judge(_PROJECT), ",".join(flavours), *files)
    if outcome.exit_code != 0:
        raise JudgeError(f"veraPDF: {outcome.complaints}")
    return [_verdict(answer) for answer in json.loads(outcome.output)]


def require_conformance(paths: Path | Iterable[Path]) -> None:
    """Fail, with every broken rule, unless each file is both PDF/A-3a and PDF/UA-1."""
    refused = [str(v) for v in judge_pdf(paths) if not v.compliant]
    assert not refused, "\n".join(refused)


def _verdict(answer: dict[str, Any]) -> Verdict:
    return Verdict(
        path=Path(answer["file"]),
        flavour=answer["flavour"],
        compliant=answer["compliant"] and answer["assertions"] > 0,
        assertions=answer["assertions"],
        failures=tuple(FailedRule(**failure) for failure in answer["failures"]),
        error=answer.get("error"),
    )
