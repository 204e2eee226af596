"""Batches over HTTP: sent, checked, watched, fetched, cancelled."""

import base64
import csv
import hashlib
import io
import json
import zipfile

import pytest
from sqlalchemy import select

from certsvc.certificates.batches.events import BatchFetched
from certsvc.demonstration.people import make_residents
from certsvc.foundation.events.records import EventRecord
from tests.support.batches import csv_of, row, wait_until, worker
from tests.support.visitors import Visitor

BATCHES = "/api/v1/batches"


def send(
    visitor: Visitor, content: bytes, *, key: str = "k-1", who: str = "clerk.wang", **data: str
) -> dict[str, object]:
    answer = visitor.client.post(
        BATCHES,
        files={"file": ("rows.csv", content)},
        data={"confirmed": "true"} | data,
        headers=visitor.bearer(who) | {"Idempotency-Key": key},
    )
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"{BATCHES}/{answer.json()['id']}"
    described: dict[str, object] = answer.json()
    return described


@pytest.mark.both_engines
def test_from_file_to_papers(visitor: Visitor) -> None:
    # The last resident is on the register under a number that nobody has.
    unknown = "990101199003079997"
    described = send(visitor, csv_of([row(0), row(1), row(2, holder=unknown)]))
    assert described["state"] == "waiting"
    address, clerk = f"{BATCHES}/{described['id']}", visitor.clerk()
    early = visitor.client.get(f"{address}/certificates.zip", headers=clerk)
    assert (early.status_code, early.json()["code"]) == (409, "batches.state")

    with worker(visitor.world) as faults:
        wait_until(lambda: visitor.client.get(address, headers=clerk).json()["state"] == "done")
    assert faults == []
    progress = visitor.client.get(address, headers=clerk).json()["progress"]
    assert progress == {"rows": 3, "issued": 2, "refused": 1, "cancelled": 0, "waiting": 0}

    table = visitor.client.get(f"{address}/result.csv", headers=clerk).content
    lines = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert [(line["行号"], line["结果"]) for line in lines] == [
        ("2", "已出证"),
        ("3", "已出证"),
        ("4", "未出证"),
    ]
    assert lines[2]["原因代码"] == "sources.holder-not-found"
    assert make_residents()[0].identity_number not in table.decode()

    archive = visitor.client.get(f"{address}/certificates.zip", headers=clerk)
    with zipfile.ZipFile(io.BytesIO(archive.content)) as papers:
        assert papers.testzip() is None
        manifest = json.loads(papers.read("manifest.json"))
        listed = [entry for entry in manifest["entries"] if "file" in entry]
        assert papers.namelist() == [
            "manifest.json",
            "manifest.csv",
            *(entry["file"] for entry in listed),
        ]
        for entry in listed:
            paper = papers.read(entry["file"])
            assert hashlib.sha256(paper).hexdigest() == entry["sha256"]
            assert paper.startswith(b"%PDF-")
        assert papers.read("manifest.csv") == table
    sheet = visitor.client.get(f"{address}/result.xlsx", headers=clerk).content
    assert zipfile.is_zipfile(io.BytesIO(sheet))


def test_a_withdrawn_paper_is_not_in_the_archive(visitor: Visitor) -> None:
    described = send(visitor, csv_of([row(0), row(1)]))
    address, clerk = f"{BATCHES}/{described['id']}", visitor.clerk()
    with worker(visitor.world):
        wait_until(lambda: visitor.client.get(address, headers=clerk).json()["state"] == "done")

    def archive() -> tuple[list[str], list[dict[str, str]]]:
        answer = visitor.client.get(f"{address}/certificates.zip", headers=clerk)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as papers:
            return papers.namelist(), json.loads(papers.read("manifest.json"))["entries"]

    names, (first, second) = archive()
    assert names[2:] == [first["file"], second["file"]]
    withdrawn = visitor.client.put(
        f"/api/v1/certificates/{first['copy_number']}/withdrawal",
        json={"reason_code": "taken_by_mistake", "reason": "窗口误提，申请人未提出该事项"},
        headers=clerk,
    )
    assert withdrawn.status_code == 200, withdrawn.text
    names, (left_out, kept) = archive()
    assert (names[2:], kept) == ([second["file"]], second)
    assert ("file" in left_out, left_out["copy_state"]) == (False, "withdrawn")
    table = visitor.client.get(f"{address}/result.csv", headers=clerk).content
    lines = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert [line["副本现状"] for line in lines] == ["已被提取单位撤回", "有效"]


def test_errors_name_row_and_column(visitor: Visitor) -> None:
    rows = [row(0), row(0), row(1, type="nothing", purpose="")]
    described = send(visitor, csv_of(rows))
    assert (described["state"], described["errors"]) == ("rejected", 3)
    clerk = visitor.clerk() | {"Accept-Language": "en"}
    errors = visitor.client.get(f"{BATCHES}/{described['id']}/errors", headers=clerk).json()
    assert [(each["row"], each["column"], each["code"]) for each in errors["problems"]] == [
        (3, "", "batches.row.duplicate"),
        (4, "type", "batches.row.unknown-type"),
        (4, "purpose", "issuance.purpose-missing"),
    ]
    assert "row 2" in errors["problems"][0]["sentence"]


def test_the_valid_rows_alone(visitor: Visitor) -> None:
    rows = [row(0), row(1, type="nothing")]
    described = send(visitor, csv_of(rows), issue_valid_rows="true")
    assert described["state"] == "waiting"
    assert described["progress"] == {
        "rows": 2,
        "issued": 0,
        "refused": 1,
        "cancelled": 0,
        "waiting": 1,
    }


@pytest.mark.both_engines
def test_the_same_key_gives_the_same_batch(visitor: Visitor) -> None:
    first = send(visitor, csv_of([row(0)]))
    assert send(visitor, csv_of([row(0)]))["id"] == first["id"]
    other = visitor.client.post(
        BATCHES,
        files={"file": ("rows.csv", csv_of([row(1)]))},
        headers=visitor.clerk() | {"Idempotency-Key": "k-1"},
    )
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.key-reused")


def test_another_units_batch_does_not_exist(visitor: Visitor) -> None:
    described = send(visitor, csv_of([row(0)]))
    stranger = visitor.bearer("clerk.chen")
    address = f"{BATCHES}/{described['id']}"
    for method, path in (
        ("GET", address),
        ("GET", f"{address}/errors"),
        ("GET", f"{address}/result.csv"),
        ("GET", f"{address}/certificates.zip"),
        ("POST", f"{address}/cancel"),
        ("POST", f"{address}/resume"),
    ):
        answer = visitor.client.request(method, path, headers=stranger)
        assert (answer.status_code, answer.json()["code"]) == (404, "batches.unknown"), path
    assert visitor.client.get(BATCHES, headers=stranger).json()["items"] == []


@pytest.mark.parametrize("who", ["handler.li", "seal.zhao"])
def test_only_who_may_issue_sends_batches(visitor: Visitor, who: str) -> None:
    answer = visitor.client.post(
        BATCHES,
        files={"file": ("rows.csv", csv_of([row(0)]))},
        headers=visitor.bearer(who) | {"Idempotency-Key": "k"},
    )
    assert answer.status_code == 403


def test_cancelled_before_it_began(visitor: Visitor) -> None:
    described = send(visitor, csv_of([row(0), row(1)]))
    address, clerk = f"{BATCHES}/{described['id']}", visitor.clerk()
    cancelled = visitor.client.post(f"{address}/cancel", headers=clerk).json()
    assert (cancelled["state"], cancelled["progress"]["cancelled"]) == ("cancelled", 2)
    again = visitor.client.post(f"{address}/cancel", headers=clerk)
    assert (again.status_code, again.json()["code"]) == (409, "states.transition-refused")


def test_a_file_that_is_none(visitor: Visitor) -> None:
    for content, code in (
        (b"PK\x03\x04broken", "batches.file-unreadable"),
        (b"type,holder\n", "batches.header-invalid"),
        (csv_of([]), "batches.empty"),
    ):
        answer = visitor.client.post(
            BATCHES,
            files={"file": ("rows.csv", content)},
            headers=visitor.clerk() | {"Idempotency-Key": "k"},
        )
        assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_template_is_taken_back_as_it_is(visitor: Visitor, kind: str) -> None:
    template = visitor.client.get(f"{BATCHES}/template.{kind}", headers=visitor.clerk())
    assert template.status_code == 200
    answer = visitor.client.post(
        BATCHES,
        files={"file": (f"rows.{kind}", template.content)},
        headers=visitor.clerk() | {"Idempotency-Key": "k"},
    )
    # Titles are understood, and the example is passed over.
    assert (answer.status_code, answer.json()["code"]) == (422, "batches.empty")


def test_the_example_is_never_issued(visitor: Visitor) -> None:
    template = visitor.client.get(f"{BATCHES}/template.csv", headers=visitor.clerk()).content
    assert b"# " in template
    answer = visitor.client.post(
        BATCHES,
        files={"file": ("rows.csv", template.replace(b"# ", b""))},
        headers=visitor.clerk() | {"Idempotency-Key": "k"},
    )
    assert (answer.status_code, answer.json()["state"]) == (201, "rejected")
    errors = visitor.client.get(
        f"{BATCHES}/{answer.json()['id']}/errors", headers=visitor.clerk()
    ).json()["problems"]
    assert [(each["row"], each["code"]) for each in errors] == [(2, "batches.row.example")]


def test_a_batch_that_nobody_works_on_says_so(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    sent = visitor.client.post("/batches", files={"file": ("rows.csv", csv_of([row()]))})
    assert sent.status_code == 303, sent.text
    visitor.client.post(sent.headers["location"] + "/confirm", data={"key": "k"})
    addresses = [sent.headers["location"] + page for page in ("", "/progress")]
    for address in addresses:
        assert "后台程序没有运行" in visitor.client.get(address).text
    with worker(visitor.world):
        for address in addresses:
            wait_until(lambda at=address: "没有运行" not in visitor.client.get(at).text)


def test_a_made_up_cursor_takes_no_row_unseen(visitor: Visitor) -> None:
    described = send(visitor, csv_of([row(0), row(1)]))
    content, name = b"[0]", f"rows of {described['id']} ".encode()
    packed = hashlib.sha256(name + b"\0" + content).digest()[:8] + content
    after = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    answer = visitor.client.get(
        f"{BATCHES}/{described['id']}/rows", params={"after": after}, headers=visitor.clerk()
    )
    assert [each["row"] for each in answer.json()["items"]] == [2, 3]
    with visitor.world.services.database.reading() as session:
        fetched = select(EventRecord).where(EventRecord.kind == BatchFetched.kind)
        assert len(session.scalars(fetched).all()) == 1
