"""Other systems: what they see of their unit, what they are told, and what they get as data."""

import json
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response

from certsvc.certificates.feed.service import read_feed
from certsvc.demonstration.district import APPROVAL_BUREAU, TALENT_MATTER
from certsvc.foundation.events.records import EventRecord
from certsvc.people.clients.service import NewClient, add_client, give_token
from certsvc.verification.authenticity.twin import TWIN_NAME
from signing.pdf.attachments import read_attachment
from tests.integration.test_clients import OPERATOR
from tests.support.batches import csv_of, row
from tests.support.visitors import Visitor

COPIES, RECORDS, EVENTS = "/api/v1/certificates", "/api/v1/records", "/api/v1/events"
ALL = frozenset({"certificates.issue", "certificates.read", "certificates.withdraw"})
REASON = {"reason_code": "taken_by_mistake", "reason": "误提"}
SUSPEND = {"action": "suspend", "reason_code": "under_review", "reason": "接到举报"}


def system(
    visitor: Visitor, name: str = "portal", matters: frozenset[str] | None = None
) -> dict[str, str]:
    """Register a system and return the header that its token makes."""
    services, now = visitor.world.services, visitor.world.clock.now()
    new = NewClient(id=name, title="甲", unit_code=APPROVAL_BUREAU, scopes=ALL, matters=matters)
    with services.database.transaction() as session:
        secret = add_client(session, new, actor=OPERATOR, now=now)
    given = give_token(services.database, client_id=name, secret=secret, scope=None, now=now)
    return {"Authorization": f"Bearer {given.token}"}


def issue(visitor: Visitor, who: dict[str, str], key: str = "k", **changes: object) -> Response:
    headers = who | {"Idempotency-Key": key}
    return visitor.client.post(COPIES, json=visitor.request(**changes), headers=headers)


def happened(visitor: Visitor, who: dict[str, str], **query: object) -> dict[str, Any]:
    visitor.world.services.deliverer.deliver()
    answer = visitor.client.get(EVENTS, headers=who, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def suspend(visitor: Visitor, identifier: str) -> Response:
    headers = visitor.bearer("handler.li") | {"Idempotency-Key": "suspend"}
    return visitor.client.post(f"{RECORDS}/{identifier}/changes", json=SUSPEND, headers=headers)


def test_a_system_reads_its_records_and_withdraws_its_copies(visitor: Visitor) -> None:
    who = system(visitor)
    issued = issue(visitor, who).json()
    record = visitor.client.get(f"{RECORDS}/{issued['identifier']}", headers=who)
    assert record.status_code == 200, record.text
    assert [copy["matter_code"] for copy in record.json()["copies"]] == [TALENT_MATTER]
    assert record.json()["changes"][0]["operator"] is None
    address = f"{COPIES}/{issued['copy_number']}"
    withdrawn = visitor.client.put(f"{address}/withdrawal", json=REASON, headers=who)
    assert withdrawn.status_code == 200, withdrawn.text
    assert visitor.client.get(address, headers=who).json()["state"] == "withdrawn"
    assert visitor.client.get(issued["file"], headers=who).status_code == 409
    assert visitor.client.get(issued["data"], headers=who).status_code == 409


def test_a_system_sees_its_own_matters_alone(visitor: Visitor) -> None:
    issued = issue(visitor, visitor.clerk()).json()
    address = f"{COPIES}/{issued['copy_number']}"
    own = system(visitor, "portal", frozenset({TALENT_MATTER}))
    other = system(visitor, "other", frozenset({"school-enrolment"}))
    assert len(visitor.client.get(COPIES, headers=own).json()["items"]) == 1
    assert visitor.client.get(COPIES, headers=other).json()["items"] == []
    for path in (address, issued["file"], issued["data"], f"{RECORDS}/{issued['identifier']}"):
        assert visitor.client.get(path, headers=own).status_code == 200
        assert visitor.client.get(path, headers=other).status_code == 404
    withdrawn = visitor.client.put(f"{address}/withdrawal", json=REASON, headers=other)
    assert withdrawn.status_code == 404
    refused = issue(visitor, other)
    assert (refused.status_code, refused.json()["code"]) == (403, "organisations.foreign-matter")
    assert happened(visitor, own)["items"] != []
    assert happened(visitor, other)["items"] == []


@pytest.mark.both_engines
def test_the_feed_tells_of_a_change_once_and_of_nobody(visitor: Visitor) -> None:
    who = system(visitor)
    issued = issue(visitor, who).json()
    begun = happened(visitor, who)
    assert [each["type"] for each in begun["items"]] == ["certificate.issued"]
    assert suspend(visitor, issued["identifier"]).status_code == 201
    told = happened(visitor, who, after=begun["next"])
    (event,) = told["items"]
    assert (event["type"], event["copies"]) == ("record.suspended", [issued["copy_number"]])
    assert (event["identifier"], event["reason_code"]) == (issued["identifier"], "under_review")
    assert event["effective_at"] == event["at"]
    assert visitor.world.resident.name not in json.dumps(told, ensure_ascii=False)
    assert "接到举报" not in json.dumps(told, ensure_ascii=False)
    again = happened(visitor, who, after=told["next"])
    assert (again["items"], again["next"], again["has_more"]) == ([], told["next"], False)
    only = happened(visitor, who, type="record.suspended", limit=1)
    assert [each["id"] for each in only["items"]] == [event["id"]]


def test_the_feed_goes_on_behind_what_concerns_others(visitor: Visitor) -> None:
    issue(visitor, system(visitor))
    visitor.world.services.deliverer.deliver()
    clerk, seen, after, has_more = visitor.world.staff("clerk.wang"), [], 0, True
    while has_more:
        with visitor.world.services.database.reading() as session:
            page = read_feed(session, after=after, limit=50, kinds=(), actor=clerk, looked_at=2)
        seen += page.events
        assert page.position > after
        after, has_more = page.position, page.has_more
    assert [each.kind for each in seen] == ["certificate.issued"]
    assert after > 2


def test_the_feed_knows_its_kinds_and_who_may_ask(visitor: Visitor) -> None:
    who = system(visitor)
    wrong = visitor.client.get(EVENTS, headers=who, params={"type": "record.eaten"})
    assert (wrong.status_code, wrong.json()["faults"][0]["field"]) == (422, "type")
    handler = visitor.bearer("handler.li")
    assert visitor.client.get(EVENTS, headers=handler).status_code == 403
    batch = visitor.client.post(
        "/api/v1/batches",
        files={"file": ("rows.csv", csv_of([row()]))},
        data={"confirmed": "true"},
        headers=who | {"Idempotency-Key": "b"},
    ).json()["id"]
    assert {each["batch"] for each in happened(visitor, who)["items"]} == {batch}
    assert happened(visitor, visitor.clerk())["items"] == happened(visitor, who)["items"]
    assert happened(visitor, system(visitor, "another"))["items"] == []


def test_the_data_are_those_that_are_sealed_into_the_file(visitor: Visitor) -> None:
    who = visitor.clerk()
    issued = issue(visitor, who).json()
    file = visitor.client.get(issued["file"], headers=who).content
    answer = visitor.client.get(issued["data"], headers=who)
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == read_attachment(file, TWIN_NAME)
    tag = {"If-None-Match": answer.headers["etag"]}
    assert visitor.client.get(issued["data"], headers=who | tag).status_code == 304


def test_a_file_is_given_in_parts_and_not_again(visitor: Visitor) -> None:
    who = visitor.clerk()
    issued = issue(visitor, who).json()
    whole = visitor.client.get(issued["file"], headers=who)
    content, tag = whole.content, whole.headers["etag"]
    size = len(content)
    for wanted, first, last in (
        ("bytes=0-9", 0, 9),
        ("bytes=10-", 10, size - 1),
        ("bytes=-5", size - 5, size - 1),
        (f"bytes=0-{size * 2}", 0, size - 1),
    ):
        part = visitor.client.get(issued["file"], headers=who | {"Range": wanted})
        assert (part.status_code, part.content) == (206, content[first : last + 1])
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert part.headers["content-type"] == "application/pdf"
    beyond = visitor.client.get(issued["file"], headers=who | {"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    for whole_again in ({"Range": "bytes=0-1,3-4"}, {"Range": "bytes=0-1", "If-Range": '"other"'}):
        got = visitor.client.get(issued["file"], headers=who | whole_again)
        assert (got.status_code, got.content) == (200, content)
    before = fetches(visitor)
    same = visitor.client.get(issued["file"], headers=who | {"If-None-Match": f'"x", {tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert fetches(visitor) == before, "nothing was handed out"
    assert suspend(visitor, issued["identifier"]).status_code == 201
    ended = visitor.client.get(issued["file"], headers=who | {"If-None-Match": tag})
    assert ended.status_code == 409


def fetches(visitor: Visitor) -> int:
    with visitor.world.services.database.reading() as session:
        return session.query(EventRecord).filter_by(kind="copy.fetched").count()


@pytest.mark.both_engines
def test_a_replayed_answer_is_the_same_and_says_so(visitor: Visitor) -> None:
    who = visitor.clerk()
    first = issue(visitor, who)
    assert "idempotent-replayed" not in first.headers
    code = first.json()["verify_code"]
    assert visitor.client.get(f"/api/v1/verifications/{code}").json()["answer"] == "registered"
    assert first.json()["verify_url"].endswith(f"/v/{code}")
    headers = visitor.bearer("handler.li") | {"Idempotency-Key": "new"}
    address = f"{RECORDS}/{first.json()['identifier']}/reissue"
    visitor.world.clock.advance(timedelta(minutes=1))
    reissued, once_more = (
        visitor.client.post(address, json={"reason": "换发"}, headers=headers) for _ in range(2)
    )
    assert (reissued.status_code, once_more.json()) == (201, reissued.json())
    assert once_more.headers["idempotent-replayed"] == "true"
    again = issue(visitor, who)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert visitor.client.get(again.json()["file"], headers=who).status_code == 409


def test_a_key_belongs_to_the_log_in_or_system_that_sends_it(visitor: Visitor) -> None:
    by_clerk = issue(visitor, visitor.clerk()).json()
    by_system = issue(visitor, system(visitor)).json()
    assert by_clerk["copy_number"] != by_system["copy_number"]
    described = visitor.client.get("/api/v1/openapi.json").json()["paths"][COPIES]["post"]
    (key,) = (each for each in described["parameters"] if each["name"] == "Idempotency-Key")
    assert "belongs to the log-in or system that sends it" in key["description"]


def test_changes_replies_and_batches_say_when_they_are_replayed(visitor: Visitor) -> None:
    issued = issue(visitor, visitor.clerk()).json()
    first, again = (suspend(visitor, issued["identifier"]) for _ in range(2))
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert first.headers["location"] == f"{RECORDS}/{issued['identifier']}"
    headers = visitor.clerk() | {"Idempotency-Key": "b"}
    files = {"file": ("rows.csv", csv_of([row()]))}
    batches = [
        visitor.client.post("/api/v1/batches", files=files, headers=headers) for _ in range(2)
    ]
    assert ["idempotent-replayed" in each.headers for each in batches] == [False, True]


def test_what_came_of_a_batch_is_listed_with_codes(visitor: Visitor) -> None:
    headers = visitor.clerk() | {"Idempotency-Key": "b"}
    rows = [row(), row(1), row(2, matter="flying")]
    files = {"file": ("rows.csv", csv_of(rows))}
    form = {"issue_valid_rows": "true"}
    batch = visitor.client.post("/api/v1/batches", files=files, data=form, headers=headers).json()
    assert batch["unit_name"]
    address = f"/api/v1/batches/{batch['id']}/rows"
    page = visitor.client.get(address, params={"limit": 2}, headers=headers)
    assert [each["row"] for each in page.json()["items"]] == [2, 3]
    following = page.headers["link"].partition(">")[0][1:]
    (refused,) = visitor.client.get(following, headers=headers).json()["items"]
    assert (refused["row"], refused["state"]) == (4, "refused")
    assert "." in refused["code"]
    assert refused["sentence"]
    only = visitor.client.get(address, params={"state": "refused"}, headers=headers).json()
    assert only["items"] == [refused]
