"""A record's card in a real browser: the handler suspends and revokes, whoever checks is told."""

import pytest
from playwright.sync_api import Browser, Page, expect

from certsvc.demonstration.district import PASSWORD, TALENT_MATTER
from certsvc.demonstration.people import make_residents
from tests.support.chromium import DESKTOP, PHONE, open_page
from tests.support.reachable import FAINT, LEVELS, SMALL_TARGETS, UNNAMED


def enter(page: Page, site: str, login: str) -> None:
    page.goto(f"{site}/log-in")
    page.locator("#name").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url(lambda url: "/log-in" not in url)


def issue(page: Page, site: str, key: str) -> dict[str, str]:
    """Let the clerk issue a certificate over HTTP, and fetch its bytes."""
    log_in = page.request.post(
        f"{site}/api/v1/log-ins", data={"name": "clerk.wang", "password": PASSWORD}
    )
    bearer = {"Authorization": f"Bearer {log_in.json()['access_token']}"}
    answer = page.request.post(
        f"{site}/api/v1/certificates",
        data={
            "type": "no-criminal-record",
            "holder": make_residents()[0].identity_number,
            "matter": TALENT_MATTER,
            "purpose": "申领人才住房补贴",
        },
        headers=bearer | {"Idempotency-Key": key},
        timeout=60_000,  # the first one warms the layout engine
    )
    assert answer.status == 201, answer.text()
    issued: dict[str, str] = answer.json()
    file = page.request.get(f"{site}{issued['file']}", headers=bearer)
    return issued | {"pdf": file.body().hex()}


@pytest.fixture(scope="module")
def issued(browser: Browser, site: str) -> dict[str, str]:
    """A certificate that is in force."""
    found: dict[str, str] = {}
    for page in open_page(browser, DESKTOP, "zh-CN"):
        found = issue(page, site, "card")
    return found


def test_the_handler_suspends_and_revokes(browser: Browser, site: str) -> None:
    for page in open_page(browser, DESKTOP, "zh-CN"):
        made = issue(page, site, "revoked")
        enter(page, site, "handler.li")
        card = f"{site}/records/{made['identifier']}"
        page.goto(card)
        expect(page.locator("main .state").first).to_have_text("有效")
        page.get_by_role("link", name="暂停", exact=True).click()
        page.get_by_role("radio", name="正在复核").check()
        page.locator("#reason").fill("正在核查档案")
        page.get_by_role("button", name="暂停", exact=True).click()
        expect(page.locator("main .state").first).to_have_text("已暂停")
        page.get_by_role("link", name="撤销", exact=True).click()
        expect(page.get_by_text("办理后不能恢复。", exact=True)).to_be_visible()
        page.get_by_role("radio", name="所载事实有误").check()
        page.locator("#reason").fill("档案登记有误")
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="提议撤销").click()
        expect(page.get_by_role("status")).to_contain_text("还没有生效")
        page.get_by_role("button", name="退出").click()
        enter(page, site, "handler.qin")
        page.goto(f"{card}/ending")
        page.locator("#reason").fill("已核对档案")
        page.get_by_role("button", name="批准撤销").click()
        expect(page.locator("main .state").first).to_have_text("已撤销")
        expect(page.get_by_role("link", name="撤销", exact=True)).to_have_count(0)
        expect(page.get_by_text("档案登记有误")).to_be_visible()
        page.goto(f"{site}/verify")
        page.locator("#file").set_input_files(
            {
                "name": "证明.pdf",
                "mimeType": "application/pdf",
                "buffer": bytes.fromhex(made["pdf"]),
            }
        )
        page.get_by_role("button", name="核验").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("签发过，但已被撤销")
        expect(page.locator(".verdict.passed")).to_have_count(0)
        expect(page.get_by_text("档案登记有误")).to_have_count(0)


@pytest.mark.parametrize("login", ["handler.li", "clerk.wang"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_everybody_can_read_and_touch_the_card(
    browser: Browser, site: str, issued: dict[str, str], login: str, language: str
) -> None:
    for size in (PHONE, DESKTOP):
        for page in open_page(browser, size, language):
            enter(page, site, login)
            page.goto(f"{site}/records/{issued['identifier']}")
            for script in (UNNAMED, FAINT, SMALL_TARGETS):
                assert page.evaluate(script) == []
            levels = page.evaluate(LEVELS)
            assert levels[0] == 1
            wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            assert page.evaluate(wide), "nothing is cut off at the side"
