"""English pages name types and matters in English; where Chinese stands, the page says so."""

import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import text

from certsvc.demonstration.district import TALENT_MATTER
from certsvc.foundation.storage.objects import parse_digest
from templates.checking_content import codes_seen
from tests.support.batches import row, send
from tests.support.desk import find, issue_at_desk, look
from tests.support.visitors import Visitor

HAN = re.compile(r"[\u3400-\u9fff]+")
AUTHORITIES = re.compile("电子证明演示[\\u3400-\\u9fff]+")
"""Names of the demonstration's certification and timestamp authorities."""
TYPE, MATTER = "Certificate of No Criminal Record", "Talent subsidy"
PROPER_NAMES = "SELECT name FROM units UNION SELECT name FROM staff UNION SELECT name FROM seals"


class _Words(HTMLParser):
    """Collects what a page says in its own language, and what is marked as Chinese."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.own: list[str] = []
        self.chinese: list[str] = []
        self._open: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"meta", "link", "input", "br", "img", "hr"}:
            return
        inherited = bool(self._open and self._open[-1])
        language = dict(attrs).get("lang")
        self._open.append(language.startswith("zh") if language else inherited)

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._open.pop()

    def handle_data(self, data: str) -> None:
        (self.chinese if self._open and self._open[-1] else self.own).append(data)


def in_english(visitor: Visitor) -> Visitor:
    visitor.client.headers["Accept-Language"] = "en"
    return visitor


def proper_names(visitor: Visitor) -> list[str]:
    with visitor.world.services.database.reading() as session:
        names = list(session.scalars(text(PROPER_NAMES)))
    names += [source.description.name for source in visitor.world.services.sources]
    return sorted([*names, visitor.world.resident.name], key=len, reverse=True)


def chinese_left(visitor: Visitor, page: str) -> list[str]:
    """What of a page is Chinese, not marked as such, and no proper name."""
    words = "\n".join(_Words(page).own)
    for name in proper_names(visitor):
        words = words.replace(name, "")
    return HAN.findall(AUTHORITIES.sub("", words))


def seen_in_english(visitor: Visitor, page: str) -> None:
    assert '<html lang="en">' in page
    assert chinese_left(visitor, page) == []


def code_of(visitor: Visitor, sha256: str) -> str:
    pdf = visitor.world.services.store.get(parse_digest(sha256))
    return codes_seen(pdf)[0].rpartition("/")[2]


def test_the_desk_speaks_english(visitor: Visitor) -> None:
    in_english(visitor).enter("clerk.wang")
    for page in (find(visitor, matter=TALENT_MATTER), look(visitor), issue_at_desk(visitor)):
        assert TYPE in page.text
        assert MATTER in page.text
        # What the paper says is in Chinese.
        if "proof-sheet" not in page.text:
            seen_in_english(visitor, page.text)
    start = visitor.client.get("/desk").text
    assert f">{MATTER}</option>" in start
    seen_in_english(visitor, start)


def test_a_record_is_found_and_shown_in_english(visitor: Visitor) -> None:
    issued = visitor.world.issue()
    in_english(visitor).enter("clerk.wang")
    found = visitor.client.post("/records", data={"paper": issued.identifier})
    address = f"/records/{issued.identifier}"
    pages = [found.text, visitor.client.get(address).text]
    asked = visitor.client.post("/search", data={"number": issued.identifier})
    pages.append(visitor.client.get(asked.headers["location"]).text if asked.is_redirect else "")
    pages.append(visitor.client.get(f"/v/{code_of(visitor, issued.sha256)}").text)
    for page in pages:
        assert TYPE in page
        seen_in_english(visitor, page)


def test_what_has_no_english_name_is_marked_as_chinese(visitor: Visitor) -> None:
    issued = visitor.world.issue()
    with visitor.world.services.database.transaction() as session:
        session.execute(text("UPDATE certificate_types SET name_en = NULL"))
    in_english(visitor).enter("clerk.wang")
    page = visitor.client.get(f"/records/{issued.identifier}").text
    assert '<h1><span lang="zh-CN">无犯罪记录证明</span>' in page
    assert "无犯罪记录证明" in _Words(page).chinese
    visitor.client.headers["Accept-Language"] = "zh-CN"
    assert "<span lang" not in visitor.client.get(f"/records/{issued.identifier}").text


def test_batches_sources_and_scopes_name_types_in_english(visitor: Visitor) -> None:
    sent = send(visitor.world, [row(0), row(1)])
    in_english(visitor).enter("clerk.wang")
    page = visitor.client.get(f"/batches/{sent.id}").text
    seen_in_english(visitor, page)
    results = visitor.client.get(f"/batches/{sent.id}/result.csv").text
    assert f'"{TYPE}"' in results
    assert f'"{MATTER}"' in results
    visitor.enter("seal.zhao")
    assert TYPE in visitor.client.get("/seal-applications").text
    visitor.enter("handler.li")
    assert TYPE in visitor.client.get("/sources").text


def test_a_row_may_name_type_and_matter_in_english(visitor: Visitor) -> None:
    sent = send(visitor.world, [row(0, type=TYPE, matter=MATTER)])
    assert sent.state == "waiting"


def test_the_interface_gives_both_names(visitor: Visitor) -> None:
    clerk = visitor.clerk()
    issued = visitor.client.post(
        "/api/v1/certificates",
        json=visitor.request(),
        headers=clerk | {"Idempotency-Key": "k-1"},
    ).json()
    copy = f"/api/v1/certificates/{issued['copy_number']}"
    issued = visitor.client.get(copy, headers=clerk).json()
    assert (issued["type_name"], issued["type_name_en"]) == ("无犯罪记录证明", TYPE)
    assert (issued["matter"], issued["matter_en"]) == ("人才补贴申领", MATTER)
    record = visitor.client.get(f"/api/v1/records/{issued['identifier']}", headers=clerk).json()
    assert record["type_name_en"] == TYPE
    assert record["copies"][0]["matter_en"] == MATTER
    uses = visitor.client.get("/api/v1/uses", headers=clerk).json()["items"]
    assert (MATTER, TYPE) in {(use["matter_name_en"], use["type_name_en"]) for use in uses}
    sources = visitor.client.get("/api/v1/sources", headers=clerk).json()["sources"]
    assert TYPE in {kind["name_en"] for source in sources for kind in source["types"]}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_refusal_names_them_in_the_readers_language(visitor: Visitor, language: str) -> None:
    answer = visitor.client.post(
        "/api/v1/certificates",
        json=visitor.request(type="tax-payment"),
        headers=visitor.clerk() | {"Idempotency-Key": "k-1", "Accept-Language": language},
    )
    assert answer.json()["code"] == "catalogue.not-on-use-list"
    names = (
        (MATTER, "Tax Payment Certificate") if language == "en" else ("人才补贴申领", "纳税证明")
    )
    assert all(name in answer.text for name in names)
