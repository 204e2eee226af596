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

from tests.judges.java import build_judge
from tests.judges.process import JudgeError, run


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
    with tempfile.NamedTemporaryFile(suffix=".pem") as root:
        root.write(root_pem)
        root.flush()
        outcome = run("java", "-jar", build_judge("dss-judge"), root.name, *paths)
    if outcome.exit_code != 0:
        raise JudgeError(f"DSS: {outcome.complaints}")
    return [_verdicts(answer) for answer in json.loads(outcome.output)]


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
