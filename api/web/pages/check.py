"""Authenticity checks: the page a QR code opens, and the page for a file or a typed code."""

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.http.authentication import public
from api.http.gates import CheckPlace
from api.http.parts import ServicesPart
from api.http.uploads import Upload
from api.http.verifications import report_response
from api.report_papers import tone_of
from api.reports import answer_of, evidence_lines
from api.sentences import sentence_of
from api.web.forms import FormFields
from api.web.language import PageLanguage
from api.web.origin import OwnOrigin
from api.web.rendering import show_page
from api.web.report_forms import PURPOSE, pack_report, unpack_report
from certsvc.bootstrap import Services
from certsvc.certificates.extraction.rules import fault_of_verify_code, normalise_verify_code
from certsvc.foundation.messages.catalogue import Language
from certsvc.sealing.register.service import find_seal_of_copy
from certsvc.verification.authenticity.originals import WayToOriginal, way_to_original
from certsvc.verification.authenticity.rules import AuthenticityReport, Original
from certsvc.verification.authenticity.service import CodeUnknownError

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class OriginalOffer:
    """How the reader of a report gets the original."""

    way: WayToOriginal
    """Whether they may fetch it."""
    address: str | None
    """Where; None: they have to ask."""
    unit: str
    """Whom they may ask."""


@router.get("/v/{code}")
@public
def show_check_of_code(
    request: Request, code: str, services: ServicesPart, language: PageLanguage, _: CheckPlace
) -> HTMLResponse:
    """Show the registered copy that a QR code or a typed code names."""
    try:
        report = services.authenticity.check_code(code)
    except CodeUnknownError as error:
        text = sentence_of(error, language)
        return show_page(request, "code_unknown.html", status=404, problem=text)
    return _show_report(request, services, report, language, address=f"/v/{code}")


@router.get("/v/{code}/report.pdf")
@public
def download_report_of_code(
    code: str, services: ServicesPart, language: PageLanguage, _: CheckPlace
) -> Response:
    """Make the report of a code's page into a PDF."""
    answer = answer_of(services.authenticity.check_code(code), language)
    return report_response(services, answer, language)


@router.post("/verify/report.pdf")
@public
def download_report(fields: FormFields, services: ServicesPart, _: CheckPlace) -> Response:
    """Make a PDF of the report that a page holds; the file itself was not kept."""
    answer, language = unpack_report(
        fields.get("report", ""),
        key=services.log_in_secret.key_for(PURPOSE),
        now=services.clock.now(),
    )
    return report_response(services, answer, language)


@router.get("/v")
@router.get("/v/")
@public
def redirect_from_printed_address() -> Response:
    """Send on whoever typed the address that is printed on the paper, without a code."""
    return RedirectResponse("/verify", status_code=HTTPStatus.SEE_OTHER)


@router.get("/verify")
@public
def show_check_form(request: Request, language: PageLanguage, code: str | None = None) -> Response:
    """Show the form; send a typed code on to its page."""
    if code is None:
        return show_page(request, "check.html", problem=None, code_problem=None, code="")
    normalised = normalise_verify_code(code)
    fault = fault_of_verify_code(normalised)
    if not fault:
        return RedirectResponse(f"/v/{normalised}", status_code=HTTPStatus.SEE_OTHER)
    text = sentence_of(CodeUnknownError(**fault), language)
    return show_page(
        request, "check.html", status=422, problem=None, code_problem=text, code=code[:200]
    )


@router.post("/verify")
@public
def check_uploaded_file(
    request: Request,
    _: OwnOrigin,
    content: Upload,
    services: ServicesPart,
    language: PageLanguage,
    _place: CheckPlace,
) -> HTMLResponse:
    """Check an uploaded file and show the answer."""
    report = services.authenticity.check_file(content)
    return _show_report(request, services, report, language, address=None)


def _show_report(
    request: Request,
    services: Services,
    report: AuthenticityReport,
    language: Language,
    *,
    address: str | None,
) -> HTMLResponse:
    answer = answer_of(report, language)
    key, now = services.log_in_secret.key_for(PURPOSE), services.clock.now()
    return show_page(
        request,
        "report.html",
        report=report,
        answer=answer,
        tone=tone_of(answer.answer),
        packed=None if address else pack_report(answer, language, key=key, now=now),
        evidence=lambda check: evidence_lines(check, language),
        seal_svg=_draw_seal(services, report),
        offer=_offer_original(request, services, report.original),
        address=address,
    )


def _offer_original(
    request: Request, services: Services, original: Original | None
) -> OriginalOffer | None:
    """Offer the original to whoever may have it, and tell anybody else whom to ask."""
    if original is None:
        return None
    actor, now = getattr(request.state, "actor", None), services.clock.now()
    with services.database.reading() as session:
        way = way_to_original(session, original, actor=actor, now=now)
    unit = original.extracting_unit or original.producing_unit
    if way is WayToOriginal.FILE:
        return OriginalOffer(address=f"/copies/{original.copy_number}/file", way=way, unit=unit)
    if way is WayToOriginal.RECORD:
        return OriginalOffer(address=f"/records/{original.identifier}", way=way, unit=unit)
    return OriginalOffer(address=None, way=way, unit=unit)


def _draw_seal(services: Services, report: AuthenticityReport) -> Markup | None:
    if report.copy is None:
        return None
    with services.database.reading() as session:
        seal = find_seal_of_copy(session, report.copy.copy_number)
    # Outlines or pixels written out by the service itself; no text of anybody's.
    return Markup(services.seal_credentials.draw(seal).to_svg()) if seal else None  # noqa: S704
