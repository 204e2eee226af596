"""What the pages do for people: they are recognised, and lose nothing they typed."""

import re
from datetime import timedelta

import pytest

from certsvc.demonstration.district import PASSWORD, TALENT_MATTER
from certsvc.demonstration.use_list import ENTERPRISE_MATTER
from certsvc.people.accounts.service import LOG_IN_LIFETIME
from tests.support.desk import (
    find,
    follow,
    issue_at_desk,
    look,
    numbers_of,
    press,
    shown_fields,
)
from tests.support.visitors import ORIGIN, Visitor
from tests.support.world import World

USE = f"{TALENT_MATTER}|no-criminal-record"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OPEN_PAGES = ("/", "/verify", "/v/00000000000000000000000000", "/nothing")


def form(visitor: Visitor, **changes: str) -> dict[str, str]:
    return {
        "holder": visitor.world.resident.identity_number,
        "use": USE,
        "purpose": "申领人才住房补贴",
        "key": "k-1",
    } | changes


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_open_pages_know_who_is_logged_in(visitor: Visitor, path: str) -> None:
    assert 'href="/log-in"' in visitor.client.get(path).text
    visitor.enter("clerk.wang")
    page = visitor.client.get(path).text
    assert 'href="/log-in"' not in page
    assert 'action="/log-out"' in page
    visitor.world.clock.advance(LOG_IN_LIFETIME)
    assert 'href="/log-in"' in visitor.client.get(path).text


@pytest.mark.only_on("sqlite", reason="breaks the file of the database")
def test_an_open_page_opens_while_the_database_is_away(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    visitor.world.services.database.close()
    (visitor.world.home / "certsvc.db").write_bytes(b"no database")
    assert visitor.client.get("/verify").status_code == 200


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("clerk.wang", "/desk"),
        ("handler.li", "/records"),
        ("seal.zhao", "/seals"),
        ("seal.qian", "/seals"),
        ("pack.sun", "/packs"),
        ("pack.zhou", "/packs"),
    ],
)
def test_who_is_logged_in_is_sent_on(visitor: Visitor, name: str, home: str) -> None:
    entered = visitor.client.post("/log-in", data={"name": name, "password": PASSWORD})
    assert (entered.status_code, entered.headers["location"]) == (303, home)
    again = visitor.client.get("/log-in")
    assert (again.status_code, again.headers["location"]) == (303, home)


def test_the_other_ones_page_says_whose_it_is(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    staff = visitor.client.get("/my")
    assert (staff.status_code, "持证人查看本人证明的页面" in staff.text) == (403, True)
    visitor.client.cookies.clear()
    visitor.enter(visitor.world.resident.identity_number)
    for holder in (visitor.client.get("/desk"), visitor.client.post("/desk", data={"use": "a"})):
        assert (holder.status_code, "单位工作人员的页面" in holder.text) == (403, True)
        assert "单位管理员" not in holder.text


def test_the_desk_names_whom_it_issued_for(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    page = issue_at_desk(visitor).text
    done = re.search(r'<(?:p|div) class="done.*?</(?:p|div)>', page, re.DOTALL)
    assert done
    assert visitor.world.resident.name in done[0]
    assert "无犯罪记录证明" in page
    assert visitor.world.resident.identity_number not in page


@pytest.mark.parametrize("text", ["FAKE", "您的账户已冻结", "<b>", "\x00", "A" * 5000, "0" * 20])
def test_the_address_cannot_make_the_desk_say_anything(visitor: Visitor, text: str) -> None:
    visitor.enter("clerk.wang")
    for address in ("/desk", "/desk/issued", "/desk/preview"):
        page = visitor.client.get(address, params={"at": text, "issued": text})
        assert page.status_code in {200, 303}
        assert 'class="done' not in page.text
        assert "冻结" not in page.text


def test_a_repetition_is_asked_about_once(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    (first,) = numbers_of(issue_at_desk(visitor).text)
    visitor.world.clock.advance(timedelta(minutes=5))
    asked = look(visitor, purpose="另一用途")
    assert visitor.world.resident.name in asked.text
    assert "仍要再开一份" in asked.text
    assert "另一用途" in asked.text
    earlier = re.search(r'刚为[^<]*</p>\s*<p><a href="(/records/[^"]+)"', asked.text)
    assert earlier, "the earlier copy is a press away"
    assert visitor.client.get(earlier[1]).status_code == 200
    assert visitor.client.get("/desk").text.count('id="copy-') == 1
    assert shown_fields(asked.text)["again"] == [first]
    other = follow(visitor, press(visitor, asked.text, again=first[::-1]))
    assert numbers_of(other.text) == [], "who knows of another copy is told of this one"
    assert "刚为" in other.text
    again = follow(visitor, press(visitor, asked.text))
    assert len(numbers_of(again.text)) == 1
    same = follow(visitor, press(visitor, asked.text))
    assert numbers_of(same.text) == numbers_of(again.text), "the same key is no repetition"
    proof = f"{TALENT_MATTER}|social-insurance"
    assert "仍要再开一份" not in look(visitor, use=proof).text, "another proof is none either"
    visitor.world.clock.advance(timedelta(minutes=16))
    assert "仍要再开一份" not in look(visitor).text


def test_a_refusal_stands_above_the_choices_and_what_can_be_asked_comes_first(
    visitor: Visitor,
) -> None:
    visitor.enter("clerk.wang")
    issue_at_desk(visitor)
    use = f"{ENTERPRISE_MATTER}|no-violation"
    refused = look(visitor, use=use)
    assert refused.status_code == 409
    parts = [
        refused.text.index(part)
        for part in ('id="problem"', 'id="choose"', 'value="enterprise-subsidy|tax-payment"', use)
    ]
    assert parts == sorted(parts)
    found = find(visitor, matter=TALENT_MATTER)
    assert found.text.index('id="choose"') < found.text.index('id="earlier"')


def test_the_picture_says_how_many_pages_there_are(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    assert "版式预览，共 1 页" in look(visitor).text


def kept_of(text: str) -> str:
    found = re.search(r'name="kept" value="([^"]+)"', text)
    assert found, text
    return found[1]


def test_what_was_typed_outlives_the_log_in(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    typed = form(visitor, purpose='很长的 "用途" <b>') | visitor.stamp("/desk")
    visitor.world.clock.advance(LOG_IN_LIFETIME)
    ended = visitor.client.post("/desk/preview", data=typed)
    assert ended.status_code == 401
    assert "已保留" in ended.text
    for secret in ("<b>", "用途", typed["holder"]):
        assert secret not in ended.text, "what is kept is sealed"
    kept = {"kept": kept_of(ended.text)}
    wrong = visitor.client.post("/log-in", data=kept | {"name": "clerk.wang", "password": "x"})
    assert kept_of(wrong.text) == kept["kept"]
    back = visitor.client.post("/log-in", data=kept | {"name": "clerk.wang", "password": PASSWORD})
    assert back.status_code == 200
    assert 'value="很长的 &#34;用途&#34; &lt;b&gt;"' in back.text
    assert "还没有开具" in back.text
    assert 'id="copy-' not in back.text
    assert visitor.client.get("/desk").status_code == 200, "the cookie came with it"


def test_a_preview_outlives_the_log_in_and_issues_nothing(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    page = look(visitor)
    typed = shown_fields(page.text) | visitor.stamp("/desk")
    visitor.world.clock.advance(LOG_IN_LIFETIME)
    kept = {"kept": kept_of(visitor.client.post("/desk", data=typed).text)}
    back = visitor.client.post("/log-in", data=kept | {"name": "clerk.wang", "password": PASSWORD})
    assert back.headers["location"].startswith("/desk/preview?at=")
    shown = visitor.client.get(back.headers["location"])
    assert "还没有开具" in shown.text
    assert visitor.client.get("/desk").text.count('id="copy-') == 0


def test_what_was_kept_is_its_persons_alone_and_ends(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    typed, address = form(visitor) | visitor.stamp("/desk"), "/desk/preview"
    visitor.world.clock.advance(LOG_IN_LIFETIME)
    kept = {"kept": kept_of(visitor.client.post(address, data=typed).text)}
    for name in ("clerk.chen", "handler.li"):
        other = visitor.client.post("/log-in", data=kept | {"name": name, "password": PASSWORD})
        assert other.status_code == 303, "to the page of their own work"
    assert visitor.client.post("/desk/holder", data=kept).status_code == 403, "handler.li"
    visitor.enter("clerk.chen")
    shown = visitor.client.post(address, data=kept)
    assert "无法恢复" in shown.text
    assert typed["holder"] not in shown.text
    visitor.enter("clerk.wang")
    assert "还没有开具" in visitor.client.post(address, data=kept).text, "as after a platform"
    assert "无法恢复" in visitor.client.post("/desk/holder", data=kept).text, "another address"
    assert visitor.client.post("/log-out", data=kept).status_code == 400, "no button is pressed"
    assert visitor.client.post(address, data={"kept": "AAAA"}).status_code == 422
    visitor.world.clock.advance(timedelta(hours=2))
    assert "无法恢复" in visitor.client.post(address, data=kept).text


def test_a_strangers_or_another_sites_form_is_not_kept(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    typed = form(visitor) | visitor.stamp("/desk")
    visitor.client.cookies.clear()
    evil = {"Origin": "https://evil.example"}
    for ended in (
        visitor.client.post("/desk", data=typed, headers=evil),
        visitor.client.post("/desk", data=form(visitor)),
        visitor.client.post("/desk", data=typed | {"shown-to": "staff:clerk.wang"}),
    ):
        assert ended.status_code == 401
        assert 'name="kept"' not in ended.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": ORIGIN}, 303),
        ({"Origin": "http://127.0.0.1:8000"}, 303),
        ({"Origin": "https://testserver"}, 403),
        ({"Origin": "https://127.0.0.1:8000"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 303),
    ],
)
def test_a_form_comes_from_our_own_pages_scheme_included(
    visitor: Visitor, headers: dict[str, str], status: int
) -> None:
    data = {"name": "clerk.wang", "password": PASSWORD}
    assert visitor.client.post("/log-in", data=data, headers=headers).status_code == status


@pytest.mark.parametrize(
    "path", ["/", "/verify", "/log-in", "/static/style.css", "/healthz", "/api/v1/openapi.json"]
)
def test_head_is_get_without_a_body(visitor: Visitor, path: str) -> None:
    got, head = visitor.client.get(path), visitor.client.head(path)
    assert head.status_code == got.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/verify", "GET, HEAD, POST"),
        ("POST", "/", "GET, HEAD"),
        ("PUT", "/api/v1/verifications", "OPTIONS, POST"),
        ("GET", "/api/v1/verifications", "OPTIONS, POST"),
        ("HEAD", "/api/v1/verifications", "OPTIONS, POST"),
        ("POST", "/api/v1/verifications/x", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    visitor: Visitor, method: str, path: str, allowed: str
) -> None:
    answer = visitor.client.request(method, path, headers=FORM)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("charset", ["klingon-8", "utf-16", "\x00", "rot13", "utf-8; utf-8"])
def test_any_charset_that_an_upload_names_is_answered(visitor: Visitor, charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nA\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    answer = visitor.client.post("/verify", content=body, headers={"Content-Type": kind})
    assert answer.status_code < 500
    typed = f"application/x-www-form-urlencoded; charset={charset}"
    answer = visitor.client.post("/log-in", content=b"name=a", headers={"Content-Type": typed})
    assert answer.status_code < 500


def test_no_link_is_copied_from_the_address(sqlite_world: World) -> None:
    visitor = Visitor(sqlite_world)
    for path in ("//evil.example/x", "/\\evil.example", "/%5Cevil.example/x"):
        answer = visitor.client.get(f"http://testserver{path}")
        assert answer.status_code == 404
        assert "evil.example" not in answer.text
        assert 'href="/?lang=en"' in answer.text
    visitor.client.close()


def test_the_other_language_is_at_the_same_address(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    for path in ("/verify", "/desk", "/v/A%20b", "/batches"):
        text = visitor.client.get(f"{path}?x=%3C").text
        assert f'href="{path}?x=%3C&amp;lang=en"' in text, path
