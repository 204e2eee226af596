"""The answer to an authenticity check as JSON; the same on the command line and over HTTP."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.sentences import sentence
from certsvc.authenticity.rules import AuthenticityReport, AuthenticityVerdict, CopySummary
from certsvc.clock import rfc3339
from certsvc.messages.catalogue import Language
from signing.report import Outcome, ReportedSeal

_VERDICTS = "authentic, not_in_force, undecided or not_authentic"


class CheckAnswer(BaseModel):
    """One thing that was looked at, or that could not be."""

    name: str
    outcome: Annotated[str, Field(description="passed, failed or not_checked")]
    code: str
    text: str


class SealAnswer(BaseModel):
    """A seal found in the file, as its signing certificate presents it."""

    name: str
    organisation: str
    issuer: str
    level: str | None
    claimed_at: str | None
    timestamp_at: str | None


class CopyAnswer(BaseModel):
    """The registered copy; the holder's data is masked."""

    type_name: str
    identifier: str
    copy_number: str
    holder_name: str
    holder_code: str
    producing_unit: str
    extracting_unit: str
    matter: str
    extracted_at: str
    valid_until: date
    state: str


class ReportAnswer(BaseModel):
    """The answer to an authenticity check (核验)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "verdict": "not_authentic",
                    "text": "这份文件不可信：它不是本系统签发的，或者被改动过。",
                    "sub_indication": "FORMAT_FAILURE",
                    "checked_at": "2026-11-21T10:00:00+08:00",
                    "checks": [
                        {
                            "name": "file-structure",
                            "outcome": "failed",
                            "code": "validation.file-structure.zip",
                            "text": "这是压缩包（ZIP），不是 PDF 文件。",
                        }
                    ],
                    "seals": [],
                }
            ]
        }
    )

    verdict: Annotated[str, Field(description=_VERDICTS)]
    text: str
    sub_indication: Annotated[str | None, Field(description="Reason, ETSI EN 319 102-1")] = None
    level: Annotated[str | None, Field(description="Baseline level of the first seal")] = None
    checked_at: str
    checks: list[CheckAnswer]
    seals: list[SealAnswer]
    registered_copy: Annotated[CopyAnswer | None, Field(serialization_alias="copy")] = None


def _sentence_of_verdict(report: AuthenticityReport) -> str:
    """Return the code of the sentence under the verdict: never more than was asked."""
    asked = any(
        check.name == "register" and check.outcome is Outcome.PASSED for check in report.checks
    )
    if report.verdict is AuthenticityVerdict.AUTHENTIC and not asked:
        return "verdict.authentic.offline"
    return f"verdict.{report.verdict.value}.text"


def answer_of(report: AuthenticityReport, language: Language) -> ReportAnswer:
    """Put a report into words."""
    seals = [_seal_answer(seal) for seal in report.seals]
    return ReportAnswer(
        verdict=report.verdict.value,
        text=sentence(_sentence_of_verdict(report), language),
        sub_indication=report.sub_indication,
        level=seals[0].level if seals else None,
        checked_at=rfc3339(report.checked_at),
        checks=[
            CheckAnswer(
                name=check.name,
                outcome=check.outcome.value,
                code=check.code,
                text=sentence(check.code, language, {**check.evidence, **check.params}),
            )
            for check in report.checks
        ],
        seals=seals,
        registered_copy=_copy_answer(report.copy) if report.copy else None,
    )


def _seal_answer(seal: ReportedSeal) -> SealAnswer:
    return SealAnswer(
        name=seal.signer_name,
        organisation=seal.organisation,
        issuer=seal.issuer_name,
        level=seal.level.value if seal.level else None,
        claimed_at=rfc3339(seal.claimed_at) if seal.claimed_at else None,
        timestamp_at=rfc3339(seal.timestamp_at) if seal.timestamp_at else None,
    )


def _copy_answer(copy: CopySummary) -> CopyAnswer:
    return CopyAnswer(
        type_name=copy.type_name,
        identifier=copy.identifier,
        copy_number=copy.copy_number,
        holder_name=copy.masked_holder_name,
        holder_code=copy.masked_holder_code,
        producing_unit=copy.producing_unit,
        extracting_unit=copy.extracting_unit,
        matter=copy.matter,
        extracted_at=rfc3339(copy.extracted_at),
        valid_until=copy.valid_until,
        state=copy.state.value,
    )
