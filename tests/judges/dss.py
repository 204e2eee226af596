"""Judge PAdES signatures, and the baseline level they reach, with EU DSS.

Known limits (DSS 6.4, its own policy): without revocation data no verdict is TOTAL-PASSED, and
what the EU does not allow is INDETERMINATE. What counts here is the level, the cryptography and
the chain.
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.judges.java import JAVA_OPTIONS, build_judge
from tests.judges.process import JudgeError, run

_TIMEOUT_S = 300


@dataclass(frozen=True, kw_only=True)
class DssTimestamp:
    """What DSS says of one timestamp of a signature."""

    type: str
    valid: bool
    """It is of these bytes, and its signature verifies."""
    trusted: bool


@dataclass(frozen=True, kw_only=True)
class DssVerdict:
    """What DSS says of one signature."""

    level: str
    """The baseline level its attributes, certificates and data reach, such as PAdES-BASELINE-T."""
    indication: str
    sub_indication: str
    intact: bool
    """Digest and signature value are right."""
    trusted: bool
    """Its chain ends at the given root."""
    bound: bool
    """The signed reference is that of the signing certificate."""
    modified: bool
    """DSS sees a change after signing."""
    algorithm: str
    timestamps: tuple[DssTimestamp, ...]
    problems: tuple[str, ...]


def judge_levels(paths: Sequence[Path], *, root_pem: bytes) -> list[list[DssVerdict]]:
    """Judge every signature of every file, all in one Java process (about 3 s to start).

    Args:
        paths: The files.
        root_pem: The one root to trust.

    Raises:
        JudgeError: The judge could not be built, or could not read a file.
    """
    return [_verdicts(answer) for answer in _ask(paths, root_pem)]


def judge_each(
    paths: Sequence[Path], *, root_pem: bytes, timeout_s: float
) -> list[list[DssVerdict] | None]:
    """The same, and ``None`` for a file that it cannot read, or not in time.

    Args:
        paths: The files.
        root_pem: The one root to trust.
        timeout_s: Longest time for all of them; if it is not enough, each gets its share alone.
    """
    try:
        answers = _ask(paths, root_pem, timeout_s)
    except (TimeoutError, JudgeError):
        if len(paths) == 1:
            return [None]
        share_s = timeout_s / len(paths)
        each = (judge_each([path], root_pem=root_pem, timeout_s=share_s) for path in paths)
        return [answer for answers in each for answer in answers]
    return [None if "error" in answer else _verdicts(answer) for answer in answers]


def _ask(
    paths: Sequence[Path], root_pem: bytes, timeout_s: float = _TIMEOUT_S
) -> list[dict[str, Any]]:
    with tempfile.NamedTemporaryFile(suffix=".pem") as root:
        root.write(root_pem)
        root.flush()
        jar = build_judge("dss-judge")
        outcome = run("java", *JAVA_OPTIONS, "-jar", jar, root.name, *paths, timeout_s=timeout_s)
    if outcome.exit_code != 0:
        raise JudgeError(f"DSS: {outcome.complaints}")
    answers: list[dict[str, Any]] = json.loads(outcome.output)
    return answers


def _verdicts(answer: dict[str, Any]) -> list[DssVerdict]:
    if "error" in answer:
        raise JudgeError(f"DSS: {answer['error']}")
    return [
        DssVerdict(
            **{
                **signature,
                "timestamps": tuple(DssTimestamp(**item) for item in signature["timestamps"]),
                "problems": tuple(signature["problems"]),
            }
        )
        for signature in answer["signatures"]
    ]
