"""The report of an authenticity check as a PDF, made from the same answer as the page and the JSON.

- It names the file by its digest, and as whoever sent it did: it goes back to them alone.
- It says that it is no certificate and bears no seal: whoever doubts it checks the file again.
"""

from datetime import datetime
from typing import Literal, get_args

from api.shared.sentences import sentence, shown_value
from api.shared.views.reports import (
    CheckAnswer,
    CopyAnswer,
    OriginalAnswer,
    ReportAnswer,
    evidence_lines,
)
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.messages.names import name_in
from templates.report_rendering import (
    PrintedReport,
    PrintedSection,
    PrintedStep,
    ReportRenderer,
    Tone,
)

_TONES: dict[str, Tone] = {
    "authentic": "passed",
    "registered": "passed",
    "not_authentic": "failed",
}
_Outcome = Literal["passed", "failed", "not_checked"]


def tone_of(answer: str) -> Tone:
    """Return how an answer looks: what is neither a pass nor a forgery is a warning."""
    return _TONES.get(answer, "warned")


def report_paper(
    answer: ReportAnswer,
    language: Language,
    *,
    renderer: ReportRenderer,
    notice: str | None,
    file_name: str = "",
) -> bytes:
    """Set the report of a check.

    Args:
        answer: The answer, in that language.
        language: Language of the report.
        renderer: Sets it.
        notice: Code of a sentence that stands below the title, such as of a demonstration.
        file_name: Name of the file, as whoever sent it called it; empty if it has none.

    Raises:
        TemplateError: it cannot be set.
    """

    def say(code: str, /, **params: str | int) -> str:
        return sentence(code, language, params)

    checked_at = shown_value("time", answer.checked_at, language)
    printed = PrintedReport(
        language=language.value,
        title=say("report.title"),
        service=say("page.name"),
        notice=say(notice) if notice else None,
        headline=answer.title,
        tone=tone_of(answer.answer),
        text=answer.text,
        sections=_sections(answer, language, file_name),
        steps_title=say("report.steps", count=len(answer.checks)),
        steps=[_step(check, language) for check in answer.checks],
        notes=[say("report.note.unsealed"), say("report.note.time")],
        footer=say("report.footer", sha256=answer.sha256, at=checked_at),
    )
    return renderer.render(
        printed,
        machine=answer.model_dump(mode="json", by_alias=True),
        made_at=datetime.fromisoformat(answer.checked_at),
    )


def _step(check: CheckAnswer, language: Language) -> PrintedStep:
    outcome = next(known for known in get_args(_Outcome) if known == check.outcome)
    return PrintedStep(
        number=check.number,
        title=check.title,
        outcome=outcome,
        word=sentence(f"outcome.{check.outcome}", language),
        text=check.text,
        evidence=evidence_lines(check, language),
    )


def _sections(answer: ReportAnswer, language: Language, file_name: str) -> list[PrintedSection]:
    def section(title: str, rows: list[tuple[str, str | None]]) -> PrintedSection:
        return PrintedSection(
            title=sentence(title, language),
            rows=[
                (sentence(name, language), shown_value("time", value, language))
                for name, value in rows
                if value
            ],
        )

    reason = f" / {answer.sub_indication}" if answer.sub_indication else ""
    found = [
        section(
            "report.file",
            [
                ("page.report.file", file_name),
                ("field.checked-at", answer.checked_at),
                ("field.sha256", answer.sha256),
                ("field.size", f"{answer.size:,}"),
                ("field.verdict", f"{answer.verdict}{reason}"),
            ],
        )
    ]
    if answer.registered_copy:
        found.append(section("page.report.facts", _copy_rows(answer.registered_copy, language)))
    if answer.original:
        found.append(section("page.report.original", _original_rows(answer.original)))
    for seal in answer.seals:
        seal_reason = f" / {seal.sub_indication}" if seal.sub_indication else ""
        rows = [
            ("field.seal", seal.name),
            ("field.organisation", seal.organisation),
            ("field.seal-issuer", seal.issuer),
            ("field.level", seal.level),
            ("field.claimed-at", seal.claimed_at),
            ("field.timestamp-at", seal.timestamp_at),
            ("field.verdict", f"{seal.verdict}{seal_reason}"),
        ]
        found.append(section("report.seal", rows))
    return found


def _original_rows(original: OriginalAnswer) -> list[tuple[str, str | None]]:
    return [
        ("field.producing-unit", original.producing_unit),
        ("field.extracting-unit", original.extracting_unit),
        ("field.identifier", original.identifier),
        ("field.copy-number", original.copy_number),
    ]


def _copy_rows(copy: CopyAnswer, language: Language) -> list[tuple[str, str | None]]:
    state = sentence(f"state.{copy.state}", language)
    return [
        ("field.type", name_in(language, copy.type_name, copy.type_name_en)),
        ("field.holder", f"{copy.holder_name}  {copy.holder_code}"),
        ("field.producing-unit", copy.producing_unit),
        ("field.extracting-unit", copy.extracting_unit),
        ("field.matter", name_in(language, copy.matter, copy.matter_en)),
        ("field.extracted-at", copy.extracted_at),
        ("field.valid-until", f"{copy.valid_until.isoformat()}  {state}"),
        ("field.identifier", copy.identifier),
        ("field.copy-number", copy.copy_number),
    ]


def report_name(answer: ReportAnswer, language: Language) -> str:
    """Return the name under which a report is saved."""
    moment = datetime.fromisoformat(answer.checked_at)
    return f"{sentence('report.title', language)}-{answer.sha256[:12]}-{moment:%Y%m%d%H%M%S}.pdf"
