"""Refused forms, forms that outlive a log-in, and exported lists, in a real browser."""

import csv
import io

import pytest
from playwright.sync_api import Browser, Page, expect

from certsvc.demonstration.district import PASSWORD
from tests.support.chromium import PHONE, open_page
from tests.web.test_every_page import NARROW, WIDE, enter, require_reachable

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
IMAGE = {"name": "seal.svg", "mimeType": "image/svg+xml", "buffer": SVG}


def send_unchecked(page: Page, form: str) -> None:
    """Press a form's last button without the browser's own checks, as where there are none."""
    page.locator(form).evaluate("form => form.noValidate = true")
    page.locator(f"{form} button").last.click()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desktop"])
def test_a_refused_form_leads_from_its_faults_to_its_fields(
    browser: Browser, site: str, size: dict[str, int], language: str
) -> None:
    for page in open_page(browser, PHONE, language):
        page.set_default_timeout(60_000)
        page.set_viewport_size(size)  # type: ignore[arg-type]  a size is a dictionary
        enter(page, site, "seal.zhao")
        page.goto(f"{site}/seal-applications")
        page.locator("#name").fill("甲")
        page.locator("#image_file").set_input_files(IMAGE)  # type: ignore[arg-type]  a dictionary
        send_unchecked(page, "#seal-form")
        expect(page.locator("#problem")).to_be_focused()
        links = page.locator("#problem a")
        assert links.count() >= 4
        links.first.click()
        assert page.evaluate("location.hash") == "#id"
        expect(page.locator("#id")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#id")).to_have_attribute("aria-describedby", "id-hint id-problem")
        expect(page.locator("#name")).to_have_value("甲")
        expect(page.get_by_text("seal.svg")).to_be_visible()
        require_reachable(page)


def test_an_image_outlives_the_log_in_without_scripts(browser: Browser, site: str) -> None:
    for page in open_page(browser, PHONE, "zh-CN"):
        page.set_default_timeout(60_000)
        page.route("**/*.js", lambda route: route.abort())
        enter(page, site, "seal.zhao")
        page.goto(f"{site}/seal-applications")
        page.locator("#name").fill("甲")
        page.locator("input[name=image][value=file]").check()
        page.locator("#image_file").set_input_files(IMAGE)  # type: ignore[arg-type]  a dictionary
        page.context.clear_cookies()
        send_unchecked(page, "#seal-form")
        expect(page.locator("#kept")).to_be_visible()
        assert "甲" not in page.content(), "what is kept is sealed"
        require_reachable(page)
        page.locator("#name").fill("seal.zhao")
        page.locator("#password").fill(PASSWORD)
        page.locator("form[action='/log-in'] button").click()
        expect(page.locator("#kept")).to_be_focused()
        expect(page.locator("#name")).to_have_value("甲")
        expect(page.get_by_text("seal.svg")).to_be_visible()
        expect(page.locator("#look svg")).to_be_visible()
        require_reachable(page)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desktop"])
def test_a_list_is_narrowed_down_and_taken_along(
    browser: Browser, site: str, size: dict[str, int], language: str
) -> None:
    for page in open_page(browser, PHONE, language):
        page.set_default_timeout(60_000)
        page.set_viewport_size(size)  # type: ignore[arg-type]  a size is a dictionary
        enter(page, site, "seal.zhao")
        page.goto(f"{site}/seals")
        all_seals = page.locator(".seals li").count()
        page.locator("details.narrow-list summary").click()
        require_reachable(page)
        page.locator("#q").fill("data-sharing-seal")
        page.locator("#sort").select_option("-uses")
        page.locator("details.narrow-list button").click()
        assert page.locator(".seals li").count() < all_seals
        require_reachable(page)
        with page.expect_download() as download:
            page.locator("a[href*='export=csv']").click()
        content = download.value.path().read_bytes()
        assert len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))) in {1, 2}
        page.goto(f"{site}/seals?q=nothing+like+it")
        require_reachable(page)
        page.locator("form.search a[href='/seals']").click()
        assert page.locator(".seals li").count() == all_seals
