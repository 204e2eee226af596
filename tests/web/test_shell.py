"""The shell in a real browser: the menu of a phone, by keyboard and without scripts."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import DESKTOP, PHONE, open_page
from tests.web.test_every_page import enter, require_reachable

NARROWEST = {"width": 320, "height": 640}


def press_until(page: Page, wanted: str) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip().startswith(wanted):
            return
    pytest.fail(f"the keyboard does not reach {wanted}")


def test_the_menu_of_a_phone_needs_no_script_and_no_mouse(browser: Browser, site: str) -> None:
    for page in open_page(browser, PHONE, "zh-CN"):
        page.route("**/*.js", lambda route: route.abort())
        page.set_default_timeout(60_000)
        enter(page, site, "clerk.wang")
        page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]  a size is a dictionary
        entry = page.get_by_role("link", name="数据源")
        expect(entry).to_be_hidden()
        press_until(page, "菜单")
        page.keyboard.press("Enter")
        expect(entry).to_be_visible()
        expect(page.locator(".menu-list")).to_contain_text("王经办")
        expect(page.locator(".menu-list")).to_contain_text("行政审批服务局")
        require_reachable(page)
        press_until(page, "数据源")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("数据源状况")
        expect(entry).to_be_hidden()


def test_the_search_is_a_tab_away(browser: Browser, site: str) -> None:
    for page in open_page(browser, DESKTOP, "zh-CN"):
        page.set_default_timeout(60_000)
        enter(page, site, "seal.zhao")
        page.get_by_role("search").get_by_role("textbox").fill("专用章")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("找到 2 项")
        require_reachable(page)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_holder_reads_nine_certificates_without_endless_scrolling(
    browser: Browser, site: str, language: str
) -> None:
    """Each is a card of some lines; they were 640 px each."""
    for page in open_page(browser, PHONE, language):
        page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]  a size is a dictionary
        page.goto(f"{site}/components")
        rows = page.locator("table.stack tbody tr")
        heights = [box["height"] for box in (row.bounding_box() for row in rows.all()) if box]
        assert heights
        assert max(heights) < 200
