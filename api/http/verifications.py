"""Authenticity checks (核验) for anyone, as JSON or as a report in PDF."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.shared.authentication import public
from api.shared.described import IN_LANGUAGE, PDF, file_answer
from api.shared.downloads import PdfResponse
from api.shared.gates import CheckPlace
from api.shared.problems import problems
from api.shared.requests import InterfaceCall
from api.shared.uploads import UPLOAD_BODY, Upload
from api.shared.views.report_files import report_response
from api.shared.views.reports import ReportAnswer, answer_of

router = APIRouter(prefix="/api/v1/verifications", tags=["verifications"])
VerificationCode = Annotated[
    str, Path(description="Printed beside the QR code", examples=["7K3M9Q2TXW5HB8R4YD6NCV1JFZ"])
]


@router.post(
    "",
    summary="Check a file",
    responses=problems(400, 413, 415, 422, 503),
    openapi_extra=UPLOAD_BODY | IN_LANGUAGE,
)
@public
def check_file(content: Upload, call: InterfaceCall, _: CheckPlace) -> ReportAnswer:
    """Check a file: its seal, its data and pages, both registers, and whether it is in force.

    Any file gets an answer; one that is no certificate is `unreadable` or `unsealed`, and the
    checks say why. The file is not kept.
    """
    return answer_of(call.services.authenticity.check_file(content), call.language)


@router.post(
    "/report.pdf",
    summary="Check a file, answered in PDF",
    response_class=PdfResponse,
    responses=problems(400, 413, 415, 422, 500, 503) | file_answer(PDF),
    openapi_extra=UPLOAD_BODY | IN_LANGUAGE,
)
@public
def check_file_on_paper(content: Upload, call: InterfaceCall, _: CheckPlace) -> PdfResponse:
    """Check a file and answer with the report as PDF/A-3a, the JSON attached to it."""
    answer = answer_of(call.services.authenticity.check_file(content), call.language)
    return report_response(call, answer)


@router.get(
    "/{code}",
    summary="Check a verification code",
    responses=problems(404, 422, 500, 503),
    openapi_extra=IN_LANGUAGE,
)
@public
def check_code(code: VerificationCode, call: InterfaceCall, _: CheckPlace) -> ReportAnswer:
    """Check the registered copy that a verification code names; the holder's data is masked."""
    return answer_of(call.services.authenticity.check_code(code), call.language)


@router.get(
    "/{code}/report.pdf",
    summary="Check a verification code, answered in PDF",
    response_class=PdfResponse,
    responses=problems(404, 422, 500, 503) | file_answer(PDF),
    openapi_extra=IN_LANGUAGE,
)
@public
def check_code_on_paper(code: VerificationCode, call: InterfaceCall, _: CheckPlace) -> PdfResponse:
    """Check the registered copy that a code names and answer with the report as PDF."""
    answer = answer_of(call.services.authenticity.check_code(code), call.language)
    return report_response(call, answer)
