"""Other products as signers: EU DSS (PDFBox) and Poppler (NSS)."""

from collections.abc import Sequence
from pathlib import Path

from tests.judges.java import build_judge
from tests.judges.process import JudgeError, Outcome, run


def sign_by_dss(keystore: Path, pairs: Sequence[tuple[Path, Path]]) -> None:
    """Sign each first file into the second, at level BASELINE-B.

    Args:
        keystore: PKCS #12, its password ``test``, its one entry ``signer``.
        pairs: Files to sign and to write, in this order; one may sign what another wrote.

    Raises:
        JudgeError: DSS could not sign.
    """
    files = [path for pair in pairs for path in pair]
    _require(run("java", "-cp", build_judge("dss-judge"), "judges.DssSigner", keystore, *files))


def sign_by_poppler(keystore: Path, source: Path, target: Path) -> None:
    """Sign with ``pdfsig -add-signature``: adbe.pkcs7.detached, a field without area.

    Raises:
        JudgeError: Poppler could not sign.
    """
    store = keystore.with_suffix(".nss")
    if not store.exists():
        store.mkdir()
        _require(run("certutil", "-N", "-d", f"sql:{store}", "--empty-password"))
        _require(run("pk12util", "-i", keystore, "-d", f"sql:{store}", "-W", "test"))
    run("pdfsig", "-nssdir", f"sql:{store}", "-nick", "signer", "-add-signature", source, target)
    if not target.exists():
        raise JudgeError("pdfsig wrote nothing")


def _require(outcome: Outcome) -> None:
    if outcome.exit_code != 0:
        raise JudgeError(outcome.complaints or outcome.output)
