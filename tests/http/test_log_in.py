"""Logging in: a token for who knows the password, nothing for anybody else."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from certsvc.bootstrap import Services
from certsvc.demonstration.district import PASSWORD
from certsvc.foundation.settings import SettingsInvalidError, read_settings
from certsvc.people.accounts.service import LOG_IN_LIFETIME
from certsvc.people.accounts.throttle import FAILURES_BEFORE_LOCK, LOCK_DURATION
from tests.support.visitors import Visitor
from tests.support.world import FONTS, World

LOG_INS = "/api/v1/log-ins"
COPIES = "/api/v1/certificates"


def test_a_token_opens_what_a_role_may_see(visitor: Visitor) -> None:
    assert visitor.client.get(COPIES, headers=visitor.clerk()).status_code == 200


def test_a_wrong_password_is_refused_like_an_unknown_name(visitor: Visitor) -> None:
    answers = [
        visitor.client.post(LOG_INS, json={"name": name, "password": "wrong"})
        for name in ("clerk.wang", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    problems = [answer.json() | {"instance": ""} for answer in answers]
    assert problems[0] == problems[1]
    assert problems[0]["code"] == "organisations.log-in-refused"


@pytest.mark.both_engines
def test_failures_are_counted_though_they_are_refused(visitor: Visitor) -> None:
    for _ in range(FAILURES_BEFORE_LOCK):
        visitor.client.post(LOG_INS, json={"name": "clerk.wang", "password": "wrong"})
    right = {"name": "clerk.wang", "password": PASSWORD}
    assert visitor.client.post(LOG_INS, json=right).json()["code"] == "organisations.log-in-locked"
    visitor.world.clock.advance(LOCK_DURATION)
    assert visitor.client.post(LOG_INS, json=right).status_code == 201


def test_a_token_ends_with_the_day(visitor: Visitor) -> None:
    clerk = visitor.clerk()
    visitor.world.clock.advance(LOG_IN_LIFETIME)
    answer = visitor.client.get(COPIES, headers=clerk)
    assert (answer.status_code, answer.json()["code"]) == (401, "organisations.not-logged-in")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_logging_out_ends_a_token(visitor: Visitor) -> None:
    clerk = visitor.clerk()
    assert visitor.client.delete(f"{LOG_INS}/current", headers=clerk).status_code == 204
    assert visitor.client.get(COPIES, headers=clerk).status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer x", "Basic Y2xlcms6eA==", "Bearer \u00e9"]
)
def test_anything_but_a_token_opens_nothing(visitor: Visitor, header: str) -> None:
    headers = {"Authorization": header.encode("latin-1")}
    answer = visitor.client.request("GET", COPIES, headers=headers)  # type: ignore[arg-type]  # raw bytes
    assert answer.status_code == 401


def test_the_interface_takes_no_cookie_and_the_pages_no_header(visitor: Visitor) -> None:
    clerk = visitor.clerk()
    assert visitor.client.get("/desk", headers=clerk).status_code == 401
    visitor.enter("clerk.wang")
    assert visitor.client.get("/desk").status_code == 200
    assert visitor.client.get(COPIES).status_code == 401


def test_a_log_in_page_sets_a_cookie_no_script_and_no_other_site_can_use(visitor: Visitor) -> None:
    answer = visitor.client.post("/log-in", data={"name": "clerk.wang", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


def test_a_form_of_another_site_is_refused(visitor: Visitor) -> None:
    form = {"name": "clerk.wang", "password": PASSWORD}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = visitor.client.post("/log-in", data=form, headers=headers)
        assert answer.status_code == 403, headers
        assert "http.foreign-origin" in answer.text
        assert "set-cookie" not in answer.headers


def test_a_form_without_any_origin_is_refused(visitor: Visitor) -> None:
    del visitor.client.headers["Origin"]
    answer = visitor.client.post("/log-in", data={"name": "clerk.wang", "password": PASSWORD})
    assert answer.status_code == 403


def test_a_known_browser_gets_in_and_is_told_what_was_tried(visitor: Visitor) -> None:
    form = {"name": "clerk.wang", "password": PASSWORD}
    cookie = visitor.client.post("/log-in", data=form).headers.get_list("set-cookie")[1]
    assert cookie.startswith("certsvc-device=")
    assert {"HttpOnly", "SameSite=strict", "Max-Age=7776000"} <= set(cookie.split("; "))
    wrong = {"name": "clerk.wang", "password": "wrong"}
    for _ in range(FAILURES_BEFORE_LOCK):
        visitor.client.post(LOG_INS, json=wrong)
    assert visitor.client.post(LOG_INS, json=form).json()["code"] == "organisations.log-in-locked"
    told = visitor.client.post("/log-in", data=form)
    assert told.status_code == 200
    assert 'id="tried-in-vain"' in told.text
    assert f"{FAILURES_BEFORE_LOCK} 次" in told.text
    assert 'href="/desk"' in told.text
    assert 'http-equiv="refresh"' not in told.text
    assert visitor.client.get("/desk").status_code == 200
    assert visitor.client.post("/log-in", data=form).status_code == 303


def test_the_interface_tells_as_well(sqlite_world: World) -> None:
    app, credentials = create_app(sqlite_world.services), {"name": "clerk.wang", "password": "x"}
    with TestClient(app, client=("203.0.113.9", 1)) as client:
        client.post(LOG_INS, json=credentials, headers={"X-Forwarded-For": "198.51.100.7"})
        answer = client.post(LOG_INS, json=credentials | {"password": PASSWORD}).json()
    failed = answer["failed_attempts"]
    assert (failed["count"], failed["sources"]) == (1, ["203.0.*.*"]), "nobody's header is believed"


def test_only_a_trusted_proxy_says_where_a_request_comes_from(sqlite_world: World) -> None:
    settings = read_settings(sqlite_world.home, fonts_dir=FONTS, trusted_proxies=("10.0.0.0/8",))
    services = Services(settings, sqlite_world.clock)
    right = {"name": "clerk.wang", "password": PASSWORD}
    for peer, forwarded, seen in (
        ("10.1.1.1", "198.51.100.7", "198.51.*.*"),
        ("10.1.1.1", "192.0.2.1, 198.51.100.7, 10.2.2.2", "198.51.*.*"),
        ("203.0.113.9", "198.51.100.7", "203.0.*.*"),
    ):
        with TestClient(create_app(services), client=(peer, 1)) as client:
            headers = {"X-Forwarded-For": forwarded}
            client.post(LOG_INS, json=right | {"password": "x"}, headers=headers)
            answer = client.post(LOG_INS, json=right, headers=headers).json()
        assert answer["failed_attempts"]["sources"] == [seen]
    services.close()


@pytest.mark.parametrize("wrong", ["nobody", "10.0.0.0/40", "*"])
def test_a_proxy_is_an_address(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(SettingsInvalidError):
        read_settings(tmp_path, mode="demonstration", trusted_proxies=(wrong,))
