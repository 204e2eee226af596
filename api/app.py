"""Putting the HTTP interface and the pages together around one installation."""

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.http import (
    batches,
    certificates,
    description,
    events,
    health,
    jobs,
    log_ins,
    metrics,
    packs,
    record_lists,
    records,
    replies,
    seals,
    sources,
    timestamps,
    tokens,
    uses,
    verifications,
)
from api.shared.authentication import recognise, require_log_in
from api.shared.body_limits import BodyLimits, TooLarge
from api.shared.gates import check_gate
from api.shared.head_requests import HeadRequests
from api.shared.known_parameters import refuse_unknown_parameters, require_json
from api.shared.problems import answer_problem
from api.shared.request_frame import RequestFrame
from api.shared.sentences import KNOWN_ERRORS
from api.web.forms.keeping import keep_form
from api.web.pages import batches as batch_pages
from api.web.pages import (
    check,
    components,
    desk,
    holder,
    log_in,
    platform,
    record_acts,
    record_search,
    seal_amendments,
    seal_applications,
    seal_changes,
    seal_scopes,
    seal_uses,
    search,
    start,
)
from api.web.pages import jobs as job_pages
from api.web.pages import notices as notice_pages
from api.web.pages import packs as pack_pages
from api.web.pages import records as record_pages
from api.web.pages import seals as seal_pages
from api.web.pages import sources as source_pages
from api.web.problems import answer_problem_page
from certsvc.bootstrap import Services
from certsvc.foundation.errors import UnauthenticatedError
from certsvc.people.clients.rules import ClientRefusedError, TokenRequestError

_MACHINES = ("/api/", "/oauth2/", "/healthz", "/tsa", "/.well-known/")
# No traces, metrics or log records with addresses in them: a verification code is a secret.
_TELEMETRY_OFF: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


def create_app(services: Services) -> FastAPI:
    """Make the application of an installation; the caller closes the services afterwards."""
    app = FastAPI(
        title="certsvc",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # a redirect would name whatever Host the request claims
        telemetry=_TELEMETRY_OFF,
        generate_unique_id_function=lambda route: route.name,
        dependencies=[
            Depends(require_log_in),
            Depends(require_json),
            Depends(refuse_unknown_parameters),
        ],
    )
    app.state.services = services
    app.state.check_gate = check_gate()
    for module in (
        log_ins,
        tokens,
        certificates,
        batches,
        events,
        records,
        record_lists,
        replies,
        verifications,
        uses,
        sources,
        jobs,
        metrics,
        seals,
        packs,
        health,
        description,
    ):
        app.include_router(module.router)
    for page in (
        start,
        check,
        log_in,
        platform,
        holder,
        desk,
        batch_pages,
        record_acts,
        record_search,
        record_pages,
        seal_pages,
        seal_uses,
        seal_changes,
        seal_scopes,
        seal_applications,
        seal_amendments,
        source_pages,
        job_pages,
        notice_pages,
        pack_pages,
        search,
    ):
        app.include_router(page.router, include_in_schema=False)
    app.include_router(seals.well_known)
    if services.settings.mode == "demonstration":
        app.include_router(timestamps.router)
        app.include_router(components.router, include_in_schema=False)
    app.add_exception_handler(UnauthenticatedError, answer_unauthenticated)
    for refused in (ClientRefusedError, TokenRequestError):
        app.add_exception_handler(refused, tokens.answer_token_problem)
    for kind in (*KNOWN_ERRORS, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, answer_error)
    # The middleware added last is outermost.
    app.add_middleware(HeadRequests)
    app.add_middleware(BodyLimits, upload_max_bytes=services.settings.upload_max_bytes)
    app.add_middleware(
        RequestFrame,
        answer_defect=answer_error,
        https=services.settings.public_url.startswith("https://"),
    )
    if services.settings.trusted_proxies:
        trusted = list(services.settings.trusted_proxies)
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=trusted)
    return app


async def answer_unauthenticated(request: Request, error: Exception) -> Response:
    """Answer that a log-in is needed; what a clerk typed is kept for after it."""
    if request.url.path.startswith(_MACHINES):
        return answer_problem(request, error)
    return answer_problem_page(request, error, await keep_form(request))


def answer_error(request: Request, error: Exception) -> Response:
    """Answer an error as a problem document, or as a page where a person is reading."""
    if isinstance(error, TooLarge):
        error = error.error
    if request.url.path.startswith(_MACHINES):
        return answer_problem(request, error)
    if getattr(request.state, "actor", None) is None:
        recognise(request, request.app.state.services)
    return answer_problem_page(request, error)
