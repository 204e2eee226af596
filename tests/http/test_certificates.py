"""Issuing and fetching over HTTP."""

from datetime import timedelta
from urllib.parse import unquote

import pytest

from certsvc.demonstration.district import POLICE, SCHOOL
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.storage.objects import digest_of
from tests.support.visitors import Visitor

COPIES = "/api/v1/certificates"
KEY = {"Idempotency-Key": "application-1"}
_DAYS_40 = timedelta(days=40)


@pytest.mark.both_engines
def test_a_clerk_issues_and_the_holder_fetches(visitor: Visitor) -> None:
    answer = visitor.client.post(COPIES, json=visitor.request(), headers=visitor.clerk() | KEY)
    assert answer.status_code == 201, answer.text
    issued = answer.json()
    assert answer.headers["location"] == f"{COPIES}/{issued['copy_number']}"
    holder = visitor.holder()
    listed = visitor.client.get(COPIES, headers=holder).json()["items"]
    assert [copy["copy_number"] for copy in listed] == [issued["copy_number"]]
    described = visitor.client.get(answer.headers["location"], headers=holder).json()
    assert described == listed[0]
    assert described["identifier"] == issued["identifier"]
    assert described["state"] == "in_force"
    file = visitor.client.get(issued["file"], headers=holder)
    assert digest_of(file.content) == issued["sha256"]
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["cache-control"] == "private, no-store"
    disposition = file.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="certificate-')
    assert unquote(disposition).endswith(f"无犯罪记录证明-{issued['copy_number']}.pdf")
    assert disposition.isascii()


@pytest.mark.both_engines
def test_a_repetition_gives_the_same_answer_and_issues_once(visitor: Visitor) -> None:
    clerk = visitor.clerk()
    first, second = (
        visitor.client.post(COPIES, json=visitor.request(), headers=clerk | KEY) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"]
    assert len(visitor.client.get(COPIES, headers=clerk).json()["items"]) == 1


def test_a_key_belongs_to_one_request(visitor: Visitor) -> None:
    clerk = visitor.clerk()
    visitor.client.post(COPIES, json=visitor.request(), headers=clerk | KEY)
    other = visitor.request(purpose="另一用途")
    answer = visitor.client.post(COPIES, json=other, headers=clerk | KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency.key-reused")


def test_issuing_needs_a_key(visitor: Visitor) -> None:
    answer = visitor.client.post(COPIES, json=visitor.request(), headers=visitor.clerk())
    assert (answer.status_code, answer.json()["code"]) == (400, "http.idempotency-key-missing")


def test_an_expired_copy_says_so(visitor: Visitor) -> None:
    visitor.client.post(COPIES, json=visitor.request(), headers=visitor.clerk() | KEY)
    visitor.world.clock.advance(_DAYS_40)
    listed = visitor.client.get(COPIES, headers=visitor.holder()).json()["items"]
    assert [copy["state"] for copy in listed] == ["expired"]


def test_strangers_are_told_what_nobody_is_told(visitor: Visitor) -> None:
    issued = visitor.client.post(
        COPIES, json=visitor.request(), headers=visitor.clerk() | KEY
    ).json()
    other_clerk = visitor.bearer("clerk.chen")
    real = visitor.client.get(f"{COPIES}/{issued['copy_number']}/file", headers=other_clerk)
    none = visitor.client.get(f"{COPIES}/NOSUCHNUMBER/file", headers=other_clerk)
    assert (real.status_code, none.status_code) == (404, 404)
    assert real.json() | {"instance": ""} == none.json() | {"instance": ""}


@pytest.mark.parametrize("login", ["handler.li", "seal.zhao", "seal.qian"])
def test_other_roles_issue_and_read_nothing(visitor: Visitor, login: str) -> None:
    who = visitor.bearer(login)
    issuing = visitor.client.post(COPIES, json=visitor.request(), headers=who | KEY)
    reading = visitor.client.get(COPIES, headers=who)
    uses = visitor.client.get("/api/v1/uses", headers=who)
    assert [a.status_code for a in (issuing, reading, uses)] == [403, 403, 403]
    assert issuing.json()["code"] == "organisations.permission-denied"


def test_a_holder_issues_nothing(visitor: Visitor) -> None:
    answer = visitor.client.post(COPIES, json=visitor.request(), headers=visitor.holder() | KEY)
    assert answer.status_code == 403


def test_a_clerk_acts_for_no_other_unit(visitor: Visitor) -> None:
    request = visitor.request(unit=SCHOOL)
    answer = visitor.client.post(COPIES, json=request, headers=visitor.clerk() | KEY)
    assert (answer.status_code, answer.json()["code"]) == (403, "organisations.foreign-unit")


def test_a_fetch_is_logged_without_a_name(visitor: Visitor) -> None:
    issued = visitor.client.post(
        COPIES, json=visitor.request(), headers=visitor.clerk() | KEY
    ).json()
    visitor.client.get(issued["file"], headers=visitor.holder())
    with visitor.world.services.database.transaction() as session:
        last = session.query(EventRecord).order_by(EventRecord.id.desc()).first()
        assert last is not None
        assert (last.kind, last.subject) == ("copy.fetched", issued["copy_number"])
    assert visitor.world.check_log() == last.id


def test_a_handlers_reply_carries_a_certificate(visitor: Visitor) -> None:
    resident = visitor.world.resident
    reply = {
        "type": "no-criminal-record",
        "holder": resident.identity_number,
        "holder_name": resident.name,
        "fields": {
            "name": resident.name,
            "sex": resident.sex,
            "birth_on": resident.born_on.isoformat(),
            "id_type": "居民身份证",
            "id_number": resident.identity_number,
            "period_from_on": "2006-03-07",
            "period_to_on": "2026-11-20",
            "result": "未发现有犯罪记录",
        },
        "basis": "人工核查",
    }
    recorded = visitor.client.post(
        "/api/v1/replies", json=reply, headers=visitor.bearer("handler.li") | KEY
    )
    assert recorded.status_code == 201, recorded.text
    request = visitor.request(reply=recorded.json()["reply"])
    issued = visitor.client.post(COPIES, json=request, headers=visitor.clerk() | KEY)
    assert issued.json()["route"] == "department_verification"


def test_uses_are_what_the_units_list_gives(visitor: Visitor) -> None:
    uses = visitor.client.get("/api/v1/uses", headers=visitor.clerk()).json()["items"]
    pairs = {(use["matter"], use["type"]) for use in uses}
    assert pairs == {
        ("talent-subsidy", "no-criminal-record"),
        ("talent-subsidy", "social-insurance"),
        ("teacher-qualification", "no-criminal-record"),
        ("home-purchase-subsidy", "household"),
        ("home-purchase-subsidy", "marriage-record"),
        ("home-purchase-subsidy", "real-estate"),
        ("home-purchase-subsidy", "tax-payment"),
        ("enterprise-subsidy", "no-violation"),
        ("enterprise-subsidy", "tax-payment"),
        ("foreigner-work-permit", "tax-payment"),
        ("foreigner-work-permit", "education"),
    }


def test_a_reply_is_for_the_units_own_certificates(visitor: Visitor) -> None:
    assert visitor.world.staff("handler.li").unit_code == POLICE
    reply = {
        "type": "social-insurance",
        "holder": visitor.world.resident.identity_number,
        "holder_name": "甲",
        "fields": {},
        "basis": "乙",
    }
    answer = visitor.client.post(
        "/api/v1/replies", json=reply, headers=visitor.bearer("handler.li") | KEY
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "organisations.foreign-unit")
