"""Authenticity checks (核验) for anyone, as JSON or as a report in PDF."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.http.authentication import public
from api.http.files import PdfResponse, pdf_response
from api.http.gates import CheckPlace
from api.http.parts import ReaderLanguage, ServicesPart
from api.http.problems import problems
from api.http.uploads import UPLOAD_BODY, Upload
from api.report_papers import report_name, report_paper
from api.reports import ReportAnswer, answer_of
from certsvc.bootstrap import Services
from certsvc.foundation.messages.catalogue import Language

router = APIRouter(prefix="/api/v1/verifications", tags=["verifications"])
VerificationCode = Annotated[
    str, Path(description="Printed beside the QR code", examples=["7K3M9Q2TXW5HB8R4YD6NCV1JFZ"])
]


@router.post(
    "",
    summary="Check a file",
    responses=problems(400, 413, 415, 422, 503),
    openapi_extra=UPLOAD_BODY,
)
@public
def check_file(
    content: Upload, services: ServicesPart, language: ReaderLanguage, _: CheckPlace
) -> ReportAnswer:
    """Check a file: its seal, its data and pages, both registers, and whether it is in force.

    Any file gets an answer; one that is no certificate is `unreadable` or `unsealed`, and the
    checks say why. The file is not kept.
    """
    return answer_of(services.authenticity.check_file(content), language)


@router.post(
    "/report.pdf",
    summary="Check a file, answered in PDF",
    response_class=PdfResponse,
    responses=problems(400, 413, 415, 422, 500, 503),
    openapi_extra=UPLOAD_BODY,
)
@public
def check_file_on_paper(
    content: Upload, services: ServicesPart, language: ReaderLanguage, _: CheckPlace
) -> PdfResponse:
    """Check a file and answer with the report as PDF/A-3a, the JSON attached to it."""
    answer = answer_of(services.authenticity.check_file(content), language)
    return report_response(services, answer, language)


@router.get("/{code}", summary="Check a verification code", responses=problems(404, 422, 500, 503))
@public
def check_code(
    code: VerificationCode, services: ServicesPart, language: ReaderLanguage, _: CheckPlace
) -> ReportAnswer:
    """Check the registered copy that a verification code names; the holder's data is masked."""
    return answer_of(services.authenticity.check_code(code), language)


@router.get(
    "/{code}/report.pdf",
    summary="Check a verification code, answered in PDF",
    response_class=PdfResponse,
    responses=problems(404, 422, 500, 503),
)
@public
def check_code_on_paper(
    code: VerificationCode, services: ServicesPart, language: ReaderLanguage, _: CheckPlace
) -> PdfResponse:
    """Check the registered copy that a code names and answer with the report as PDF."""
    answer = answer_of(services.authenticity.check_code(code), language)
    return report_response(services, answer, language)


def report_response(services: Services, answer: ReportAnswer, language: Language) -> PdfResponse:
    """Send a report as PDF."""
    is_demonstration = services.settings.mode == "demonstration"
    content = report_paper(
        answer,
        language,
        renderer=services.report_renderer,
        notice="page.demonstration" if is_demonstration else None,
    )
    return pdf_response(content, name=report_name(answer, language), kind="report")
