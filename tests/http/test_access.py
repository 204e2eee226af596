"""Deny by default: what is not on the short list below needs a log-in."""

import re

import pytest
from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette

from tests.support.visitors import Visitor

PUBLIC = {
    ("GET", "/"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/api/v1/seals/{seal}/status"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/verifications/{code}"),
    ("GET", "/api/v1/verifications/{code}/report.pdf"),
    ("GET", "/components"),
    ("GET", "/healthz"),
    ("GET", "/log-in"),
    ("GET", "/log-in/platform"),
    ("GET", "/log-in/platform/return"),
    ("GET", "/static/batch.js"),
    ("GET", "/static/seal_form.js"),
    ("GET", "/static/style.css"),
    ("GET", "/v"),
    ("GET", "/v/"),
    ("GET", "/v/{code}"),
    ("GET", "/v/{code}/report.pdf"),
    ("GET", "/verify"),
    ("POST", "/api/v1/log-ins"),
    ("POST", "/api/v1/verifications"),
    ("POST", "/api/v1/verifications/report.pdf"),
    ("POST", "/log-in"),
    ("POST", "/oauth2/token"),
    ("POST", "/tsa"),
    ("POST", "/verify"),
    ("POST", "/verify/report.pdf"),
}


def addresses(visitor: Visitor) -> set[tuple[str, str]]:
    app = visitor.client.app
    assert isinstance(app, Starlette)
    return {
        (method, str(context.path))
        for context in iter_route_contexts(app.routes)
        for method in context.methods or {"ANY"}
    }


def test_every_address_is_public_by_name_or_asks_for_a_log_in(visitor: Visitor) -> None:
    found = addresses(visitor)
    assert found >= PUBLIC
    closed = found - PUBLIC
    assert len(closed) > 8
    for method, path in sorted(closed):
        address = re.sub(r"\{\w+\}", "x", path)
        form = {"content": b"a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
        json = {"json": {}}
        body = {} if method == "GET" else (json if path.startswith("/api/") else form)
        answer = visitor.client.request(method, address, **body)  # type: ignore[arg-type]  # either
        assert answer.status_code == 401, (method, path, answer.text)


@pytest.mark.parametrize(("method", "path"), sorted(PUBLIC))
def test_what_is_public_never_asks_for_a_log_in(visitor: Visitor, method: str, path: str) -> None:
    answer = visitor.client.request(method, path.replace("{code}", "x"))
    assert answer.status_code != 401
    assert answer.status_code < 500


def test_every_answer_has_safe_headers(visitor: Visitor) -> None:
    for path in ("/", "/verify", "/v/x", "/nothing", "/api/v1/nothing", "/healthz", "/my"):
        headers = visitor.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert len(headers["x-request-id"]) == 36
    assert visitor.client.get("/v/x").headers["referrer-policy"] == "no-referrer"
    assert visitor.client.get("/").headers["referrer-policy"] == "same-origin"


def test_the_log_has_patterns_and_no_codes(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="certsvc.requests")
    visitor.client.get("/v/SECRETSECRETSECRETSECRET12")
    visitor.client.get("/api/v1/verifications/SECRETSECRETSECRETSECRET12")
    assert "/v/{code} 404" in caplog.text
    assert "SECRET" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("certsvc")
    )
