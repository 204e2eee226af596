"""A clerk looks how the sources stand, and asks one now, in a real browser."""

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from certsvc.demonstration.district import PASSWORD
from tests.support.chromium import DESKTOP, PHONE, open_page
from tests.support.reachable import FAINT, LEVELS, SMALL_TARGETS, UNNAMED

_SERIOUS = {"serious", "critical"}


def enter(page: Page, site: str) -> None:
    page.goto(f"{site}/log-in")
    page.locator("#name").fill("clerk.wang")
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url(f"{site}/desk")


def test_a_clerk_asks_a_source_now(page: Page, site: str) -> None:
    enter(page, site)
    page.get_by_role("link", name="数据源").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("数据源状况")
    page.get_by_role("button", name="立即检查 社会保险参保缴费信息库（演示）").click()
    expect(page.get_by_role("status")).to_contain_text("正常答复")
    expect(page.get_by_role("img", name="最近 1 次查询的用时")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("view", ["phone", "desk"])
def test_everybody_can_read_and_touch_it(
    browser: Browser, site: str, language: str, view: str
) -> None:
    for page in open_page(browser, PHONE if view == "phone" else DESKTOP, language):
        enter(page, site)
        page.goto(f"{site}/sources")
        page.locator(".source form button").first.click()
        expect(page.get_by_role("status")).to_be_visible()
        if view == "phone":
            page.set_viewport_size({"width": 320, "height": 640})
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            assert page.evaluate(SMALL_TARGETS) == []
        assert page.evaluate(FAINT) == []
        assert page.evaluate(UNNAMED) == []
        levels = page.evaluate(LEVELS)
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in _SERIOUS] == []
