"""Authenticity checks: the page a QR code opens, and the page for a file or a typed code."""

from dataclasses import dataclass, replace
from http import HTTPStatus

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.shared.authentication import public
from api.shared.gates import CheckPlace
from api.shared.sentences import sentence_of
from api.shared.uploads import NamedUpload
from api.shared.views.copies import name_of_file
from api.shared.views.report_files import report_response
from api.shared.views.report_papers import tone_of
from api.shared.views.reports import answer_of, evidence_lines
from api.web.forms.origin import OwnOrigin
from api.web.forms.plain import FormFields
from api.web.report_forms import PURPOSE, pack_report, unpack_report
from api.web.visits import PageVisit, Visit
from certsvc.bootstrap import Services
from certsvc.certificates.extraction.rules import fault_of_verify_code, normalise_verify_code
from certsvc.certificates.extraction.service import fetch_file, get_copy
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
def show_check_of_code(visit: PageVisit, code: str, _: CheckPlace) -> HTMLResponse:
    """Show the registered copy that a QR code or a typed code names."""
    try:
        report = visit.services.authenticity.check_code(code)
    except CodeUnknownError as error:
        text = sentence_of(error, visit.language)
        return visit.show("code_unknown.html", status=404, problem=text)
    return _show_report(visit, report, address=f"/v/{code}")


@router.get("/v/{code}/report.pdf")
@public
def download_report_of_code(code: str, visit: PageVisit, _: CheckPlace) -> Response:
    """Make the report of a code's page into a PDF."""
    answer = answer_of(visit.services.authenticity.check_code(code), visit.language)
    return report_response(visit, answer)


@router.post("/verify/report.pdf")
@public
def download_report(fields: FormFields, visit: PageVisit, _: CheckPlace) -> Response:
    """Make a PDF of the report that a page holds; the file itself was not kept."""
    answer, language, file_name = unpack_report(
        fields.get("report", ""),
        key=visit.services.log_in_secret.key_for(PURPOSE),
        now=visit.now,
    )
    return report_response(replace(visit, language=language), answer, file_name=file_name)


@router.get("/v")
@router.get("/v/")
@public
def redirect_from_printed_address() -> Response:
    """Redirect visitors who typed the printed address without a code."""
    return RedirectResponse("/verify", status_code=HTTPStatus.SEE_OTHER)


@router.get("/verify")
@public
def show_check_form(visit: PageVisit, code: str | None = None) -> Response:
    """Show the form; send a typed code on to its page."""
    if code is None:
        return visit.show("check.html", problem=None, code_problem=None, code="")
    normalised = normalise_verify_code(code)
    fault = fault_of_verify_code(normalised)
    if not fault:
        return RedirectResponse(f"/v/{normalised}", status_code=HTTPStatus.SEE_OTHER)
    text = sentence_of(CodeUnknownError(**fault), visit.language)
    return visit.show("check.html", status=422, problem=None, code_problem=text, code=code[:200])


@router.post("/verify")
@public
def check_uploaded_file(
    visit: PageVisit,
    _: OwnOrigin,
    file: NamedUpload,
    _place: CheckPlace,
) -> HTMLResponse:
    """Check an uploaded file and show the answer."""
    report = visit.services.authenticity.check_file(file.content)
    return _show_report(visit, report, address=None, file_name=file.name)


@router.get("/copies/{copy_number}/check")
def check_own_copy(copy_number: str, visit: PageVisit, _: CheckPlace) -> HTMLResponse:
    """Check the sealed file of a copy that the visitor may fetch, as if they had uploaded it.

    Raises:
        CopyUnknownError: there is none with this number that they may see.
        CopyNotServedError: it may not be used any more.
    """
    with visit.transaction() as session:
        name = name_of_file(get_copy(session, copy_number, actor=visit.actor))
        digest = fetch_file(session, copy_number, actor=visit.actor, now=visit.now)
    report = visit.services.authenticity.check_file(visit.services.store.get(digest))
    return _show_report(visit, report, address=None, file_name=name)


def _show_report(
    visit: Visit,
    report: AuthenticityReport,
    *,
    address: str | None,
    file_name: str = "",
) -> HTMLResponse:
    answer = answer_of(report, visit.language)
    key, now = visit.services.log_in_secret.key_for(PURPOSE), visit.now
    return visit.show(
        "report.html",
        report=report,
        answer=answer,
        tone=tone_of(answer.answer),
        packed=None
        if address
        else pack_report(answer, visit.language, key=key, now=now, file_name=file_name),
        file_name=file_name,
        evidence=lambda check: evidence_lines(check, visit.language),
        seal_svg=_draw_seal(visit.services, report),
        offer=_offer_original(visit, report.original),
        address=address,
    )


def _offer_original(visit: Visit, original: Original | None) -> OriginalOffer | None:
    """Offer the original to those who may fetch it; tell others whom to ask."""
    if original is None:
        return None
    actor, now = getattr(visit.request.state, "actor", None), visit.now
    with visit.reading() as session:
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
