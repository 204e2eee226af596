"""A clerk's batches in a real browser: upload, sum, confirmation, live progress, results."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from certsvc.demonstration.district import PASSWORD
from tests.support.batches import csv_of, row
from tests.support.chromium import PHONE, open_page


def enter(page: Page, site: str) -> None:
    page.goto(f"{site}/log-in")
    page.locator("#name").fill("clerk.wang")
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    expect(page).to_have_url(f"{site}/desk")
    page.goto(f"{site}/batches")


def upload(page: Page, content: bytes) -> None:
    page.locator("#file").set_input_files(
        {"name": "rows.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="上传并检查").click()


def require_reachable(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.evaluate("innerWidth")


def test_errors_in_a_table(browser: Browser, site: str) -> None:
    for page in open_page(browser, PHONE, "zh-CN"):
        enter(page, site)
        require_reachable(page)
        upload(page, csv_of([row(0), row(0), row(1, type="不存在的证明")]))
        expect(page.get_by_role("heading", name="文件中的错误（2 处）")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("还没有办理")
        expect(page.get_by_text("与前面的行重复：1 处（最先在第 3 行）")).to_be_visible()
        expect(page.get_by_role("button", name="只办理没有错误的 1 行")).to_be_in_viewport()
        expect(page.get_by_text("与第 2 行重复")).to_be_visible()
        expect(page.get_by_text("没有名为“不存在的证明”的证明")).to_be_visible()
        require_reachable(page)


def test_progress_goes_on_by_itself(browser: Browser, site: str) -> None:
    for page in open_page(browser, PHONE, "zh-CN"):
        enter(page, site)
        upload(page, csv_of([row(0), row(1)]))
        page.get_by_role("button", name="确认办理 2 份").click()
        # Nothing is touched: the worker beside the server issues, the page's script looks.
        expect(page.get_by_role("status")).to_contain_text("已办完", timeout=120_000)
        require_reachable(page)
        with page.expect_download() as papers:
            page.get_by_role("link", name="下载证明（ZIP）").click()
        assert papers.value.path().read_bytes().startswith(b"PK")
