"""Lists over HTTP: page by page, the same parameters everywhere."""

import re
from datetime import timedelta

import pytest

from tests.support.visitors import Visitor

COPIES = "/api/v1/certificates"


@pytest.mark.both_engines
def test_every_list_is_given_page_by_page(visitor: Visitor) -> None:
    description = visitor.client.get("/api/v1/openapi.json").json()
    schemas = description["components"]["schemas"]
    lists = 0
    for path, item in description["paths"].items():
        content = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        name = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        properties = schemas.get(name.rpartition("/")[2], {}).get("properties", {})
        if "items" in properties:
            lists += 1
            assert "next" in properties, path
            asked = {parameter["name"] for parameter in item["get"]["parameters"]}
            assert {"limit", "after"} <= asked, path
    assert lists >= 2


@pytest.mark.both_engines
def test_pages_follow_one_another(visitor: Visitor) -> None:
    issued = []
    for number in range(3):
        visitor.world.clock.advance(timedelta(minutes=1))
        issued.append(visitor.world.issue(purpose=f"用途{number}").copy_number)
    clerk = visitor.clerk()
    address, found = f"{COPIES}?limit=2", []
    while address:
        answer = visitor.client.get(address, headers=clerk)
        page = answer.json()
        found.append([copy["copy_number"] for copy in page["items"]])
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("link", ""))
        assert (link is not None) == (page["next"] is not None)
        address = link[1] if link else ""
    assert found == [issued[:0:-1], issued[:1]]


@pytest.mark.both_engines
def test_uses_are_given_page_by_page(visitor: Visitor) -> None:
    clerk = visitor.clerk()
    whole = visitor.client.get("/api/v1/uses", headers=clerk).json()
    first = visitor.client.get("/api/v1/uses?limit=2", headers=clerk).json()
    rest = visitor.client.get(f"/api/v1/uses?after={first['next']}", headers=clerk).json()
    assert first["items"] + rest["items"] == whole["items"]
    assert (whole["next"], rest["next"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "http.input-invalid"),
        ("limit=201", "http.input-invalid"),
        ("limit=x", "http.input-invalid"),
        ("after=x", "db.cursor-invalid"),
        (f"after={'A' * 601}", "http.input-invalid"),
    ],
)
def test_what_is_no_page(visitor: Visitor, query: str, code: str) -> None:
    answer = visitor.client.get(f"{COPIES}?{query}", headers=visitor.clerk())
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_cursor_of_another_unit_is_refused(visitor: Visitor) -> None:
    for number in range(2):
        visitor.world.issue(purpose=f"用途{number}")
    following = visitor.client.get(f"{COPIES}?limit=1", headers=visitor.clerk()).json()["next"]
    answer = visitor.client.get(f"{COPIES}?after={following}", headers=visitor.bearer("clerk.chen"))
    assert (answer.status_code, answer.json()["code"]) == (422, "db.cursor-invalid")
