"""A report as a file."""

from api.shared.calls import Call
from api.shared.downloads import PdfResponse, pdf_response
from api.shared.views.report_papers import report_name, report_paper
from api.shared.views.reports import ReportAnswer


def report_response(call: Call, answer: ReportAnswer) -> PdfResponse:
    """Send a report as PDF."""
    is_demonstration = call.services.settings.mode == "demonstration"
    content = report_paper(
        answer,
        call.language,
        renderer=call.services.report_renderer,
        notice="page.demonstration" if is_demonstration else None,
    )
    return pdf_response(content, name=report_name(answer, call.language), kind="report")
