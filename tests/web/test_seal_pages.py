"""Custodians at work in a real browser: propose, look, approve; by keyboard, phone and reader."""

from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from certsvc.demonstration.district import PASSWORD
from tests.support.chromium import DESKTOP, PHONE, open_page
from tests.support.reachable import FAINT, LEVELS, SMALL_TARGETS, UNNAMED

SEAL = "department-verification-seal"
SPARE = "data-sharing-seal"


def enter(page: Page, site: str, login: str) -> None:
    page.goto(f"{site}/log-in")
    page.locator("#name").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    expect(page).to_have_url(f"{site}/seals")


def propose(page: Page, seal: str, action: str, reason: str) -> None:
    page.get_by_role("link", name=seal).first.click()
    page.get_by_role("link", name=f"提出{action}").click()
    expect(page.get_by_role("radio", name=action)).to_be_checked()
    page.get_by_label("理由").fill(reason)
    page.get_by_role("button", name="提出").click()


@pytest.fixture(scope="module")
def proposed(browser: Browser, site: str) -> str:
    """The address of a change that waits."""
    address = ""
    for page in open_page(browser, DESKTOP, "zh-CN"):
        enter(page, site, "seal.zhao")
        propose(page, "云岭区证照数据共享查询核验专用章", "停用", "例行检查")
        expect(page.get_by_role("status")).to_contain_text("待审批")
        expect(page.get_by_text("这是您自己提出的")).to_be_visible()
        address = page.url
    return address


def test_two_people_stop_a_seal(browser: Browser, site: str) -> None:
    for page in open_page(browser, PHONE, "zh-CN"):
        enter(page, site, "seal.zhao")
        propose(page, "云岭区电子证明核实信息专用章", "停用", "岗位调整")
    for page in open_page(browser, PHONE, "zh-CN"):
        enter(page, site, "seal.qian")
        page.get_by_role("link", name="云岭区电子证明核实信息专用章 停用").click()
        expect(page.get_by_text("岗位调整")).to_be_visible()
        page.get_by_label("审批意见").fill("情况属实，同意停用")
        page.get_by_role("button", name="审批通过").click()
        expect(page.get_by_role("status")).to_contain_text("待审批")  # the browser asks to look
        page.get_by_role("checkbox", name="我已核对").check()
        page.get_by_role("button", name="审批通过").click()
        expect(page.get_by_role("status")).to_contain_text("审批通过并生效")
        expect(page.get_by_text("情况属实，同意停用")).to_be_visible()
        page.goto(f"{site}/seals/{SEAL}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("停用")


def test_a_custodian_needs_no_mouse(page: Page, site: str, proposed: str) -> None:
    enter(page, site, "seal.qian")
    page.goto(proposed)
    for wanted in ("checkbox", "审批通过", "驳回"):
        for _ in range(30):
            page.keyboard.press("Tab")
            focused = "document.activeElement.type === 'checkbox' ? 'checkbox' :"
            if page.evaluate(f"{focused} document.activeElement.textContent").strip() == wanted:
                break
        else:
            pytest.fail(f"the keyboard does not reach {wanted}")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"nobody sees that {wanted} has the focus"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_everybody_can_read_and_touch_them(
    browser: Browser, site: str, proposed: str, language: str
) -> None:
    pages = {
        "seal.qian": ("/seals", proposed.removeprefix(site)),
        "seal.zhao": (
            f"/seals/{SPARE}",
            f"/seals/{SPARE}/uses",
            f"/seals/{SEAL}/propose",
            f"/seals/{SEAL}/propose-scope",
        ),
    }
    for login, paths in pages.items():
        for page in open_page(browser, PHONE, language):
            enter(page, site, login)
            page.set_viewport_size({"width": 320, "height": 640})
            for path in paths:
                page.goto(site + path)
                assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
                assert page.evaluate(SMALL_TARGETS) == [], path
                assert page.evaluate(FAINT) == [], path
                assert page.evaluate(UNNAMED) == [], path
                levels = page.evaluate(LEVELS)
                assert levels[0] == 1
                assert all(after - before <= 1 for before, after in pairwise(levels)), path


def test_a_reader_hears_what_the_picture_and_the_bars_are(page: Page, site: str) -> None:
    enter(page, site, "seal.zhao")
    page.goto(f"{site}/seals/{SPARE}")
    picture = page.get_by_role("img", name="云岭区证照数据共享查询核验专用章的印章图像")
    expect(picture.first).to_be_visible()
    expect(page.get_by_role("region", name="变更记录")).to_be_visible()
    expect(page.get_by_role("region", name="用印次数")).to_contain_text("0 次（不限次数）")


def test_the_log_of_uses_is_searched_and_taken_along(page: Page, site: str) -> None:
    enter(page, site, "seal.zhao")
    page.goto(f"{site}/seals/{SPARE}/uses")
    page.get_by_label("经办人账号").fill("nobody")
    page.get_by_role("checkbox", name="只看办公时间以外").check()
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("没有符合条件的内容")).to_be_visible()
    expect(page.get_by_label("经办人账号")).to_have_value("nobody")
    expect(page.get_by_role("checkbox")).to_be_checked()
    expect(page.get_by_label("提取编号")).to_have_value("")
    page.goto(f"{site}/seals/{SPARE}")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出备案信息").click()
    assert download.value.suggested_filename == f"filing-{SPARE}.json"
