"""The pages' markup: data is shown literally, languages stay, nothing comes from elsewhere."""

import re
from datetime import timedelta

import pytest

from api.cli.demonstration import PAGES
from certsvc.foundation.storage.objects import parse_digest
from templates.checking_content import codes_seen
from tests.support.broken_files import changed, zip_named_pdf
from tests.support.desk import USE, follow, issue_at_desk, look, numbers_of, press
from tests.support.visitors import Visitor

HOSTILE = "<script>alert(1)</script> {{ 7*7 }} **b** &amp; \"'><img src=x>"


def verify_code(visitor: Visitor, **changes: object) -> str:
    issued = visitor.world.issue(**changes)
    pdf = visitor.world.services.store.get(parse_digest(issued.sha256))
    return codes_seen(pdf)[0].rpartition("/")[2]


def test_the_page_of_a_code_shows_masked_data_and_what_it_does_not_prove(visitor: Visitor) -> None:
    page = visitor.client.get(f"/v/{verify_code(visitor)}")
    assert page.status_code == 200
    assert "确有这份证明，目前有效" in page.text
    assert "青**" in page.text
    assert visitor.world.resident.identity_number not in page.text
    assert visitor.world.resident.name not in page.text
    assert "未核对" in page.text
    assert 'content="noindex' in page.text
    assert "<svg xmlns" in page.text
    assert 'href="/verify"' in page.text


def test_the_demonstration_tells_of_pages_that_are_there(visitor: Visitor) -> None:
    answers = {path: visitor.client.get(path).status_code for path in PAGES.values()}
    assert 404 not in answers.values(), answers
    assert {"/desk", "/batches", "/seals", "/packs", "/sources"} < set(answers)


def test_an_expired_code_says_so(visitor: Visitor) -> None:
    code = verify_code(visitor)
    visitor.world.clock.advance(timedelta(days=40))
    page = visitor.client.get(f"/v/{code}")
    assert "已失效" in page.text
    assert "核验通过" not in page.text


def test_an_unknown_code_is_explained(visitor: Visitor) -> None:
    page = visitor.client.get("/v/00000000000000000000000000")
    assert page.status_code == 404
    assert "没有查到这份证明" in page.text
    assert 'content="noindex' in page.text


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        " {} ",
        "{lower}",
        "{spaced}",
        "{wide}",
        "http://127.0.0.1:8000/v/{}",
        "https://zm.example/some/v/{lower}?lang=en#x",
        " https://zm.example/v/{}/ ",
    ],
)
def test_a_typed_code_is_read_generously(visitor: Visitor, form: str) -> None:
    code = verify_code(visitor)
    typed = form.format(
        code,
        lower=code.lower(),
        spaced=" - ".join(re.findall(".{1,4}", code)),
        wide="".join(chr(ord(letter) + 0xFEE0) for letter in code),
    )
    answer = visitor.client.get("/verify", params={"code": typed})
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/v/{code}")


@pytest.mark.parametrize("typed", ["", "short", "x" * 27, "//evil.example", HOSTILE, "\x00" * 26])
def test_a_code_that_is_none_keeps_what_was_typed(visitor: Visitor, typed: str) -> None:
    answer = visitor.client.get("/verify", params={"code": typed})
    assert answer.status_code == 422
    assert "location" not in answer.headers
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("A" * 25, "您输入的是 25 位"),
        ("A" * 27, "您输入的是 27 位"),
        ("A" * 20 + "U" + "A" * 5, "第 21 位“U”不对"),
        ("https://evil.example/v/ABC", "您输入的是 3 位"),
        ("https://evil.example/x/ABC", "不对"),
    ],
)
def test_a_mistyped_code_is_answered_with_what_is_wrong(
    visitor: Visitor, typed: str, said: str
) -> None:
    assert said in visitor.client.get("/verify", params={"code": typed}).text
    if "/" not in typed:
        assert said in visitor.client.get(f"/v/{typed}").text
        answer = visitor.client.get(f"/api/v1/verifications/{typed}").json()
        assert (answer["code"], said in answer["detail"]) == ("authenticity.code-unknown", True)


def test_an_upload_is_answered_in_place(visitor: Visitor) -> None:
    issued = visitor.world.issue()
    pdf = visitor.world.services.store.get(parse_digest(issued.sha256))
    good = visitor.client.post("/verify", files={"file": ("a.pdf", pdf)})
    bad = visitor.client.post("/verify", files={"file": ("a.pdf", changed(pdf))})
    wrong = visitor.client.post("/verify", files={"file": ("a.pdf", zip_named_pdf())})
    none = visitor.client.post("/verify", files={"file": ("", b"")})
    assert "核验通过" in good.text
    assert "核验不通过" in bad.text
    assert "这个文件没法核验" in wrong.text
    assert "请解压" in wrong.text
    assert "核验不通过" not in wrong.text
    assert (none.status_code, "没有收到文件" in none.text) == (422, True)
    assert 'enctype="multipart/form-data"' in none.text


def test_what_a_person_types_is_never_markup(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    reply = {f"reply-{USE}": HOSTILE}
    for refused in (
        look(visitor, holder=HOSTILE, purpose=HOSTILE),
        look(visitor, purpose=HOSTILE, **reply),
    ):
        assert refused.status_code == 422
        assert "<script" not in refused.text
        assert "{{ 7*7 }}" in refused.text
        assert "49 **b**" not in refused.text
    desk = issue_at_desk(visitor, purpose=HOSTILE)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} **b** &amp;amp;" in desk.text
    assert "<script" not in desk.text
    visitor.client.post("/log-out", headers={"Content-Type": "application/x-www-form-urlencoded"})
    visitor.enter(visitor.world.resident.identity_number)
    assert "<script" not in visitor.client.get("/my").text


@pytest.mark.both_engines
def test_pressing_the_button_twice_issues_once(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    page = look(visitor).text
    first, second = (follow(visitor, press(visitor, page)).text for _ in range(2))
    assert numbers_of(first) == numbers_of(second)
    assert len(numbers_of(first)) == 1


def test_each_role_has_its_page_and_no_other(visitor: Visitor) -> None:
    visitor.enter("clerk.wang")
    assert visitor.client.get("/my").status_code == 403
    visitor.client.cookies.clear()
    visitor.enter(visitor.world.resident.identity_number)
    assert visitor.client.get("/desk").status_code == 403
    assert visitor.client.post("/desk", data={"use": "a|b"}).status_code == 403


def test_a_closed_page_shows_the_log_in_form(visitor: Visitor) -> None:
    page = visitor.client.get("/my")
    assert page.status_code == 401
    assert 'action="/log-in"' in page.text


def test_the_language_is_the_browsers_then_what_was_chosen(visitor: Visitor) -> None:
    english = {"Accept-Language": "en"}
    assert '<html lang="zh-CN">' in visitor.client.get("/").text
    assert '<html lang="en">' in visitor.client.get("/", headers=english).text
    chosen = visitor.client.get("/verify?lang=zh", headers=english)
    assert '<html lang="zh-CN">' in chosen.text
    assert "HttpOnly" in chosen.headers["set-cookie"]
    assert '<html lang="zh-CN">' in visitor.client.get("/", headers=english).text
    assert '<html lang="en">' in visitor.client.get("/?lang=en").text
    assert '<html lang="en">' in visitor.client.get("/").text
    assert '<html lang="en">' in visitor.client.get("/?lang=<script>").text


@pytest.mark.parametrize("path", ["/", "/verify", "/log-in", "/v/x", "/nothing"])
def test_a_page_has_its_landmarks_and_nothing_from_elsewhere(visitor: Visitor, path: str) -> None:
    page = visitor.client.get(path).text
    assert page.count("<h1") == 1
    assert "<main" in page
    assert 'class="skip"' in page
    assert "演示环境" in page
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", page)
    assert "<script" not in page
    assert "style=" not in page


@pytest.mark.parametrize("address", ["/v", "/v/"])
def test_the_address_printed_on_the_paper_leads_to_the_check(
    visitor: Visitor, address: str
) -> None:
    answer = visitor.client.get(address, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/verify")


def test_no_redirect_names_the_host_that_a_request_claims(visitor: Visitor) -> None:
    answer = visitor.client.get("/desk/", headers={"Host": "evil.example"}, follow_redirects=False)
    assert "evil.example" not in answer.headers.get("location", "")
