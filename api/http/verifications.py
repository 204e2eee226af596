"""Authenticity checks (核验) for anyone."""

from fastapi import APIRouter

from api.http.authentication import public
from api.http.parts import ReaderLanguage, ServicesPart
from api.http.problems import problems
from api.http.uploads import UPLOAD_BODY, Upload
from api.reports import ReportAnswer, answer_of

router = APIRouter(prefix="/api/v1/verifications", tags=["verifications"])


@router.post(
    "",
    summary="Check a file",
    responses=problems(400, 413, 415, 422, 503),
    openapi_extra=UPLOAD_BODY,
)
@public
def check_file(content: Upload, services: ServicesPart, language: ReaderLanguage) -> ReportAnswer:
    """Check a file: its seal, whether it is registered here, and whether it is in force.

    Any file gets an answer; one that is no certificate is `not_authentic`, and the checks say why.
    """
    return answer_of(services.authenticity.check_file(content), language)


@router.get("/{code}", summary="Check a verification code", responses=problems(404, 500, 503))
@public
def check_code(code: str, services: ServicesPart, language: ReaderLanguage) -> ReportAnswer:
    """Check the registered copy that a verification code names; the holder's data is masked."""
    return answer_of(services.authenticity.check_code(code), language)
