"""The answer to an authenticity check, the same for command, interface, page and PDF.

- Verdict and sub-indication are those of EN 319 102-1; the answer is the service's own word.
- Steps are numbered in the order they were done, and each shows what it looked at.
"""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.shared.instants import InstantText
from api.shared.names import EnglishName
from api.shared.sentences import sentence, shown_value
from certsvc.certificates.extraction.rules import SERVED, CopyState
from certsvc.certificates.records.rules import RecordState
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.messages.catalogue import Language, load_catalogue
from certsvc.verification.authenticity.rules import (
    NOT_OURS,
    REGISTER,
    AuthenticityAnswer,
    AuthenticityReport,
    CopySummary,
    Original,
    SealConclusion,
)
from signing.levels import Level
from signing.report import Check

_ANSWERS = ", ".join(answer.value for answer in AuthenticityAnswer)
_STATES = ", ".join(state.value for state in CopyState)
_RECORD_STATES = ", ".join(state.value for state in RecordState)
_VERDICT = Annotated[str, Field(description="TOTAL-PASSED, INDETERMINATE or TOTAL-FAILED")]
_REASON = Annotated[str | None, Field(description="Sub-indication, ETSI EN 319 102-1")]


class CheckAnswer(BaseModel):
    """One step: what was looked at, or could not be."""

    number: Annotated[int, Field(description="From 1, in the order of the steps")]
    name: Annotated[str, Field(description="Stable name of the step")]
    title: Annotated[str, Field(description="Its name for people")]
    outcome: Annotated[str, Field(description="passed, failed or not_checked")]
    code: str
    text: str
    evidence: Annotated[dict[str, str | int], Field(description="What was looked at")]
    seal: Annotated[int | None, Field(description="Index in `seals`; null: the document")] = None


class SealAnswer(BaseModel):
    """A seal found in the file, as its signing certificate presents it, and what follows for it."""

    name: str
    organisation: str
    issuer: str
    level: str | None
    claimed_at: InstantText | None
    timestamp_at: InstantText | None
    verdict: _VERDICT
    sub_indication: _REASON = None


class CopyAnswer(BaseModel):
    """The registered copy; the holder's data is masked."""

    type_name: str
    type_name_en: EnglishName = None
    identifier: str
    copy_number: str
    holder_name: str
    holder_code: str
    producing_unit: str
    extracting_unit: str
    matter: str
    matter_en: EnglishName = None
    extracted_at: InstantText
    valid_until: date
    state: Annotated[str, Field(description=f"How it stands: {_STATES}")]
    record_state: Annotated[str, Field(description=f"How its record stands: {_RECORD_STATES}")]
    record_since: Annotated[InstantText, Field(description="Since when, by its last change")]
    record_reason_code: Annotated[str, Field(description="Class of the reason of that change")]
    superseded_by: Annotated[
        str | None, Field(description="Identifier of the version that replaces it")
    ] = None
    withdrawn_at: Annotated[InstantText | None, Field(description="When its unit withdrew it")] = (
        None
    )


class OriginalAnswer(BaseModel):
    """The original of a file that says it is ours and is not what was issued."""

    identifier: str
    copy_number: Annotated[
        str | None, Field(description="For `GET /api/v1/certificates/{copy_number}/file`, by right")
    ]
    producing_unit: str
    extracting_unit: Annotated[str | None, Field(description="Has the original; ask there")]


class ReportAnswer(BaseModel):
    """The answer to an authenticity check (核验)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "verdict": "TOTAL-FAILED",
                    "sub_indication": "FORMAT_FAILURE",
                    "level": None,
                    "answer": "unreadable",
                    "title": "这个文件没法核验",
                    "text": "这是压缩包，不是 PDF。请解压后，上传其中的 PDF 原文件。",
                    "checked_at": "2026-11-21T10:00:00+08:00",
                    "sha256": "ad8b1624a20795de1143f028f758bbad0473ad26ce95bb38c9919a33738e2307",
                    "size": 122,
                    "seals": [],
                    "checks": [
                        {
                            "number": 1,
                            "name": "file-structure",
                            "title": "文件结构",
                            "outcome": "failed",
                            "code": "validation.file-structure.zip",
                            "text": "这是压缩包，不是 PDF。请解压后上传其中的 PDF。",
                            "evidence": {},
                        }
                    ],
                }
            ]
        }
    )

    verdict: _VERDICT
    sub_indication: _REASON = None
    level: Annotated[str | None, Field(description="Lowest baseline level of the seals")] = None
    answer: Annotated[str, Field(description=f"In the service's own word: {_ANSWERS}")]
    title: Annotated[str, Field(description="The answer as a headline")]
    text: Annotated[str, Field(description="The answer in a sentence")]
    checked_at: InstantText
    sha256: Annotated[str, Field(description="Digest of the bytes that were checked")]
    size: Annotated[int, Field(description="Bytes")]
    seals: list[SealAnswer]
    checks: list[CheckAnswer]
    registered_copy: Annotated[CopyAnswer | None, Field(serialization_alias="copy")] = None
    compared_with_register: Annotated[
        bool, Field(description="False: there was no register to ask, and the title says so")
    ] = True
    original: Annotated[
        OriginalAnswer | None, Field(description="Where something was added: get the original")
    ] = None


def answer_of(report: AuthenticityReport, language: Language) -> ReportAnswer:
    """Put a report into words."""
    return ReportAnswer(
        verdict=report.verdict.value,
        sub_indication=report.sub_indication.value if report.sub_indication else None,
        level=_lowest_level(report),
        answer=report.answer.value,
        title=sentence(_code_of_title(report), language),
        text=sentence(_code_of_answer(report), language, _facts_of_answer(report)),
        checked_at=rfc3339(report.checked_at),
        sha256=report.sha256,
        size=report.size,
        seals=[_seal_answer(conclusion) for conclusion in report.seals],
        checks=[
            _check_answer(number, check, language)
            for number, check in enumerate(report.checks, start=1)
        ],
        registered_copy=_copy_answer(report.copy) if report.copy else None,
        compared_with_register=report.is_compared,
        original=_original_answer(report.original) if report.original else None,
    )


def _ended(report: AuthenticityReport) -> str | None:
    """Return what ended a genuine copy before its last day; None for anything else."""
    if report.answer is not AuthenticityAnswer.NOT_IN_FORCE or report.copy is None:
        return None
    state = report.copy.state
    return None if state in SERVED else state.value


def _is_offline(report: AuthenticityReport) -> bool:
    """Tell whether a good answer was given without the register, which its headline says."""
    return not report.is_compared and report.answer in {
        AuthenticityAnswer.AUTHENTIC,
        AuthenticityAnswer.NOT_IN_FORCE,
    }


def _code_of_title(report: AuthenticityReport) -> str:
    part = _ended(report) or ("offline" if _is_offline(report) else None)
    return f"answer.{report.answer.value}.{f'{part}.' if part else ''}title"


def _facts_of_answer(report: AuthenticityReport) -> dict[str, str | int]:
    """Return what the sentence names of a copy that was ended early, or who has the original."""
    copy, original = report.copy, report.original
    if original is not None:
        return {"unit": original.extracting_unit or original.producing_unit}
    if copy is None or _ended(report) is None:
        return {}
    return {
        "since": rfc3339(copy.withdrawn_at or copy.record.since)
        if copy.state is CopyState.WITHDRAWN
        else rfc3339(copy.record.since),
        "reason_code": copy.record.reason_code.value,
        "unit": copy.producing_unit,
        "extracting_unit": copy.extracting_unit,
    }


def _code_of_answer(report: AuthenticityReport) -> str:
    """Return the code of the sentence under the headline: never more than was asked."""
    ended = _ended(report)
    if ended is not None:
        return f"answer.{report.answer.value}.{ended}.text"
    if report.file_kind is not None:
        return f"answer.unreadable.{report.file_kind}"
    if report.answer is AuthenticityAnswer.UNDECIDED and _is_foreign(report):
        return "answer.undecided.foreign"
    found = _LIKE_OURS.get(_register_code(report), "text") if report.original else "text"
    code = f"answer.{report.answer.value}.{'offline' if _is_offline(report) else found}"
    return code if code in load_catalogue() else f"answer.{report.answer.value}.text"


_LIKE_OURS = {"check.register.added": "added", "check.register.differs": "differs"}
"""Sentences for what says it is ours, by what the register says of it."""


def _register_code(report: AuthenticityReport) -> str:
    return next((step.code for step in report.checks if step.name == REGISTER), "")


def _is_foreign(report: AuthenticityReport) -> bool:
    """Tell whether somebody else signed the file, who is named beside the answer."""
    return any(check.code == NOT_OURS for check in report.checks)


def _lowest_level(report: AuthenticityReport) -> str | None:
    levels = [conclusion.seal.level for conclusion in report.seals]
    order = list(Level)
    known = [level for level in levels if level is not None]
    if not known or len(known) < len(levels):
        return None
    return min(known, key=order.index).value


def _check_answer(number: int, check: Check, language: Language) -> CheckAnswer:
    title = f"check-name.{check.name}"
    return CheckAnswer(
        number=number,
        name=check.name,
        title=sentence(title, language) if title in load_catalogue() else check.name,
        outcome=check.outcome.value,
        code=check.code,
        text=sentence(check.code, language, {**check.evidence, **check.params}),
        evidence=dict(check.evidence),
        seal=check.seal,
    )


def evidence_lines(check: CheckAnswer, language: Language) -> list[tuple[str, str]]:
    """Return what a step looked at as pairs of words and values, for people."""
    lines = []
    for name, value in check.evidence.items():
        if value == "":
            continue
        label = f"evidence.{name}"
        known = label in load_catalogue()
        lines.append(
            (sentence(label, language) if known else name, shown_value(name, value, language))
        )
    return lines


def _seal_answer(conclusion: SealConclusion) -> SealAnswer:
    seal, reason = conclusion.seal, conclusion.sub_indication
    return SealAnswer(
        name=seal.signer_name,
        organisation=seal.organisation,
        issuer=seal.issuer_name,
        level=seal.level.value if seal.level else None,
        claimed_at=rfc3339(seal.claimed_at) if seal.claimed_at else None,
        timestamp_at=rfc3339(seal.timestamp_at) if seal.timestamp_at else None,
        verdict=conclusion.verdict.value,
        sub_indication=reason.value if reason else None,
    )


def _original_answer(original: Original) -> OriginalAnswer:
    return OriginalAnswer(
        identifier=original.identifier,
        copy_number=original.copy_number,
        producing_unit=original.producing_unit,
        extracting_unit=original.extracting_unit,
    )


def _copy_answer(copy: CopySummary) -> CopyAnswer:
    return CopyAnswer(
        type_name=copy.type_name,
        type_name_en=copy.type_name_en,
        identifier=copy.identifier,
        copy_number=copy.copy_number,
        holder_name=copy.masked_holder_name,
        holder_code=copy.masked_holder_code,
        producing_unit=copy.producing_unit,
        extracting_unit=copy.extracting_unit,
        matter=copy.matter,
        matter_en=copy.matter_en,
        extracted_at=rfc3339(copy.extracted_at),
        valid_until=copy.valid_until,
        state=copy.state.value,
        record_state=copy.record.state.value,
        record_since=rfc3339(copy.record.since),
        record_reason_code=copy.record.reason_code.value,
        superseded_by=copy.record.successor,
        withdrawn_at=rfc3339(copy.withdrawn_at) if copy.withdrawn_at else None,
    )
