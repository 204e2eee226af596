"""Lists that are searched, narrowed down and sorted: the same over the interface and on pages."""

import csv
import io
import re
from datetime import timedelta

import pytest

from certsvc.demonstration.district import TALENT_MATTER
from tests.support.visitors import Visitor

COPIES, RECORDS = "/api/v1/certificates", "/api/v1/records"
SUSPEND = {"action": "suspend", "reason_code": "under_review", "reason": "接到举报"}


@pytest.fixture
def issued(visitor: Visitor) -> list[dict[str, str]]:
    """Three copies, a minute apart; the record of the first one is suspended."""
    clerk, copies = visitor.clerk(), []
    for number in range(3):
        visitor.world.clock.advance(timedelta(minutes=1))
        answer = visitor.client.post(
            COPIES,
            json=visitor.request(purpose=f"用途{number}"),
            headers=clerk | {"Idempotency-Key": f"k{number}"},
        )
        copies.append(answer.json())
    address = f"{RECORDS}/{copies[0]['identifier']}/changes"
    headers = visitor.bearer("handler.li") | {"Idempotency-Key": "s"}
    assert visitor.client.post(address, json=SUSPEND, headers=headers).status_code == 201
    return copies


def test_copies_are_narrowed_down_and_sorted_alike_on_both_sides(
    visitor: Visitor, issued: list[dict[str, str]]
) -> None:
    numbers = [copy["copy_number"] for copy in issued]
    clerk = visitor.clerk()
    visitor.enter("clerk.wang")
    for query, wanted in (
        ("", numbers[::-1]),
        ("sort=extracted_at", numbers),
        ("state=suspended", numbers[:1]),
        ("state=in_force&sort=extracted_at", numbers[1:]),
        (f"matter={TALENT_MATTER}&type=no-criminal-record", numbers[::-1]),
        ("type=social-insurance", []),
        ("extracted_before=2026-01-01", []),
        (f"q={numbers[1].lower()}", numbers[1:2]),
        (f"q={issued[2]['identifier']}", numbers[2:]),
    ):
        answer = visitor.client.get(f"{COPIES}?{query}", headers=clerk)
        assert [copy["copy_number"] for copy in answer.json()["items"]] == wanted, query
        page = visitor.client.get(f"/desk?{query}").text
        assert re.findall(r'id="copy-(\w{20})"', page) == wanted, query
    table = visitor.client.get("/desk?export=csv&state=suspended&sort=extracted_at")
    lines = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert len(lines) == 2


def test_a_page_follows_in_the_order_that_was_asked_for(
    visitor: Visitor, issued: list[dict[str, str]]
) -> None:
    clerk = visitor.clerk()
    first = visitor.client.get(f"{COPIES}?sort=extracted_at&limit=2", headers=clerk)
    link = first.headers["link"].partition(">")[0][1:]
    assert "sort=extracted_at" in link
    rest = visitor.client.get(link, headers=clerk).json()["items"]
    assert [copy["copy_number"] for copy in rest] == [issued[2]["copy_number"]]
    other = link.replace("sort=extracted_at", "sort=-extracted_at")
    assert visitor.client.get(other, headers=clerk).json()["code"] == "db.cursor-invalid"


@pytest.mark.parametrize("query", ["sort=holder", "state=gone", "extracted_from=x", "matter=a%20b"])
def test_a_value_that_is_none_is_named(visitor: Visitor, query: str) -> None:
    answer = visitor.client.get(f"{COPIES}?{query}", headers=visitor.clerk())
    faults = [(fault["place"], fault["field"]) for fault in answer.json()["faults"]]
    assert (answer.status_code, faults) == (422, [("query", query.partition("=")[0])])


def test_records_of_a_type_are_listed_for_who_vouches(
    visitor: Visitor, issued: list[dict[str, str]]
) -> None:
    handler, address = visitor.bearer("handler.li"), f"{RECORDS}?type=no-criminal-record"
    listed = visitor.client.get(address, headers=handler).json()["items"]
    assert [each["identifier"] for each in listed] == [
        copy["identifier"] for copy in reversed(issued)
    ]
    assert visitor.world.resident.name not in str(listed)
    suspended = visitor.client.get(f"{address}&state=suspended", headers=handler).json()["items"]
    assert [each["identifier"] for each in suspended] == [issued[0]["identifier"]]
    foreign = visitor.client.get(f"{RECORDS}?type=social-insurance", headers=handler)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "organisations.foreign-unit")
    assert visitor.client.get(address, headers=visitor.clerk()).status_code == 403


def test_uses_of_a_seal_come_page_by_page(visitor: Visitor, issued: list[dict[str, str]]) -> None:
    keeper, address = visitor.bearer("seal.zhao"), "/api/v1/seals/data-sharing-seal/uses"
    first = visitor.client.get(f"{address}?limit=2&sort=at", headers=keeper)
    assert first.status_code == 200, first.text
    rest = visitor.client.get(first.headers["link"].partition(">")[0][1:], headers=keeper)
    found = [*first.json()["items"], *rest.json()["items"]]
    assert [use["copy_number"] for use in found] == [copy["copy_number"] for copy in issued]
    only = visitor.client.get(f"{address}?q={issued[1]['copy_number']}", headers=keeper).json()
    assert [use["number"] for use in only["items"]] == [found[1]["number"]]
    assert visitor.client.get(address, headers=visitor.clerk()).status_code == 403
