"""A report as a file."""

from api.shared.calls import Call
from api.shared.downloads import PdfResponse, pdf_response
from api.shared.views.report_papers import report_name, report_paper
from api.shared.views.reports import ReportAnswer


def report_response(call: Call, answer: ReportAnswer, *, file_name: str = "") -> PdfResponse:
    """Send a report as PDF; the checked file has the name that its sender gave it."""
    is_demonstration = call.services.settings.mode == "demonstration"
    content = report_paper(
        answer,
        call.language,
        renderer=call.services.report_renderer,
        file_name=file_name,
        notice="page.demonstration" if is_demonstration else None,
    )
    return pdf_response(content, name=report_name(answer, call.language), kind="report")
