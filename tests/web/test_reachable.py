"""The pages can be used by keyboard, by touch, at double size, and read by a screen reader."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from certsvc.demonstration.district import PASSWORD
from certsvc.demonstration.people import make_residents
from tests.support.reachable import FAINT, LEVELS, SMALL_TARGETS, UNNAMED

OPEN_PAGES = ("/", "/verify", "/log-in", "/v/00000000000000000000000000", "/nothing")


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_what_is_touched_is_large_enough(phone_page: Page, site: str, path: str) -> None:
    phone_page.goto(site + path)
    assert phone_page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_text_stands_out_and_everything_has_a_name(page: Page, site: str, path: str) -> None:
    page.goto(site + path)
    assert page.evaluate(FAINT) == []
    assert page.evaluate(UNNAMED) == []
    levels = page.evaluate(LEVELS)
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_no_page_scrolls_sideways_on_a_narrow_phone(phone_page: Page, site: str, path: str) -> None:
    phone_page.set_viewport_size({"width": 320, "height": 640})
    phone_page.goto(site + path)
    assert phone_page.evaluate("document.documentElement.scrollWidth") <= 320


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent"))


def press_until(page: Page, wanted: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if focused(page).strip() == wanted:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"nobody sees that {wanted} has the focus"
            return
    pytest.fail(f"the keyboard does not reach {wanted}")


def choose_by_arrow(page: Page, wanted: str) -> None:
    for _ in range(30):
        page.keyboard.press("ArrowDown")
        if page.evaluate("document.activeElement.selectedOptions[0].text").startswith(wanted):
            return
    pytest.fail(f"the keyboard does not reach {wanted}")


def test_a_clerk_needs_no_mouse(page: Page, site: str) -> None:
    page.goto(site)
    page.keyboard.press("Tab")
    assert focused(page) == "跳到正文"
    press_until(page, "登录")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    press_until(page, "name")
    page.keyboard.type("clerk.wang")
    press_until(page, "password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("窗口开具")
    press_until(page, "holder")
    page.keyboard.type(make_residents()[0].identity_number)
    press_until(page, "matter")
    choose_by_arrow(page, "人才补贴申领")
    page.keyboard.press("Tab")  # behind the matter stands the button
    assert focused(page) == "查找"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_have_text("持证人")
    press_until(page, "use-1")
    page.keyboard.press("Space")
    press_until(page, "purpose")
    page.keyboard.type("键盘开具")
    press_until(page, "预览所选证明")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(
        "还没有开具", timeout=60_000
    )  # the first one warms the layout engine
    press_until(page, "确认无误，开具")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("开具 1 份证明")


def test_a_refusal_keeps_what_was_typed_and_is_announced(page: Page, site: str) -> None:
    page.goto(f"{site}/log-in")
    page.locator("#name").fill("clerk.chen")
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    page.locator("#holder").fill("990101200001010019")
    page.locator("form[action='/desk/holder'] button").click()
    page.locator("#use-1").check()
    page.locator("#purpose").fill("入职审查")
    page.get_by_role("button", name="预览所选证明").click()
    expect(page.get_by_role("alert")).to_contain_text("没有查到这个证件号码")
    expect(page.locator("input[name=holder]")).to_have_value("990101200001010019")
    expect(page.locator("#purpose")).to_have_value("入职审查")
    expect(page.locator("#use-1")).to_be_checked()
