"""A clerk's way through the desk in a real browser: four proofs of one matter, and back again."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from certsvc.demonstration.district import PASSWORD
from certsvc.demonstration.people import make_residents
from tests.support.chromium import DESKTOP, PHONE, open_page

MATTER = "购房补贴申领"
PURPOSE = "申领购房补贴"
PROOFS = ("户籍证明", "婚姻登记记录证明", "不动产登记信息查询证明", "纳税证明")


@pytest.fixture
def clerk(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The clerk of the approval bureau at the desk."""
    for page in open_page(browser, getattr(request, "param", DESKTOP), "zh-CN"):
        page.set_default_timeout(60_000)  # the first paper warms the layout engine
        page.goto(f"{site}/log-in")
        page.locator("#name").fill("clerk.wang")
        page.locator("#password").fill(PASSWORD)
        page.locator("main button").click()
        page.wait_for_url(f"{site}/desk")
        yield page


def choose_all(page: Page, number: str) -> None:
    """Find somebody and choose every proof of the matter."""
    page.locator("#holder").fill(number)
    page.locator("#matter").select_option(label=MATTER)
    page.locator("form[action='/desk/holder'] button").click()
    for proof in PROOFS:
        page.get_by_role("checkbox", name=proof).check()
    page.locator("#purpose").fill(PURPOSE)
    page.get_by_role("button", name="预览").click()


@pytest.mark.parametrize(
    ("clerk", "number"), [(DESKTOP, 1), (PHONE, 2)], ids=["desk", "phone"], indirect=["clerk"]
)
def test_four_proofs_of_one_matter_in_one_go(clerk: Page, site: str, number: int) -> None:
    person = [each for each in make_residents() if each.is_citizen][number]
    # Ten presses and two lines to type, for four proofs; a clerk needs no minute for that.
    choose_all(clerk, person.identity_number)
    sheets = clerk.locator(".proof-sheet")
    expect(sheets).to_have_count(4)
    expect(clerk.get_by_text(person.name[0] + "*").first).to_be_visible()
    issue = clerk.get_by_role("button", name="一次开具所选证明")
    expect(issue).to_be_in_viewport()
    issue.click()
    done = clerk.locator("ul.issued > li")
    expect(done).to_have_count(4)
    for proof in PROOFS:
        expect(done.locator("strong", has_text=proof)).to_be_visible()
    clerk.get_by_role("link", name="下一位").click()
    expect(clerk.locator("#holder")).to_have_value("")
    clerk.goto(f"{site}/desk")
    expect(clerk.locator("[id^=copy-]").first).to_be_visible()


def test_back_never_shows_a_browsers_error(clerk: Page) -> None:
    person = [each for each in make_residents() if each.is_citizen][3]
    clerk.locator("#holder").fill("1")
    clerk.locator("#matter").select_option(label=MATTER)
    clerk.locator("form[action='/desk/holder'] button").click()
    expect(clerk.get_by_role("alert")).to_be_visible()
    choose_all(clerk, person.identity_number)
    expect(clerk.locator(".proof-sheet").first).to_be_visible()
    clerk.get_by_role("button", name="开具").click()
    expect(clerk.get_by_role("link", name="下一位")).to_be_visible()
    headings = []
    for _ in range(4):
        clerk.go_back()
        headings.append(clerk.get_by_role("heading", level=1).inner_text())
    assert headings[0].startswith("请核对")
    assert headings[1:] == ["窗口开具"] * 3
    clerk.reload()
    expect(clerk.locator("#holder")).to_be_visible()


def test_the_check_opens_with_the_file_that_was_issued(clerk: Page) -> None:
    person = [each for each in make_residents() if each.is_citizen][4]
    clerk.locator("#holder").fill(person.identity_number)
    clerk.locator("#matter").select_option(label="人才补贴申领")
    clerk.locator("form[action='/desk/holder'] button").click()
    clerk.get_by_role("checkbox", name="无犯罪记录证明").check()
    clerk.locator("#purpose").fill("申领人才住房补贴")
    clerk.get_by_role("button", name="预览").click()
    clerk.get_by_role("button", name="确认无误，开具").click()
    clerk.get_by_role("link", name="核验这份证明").click()
    expect(clerk.get_by_role("heading", level=1)).to_have_text("核验通过")
    expect(clerk.get_by_text("无犯罪记录证明-")).to_be_visible()
