"""What our validator and pyHanko, pdfsig and EU DSS say of the signatures of one file.

Asked of each signature is one thing, which all of them answer: whether what was signed is unchanged
and the signature verifies. Whom they trust is left out, and document timestamps are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from signing.pdf.foreign_text import presentable
from signing.report import Outcome, SubIndication, ValidationReport
from signing.trust import TrustStore
from signing.validation import validate_document
from tests.judges.dss import DssVerdict
from tests.judges.pdfsig import SignatureVerdict, judge_signatures
from tests.judges.process import JudgeError

_OURS_BROKEN = (SubIndication.HASH_FAILURE, SubIndication.SIG_CRYPTO_FAILURE)
_TIMESTAMP, _NOT_SIGNED = "ETSI.RFC3161", "form field is not signed"


class Opinion(StrEnum):
    """What one says of one signature, or of a file."""

    INTACT = "intact"
    BROKEN = "broken"
    UNSURE = "unsure"
    """Seen, and not judged."""
    MISSING = "not seen"
    UNREADABLE = "unreadable"
    TOO_LONG = "too long"
    FAULT = "fault"
    """An unexpected error of the validator itself."""


Opinions = Mapping[str, Opinion]
"""By field name; of the whole file under no name."""


def of_file(opinion: Opinion) -> Opinions:
    """An opinion about a file in which no signature could be looked at."""
    return {"": opinion}


def ask_ours(document: bytes, *, trust: TrustStore, at: datetime) -> tuple[Opinions, str]:
    """What we say, and our verdict."""
    report = validate_document(document, trust=trust, at=at)
    found: dict[str, Opinion] = {}
    for index, seal in enumerate(report.seals):
        _add(found, seal.field_name, _our_opinion(report, index))
    if not found and report.check("file-structure").outcome is Outcome.FAILED:
        found[""] = Opinion.UNREADABLE
    return found, report.verdict.value


def _our_opinion(report: ValidationReport, index: int) -> Opinion:
    steps = [report.check(name, seal=index) for name in ("digest", "signature")]
    if any(step.sub_indication in _OURS_BROKEN for step in steps):
        return Opinion.BROKEN
    if any(step.outcome is Outcome.FAILED for step in steps):
        return Opinion.UNSURE
    return Opinion.INTACT if steps[1].outcome is Outcome.PASSED else Opinion.UNSURE


def ask_pyhanko(document: bytes) -> Opinions:
    """What pyHanko says; nothing is fetched and nobody trusted."""
    try:
        signatures = PdfFileReader(BytesIO(document), strict=False).embedded_regular_signatures
    except Exception:  # noqa: BLE001  it raises whatever comes, and that is its opinion
        return of_file(Opinion.UNREADABLE)
    found: dict[str, Opinion] = {}
    for signature in signatures:
        nobody = ValidationContext(trust_roots=[], allow_fetching=False)
        try:
            status = validate_pdf_signature(signature, nobody, skip_diff=True)
            opinion = Opinion.INTACT if status.intact and status.valid else Opinion.BROKEN
        except Exception:  # noqa: BLE001  as above
            opinion = Opinion.UNSURE
        _add(found, str(signature.field_name), opinion)
    return found


def ask_pdfsig(path: Path, *, timeout_s: float) -> Opinions:
    """What Poppler says."""
    try:
        verdicts = judge_signatures(path, timeout_s=timeout_s)
    except JudgeError:
        return of_file(Opinion.UNREADABLE)
    except TimeoutError:
        return of_file(Opinion.TOO_LONG)
    found: dict[str, Opinion] = {}
    for verdict in verdicts:
        if verdict.subfilter != _TIMESTAMP and _NOT_SIGNED not in verdict.text:
            _add(found, verdict.field, _pdfsig_opinion(verdict))
    return found


def _pdfsig_opinion(verdict: SignatureVerdict) -> Opinion:
    if verdict.valid:
        return Opinion.INTACT
    broken = ("Signature is Invalid", "Digest Mismatch")
    return Opinion.BROKEN if any(words in verdict.text for words in broken) else Opinion.UNSURE


def of_dss(verdicts: Sequence[DssVerdict], names: Sequence[str]) -> Opinions:
    """What EU DSS said; it names no fields, so its signatures are taken in their order."""
    found: dict[str, Opinion] = {}
    for number, verdict in enumerate(verdicts):
        name = names[number] if len(names) == len(verdicts) else f"signature {number + 1}"
        _add(found, name, Opinion.INTACT if verdict.intact else Opinion.BROKEN)
    return found


def _add(found: dict[str, Opinion], name: str, opinion: Opinion) -> None:
    name = presentable(name)  # as our report has it
    number, unique = 1, name
    while unique in found or not unique:
        number += 1
        unique = f"{name}#{number}"
    found[unique] = opinion
