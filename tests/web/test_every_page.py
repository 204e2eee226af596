"""axe-core finds nothing at all on any page, in both themes, for whoever may open it.

The pages are taken from the application's routes: one that nobody listed here fails the test.
"""

import importlib
import pkgutil
from dataclasses import dataclass, fields

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, Page, expect

import api.web.pages
from certsvc.demonstration.district import PASSWORD, TALENT_MATTER
from certsvc.demonstration.people import make_residents
from templates.checking_content import codes_seen
from tests.support.batches import csv_of, row
from tests.support.chromium import PHONE, open_page

NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 900}
SEAL = "data-sharing-seal"
HOLDER = make_residents()[0].identity_number
PEOPLE = (
    "",
    HOLDER,
    "clerk.wang",
    "handler.li",
    "seal.zhao",
    "seal.qian",
    "pack.sun",
    "pack.zhou",
)
"""One for each role, and somebody who is not logged in."""
RICHEST = {
    "/": "clerk.wang",
    "/verify": "",
    "/components": "",
    "/search": "clerk.wang",
    "/v/{code}": "",
    "/log-in": "",
    "/my": HOLDER,
    "/desk": "clerk.wang",
    "/records": "clerk.wang",
    "/records/{identifier}": "clerk.wang",
    "/records/{identifier}/{act}": "handler.li",
    "/records/{identifier}/replacements": "handler.li",
    "/records/{identifier}/withdrawals": "clerk.wang",
    "/records/{identifier}/ending": "handler.li",
    "/copies/{copy_number}/check": "clerk.wang",
    "/batches": "clerk.wang",
    "/batches/{batch}": "clerk.wang",
    "/packs": "pack.sun",
    "/jobs": "pack.sun",
    "/packs/{number}": "pack.sun",
    "/notices": "seal.qian",
    "/notices/{number}": "seal.qian",
    "/notices/deliveries": "pack.sun",
    "/seals": "seal.zhao",
    "/seals/{seal}": "seal.zhao",
    "/seals/{seal}/propose": "seal.zhao",
    "/seals/{seal}/propose-scope": "seal.zhao",
    "/seals/{seal}/uses": "seal.zhao",
    "/seal-applications": "seal.zhao",
    "/seal-amendments/{seal}": "seal.zhao",
    "/seal-changes/{change}": "seal.qian",
}
"""Who sees most of a page, and looks at it in every run; a page that is not named is looked at by
everybody, and every page is in a full run."""
NOT_PAGES = {
    "/static/style.css",
    "/static/batch.js",
    "/static/seal_form.js",
    "/batches/template.{kind}",
    "/batches/{batch}/progress",
    "/batches/{batch}/result.{kind}",
    "/batches/{batch}/failed.{kind}",
    "/copies/{copy_number}/file",
    "/packs/{number}/{sample}.png",
    "/v/{code}/report.pdf",
    "/v",  # these lead to pages
    "/v/",
    "/desk/holder",
    "/desk/preview",
    "/desk/issued",
    "/log-in/platform",
    "/log-in/platform/return",
}
RULES = {"resultTypes": ["violations"]}
"""Everything that axe-core knows: WCAG and best practices, such as content outside landmarks."""
CONTRAST = {
    "runOnly": {"type": "rule", "values": ["color-contrast"]},
    "resultTypes": ["violations"],
}
"""All that another theme can spoil."""


@dataclass(frozen=True, kw_only=True)
class Papers:
    """What the pages are about."""

    identifier: str
    copy: str
    record: str
    """Address of a record whose end was proposed."""
    taken: str
    """Number of its copy."""
    code: str
    change: str
    batch: str
    notice: str

    @property
    def addresses(self) -> dict[str, str]:
        """An address for each page of the application."""
        return {
            "/": "/",
            "/verify": "/verify",
            "/components": "/components",
            "/search": "/search",
            "/v/{code}": f"/v/{self.code}",
            "/log-in": "/log-in",
            "/my": "/my",
            "/desk": "/desk",
            "/records": "/records",
            "/records/{identifier}": f"/records/{self.identifier}",
            "/records/{identifier}/{act}": f"{self.record}/revoke",
            "/records/{identifier}/replacements": f"{self.record}/replacements",
            "/records/{identifier}/withdrawals": f"{self.record}/withdrawals?copy={self.taken}",
            "/records/{identifier}/ending": f"{self.record}/ending",
            "/copies/{copy_number}/check": f"/copies/{self.copy}/check",
            "/batches": "/batches",
            "/batches/{batch}": self.batch,
            "/sources": "/sources",
            "/packs": "/packs",
            "/jobs": "/jobs",
            "/packs/{number}": "/packs/1",
            "/notices": "/notices",
            "/notices/{number}": self.notice,
            "/notices/deliveries": "/notices/deliveries",
            "/seals": "/seals",
            "/seals/{seal}": f"/seals/{SEAL}",
            "/seals/{seal}/propose": f"/seals/{SEAL}/propose",
            "/seals/{seal}/propose-scope": f"/seals/{SEAL}/propose-scope",
            "/seals/{seal}/uses": f"/seals/{SEAL}/uses",
            "/seal-applications": "/seal-applications",
            "/seal-amendments/{seal}": f"/seal-amendments/{SEAL}",
            "/seal-changes/{change}": self.change,
        }


def enter(page: Page, site: str, login: str) -> None:
    page.goto(f"{site}/log-in")
    page.locator("#name").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url(lambda url: "/log-in" not in url)


def require_reachable(page: Page) -> None:
    """Let axe-core look at a page, and see that it is whole."""
    for theme, rules in (("light", RULES), ("dark", CONTRAST)):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  one of its words
        found = Axe().run(page, options=rules).response["violations"]
        said = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]
        assert said == [], (page.url, theme)
    page.emulate_media(color_scheme="light")
    require_whole(page)


def require_whole(page: Page) -> None:
    """See that nothing is cut off at the side."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0, page.url


@pytest.fixture(scope="module")
def papers(browser: Browser, site: str) -> Papers:
    """A certificate that was issued, a batch with errors, and a seal's change that waits."""
    for page in open_page(browser, PHONE, "zh-CN"):
        page.set_default_timeout(60_000)
        log_in = page.request.post(
            f"{site}/api/v1/log-ins",
            data={"name": "clerk.wang", "password": PASSWORD},
            timeout=60_000,
        )
        bearer = {"Authorization": f"Bearer {log_in.json()['access_token']}"}
        answer = page.request.post(
            f"{site}/api/v1/certificates",
            data={
                "type": "social-insurance",
                "holder": HOLDER,
                "matter": TALENT_MATTER,
                "purpose": "申领人才住房补贴",
            },
            headers=bearer | {"Idempotency-Key": "every-page"},
            timeout=60_000,  # the first one warms the layout engine
        )
        assert answer.status == 201, answer.text()
        issued = answer.json()
        sent = page.request.post(
            f"{site}/api/v1/batches",
            multipart={
                "file": {
                    "name": "rows.csv",
                    "mimeType": "text/csv",
                    "buffer": csv_of([row(0), row(0), row(1, type="nothing")]),
                }
            },
            headers=bearer | {"Idempotency-Key": "every-page"},
            timeout=60_000,
        )
        # Its page shows the errors.
        assert sent.status == 201, sent.text()
        file = page.request.get(f"{site}{issued['file']}", headers=bearer, timeout=60_000)
        other = page.request.post(
            f"{site}/api/v1/certificates",
            data={
                "type": "no-criminal-record",
                "holder": HOLDER,
                "matter": TALENT_MATTER,
                "purpose": "申领人才住房补贴",
            },
            headers=bearer | {"Idempotency-Key": "every-page-2"},
            timeout=60_000,
        ).json()
        record = f"/records/{other['identifier']}"
        enter(page, site, "handler.li")
        page.goto(f"{site}{record}/cancel")
        page.locator("input[name=reason_code]").first.check()
        page.locator("#reason").fill("本人申请")
        page.locator("#sure").check()
        page.locator("button.danger").click()
        page.context.clear_cookies()
        enter(page, site, "seal.zhao")
        page.goto(f"{site}/seals/{SEAL}/propose")
        page.get_by_role("radio").first.check()
        page.locator("textarea").first.fill("例行检查")
        page.locator("main form button").first.click()
        page.goto(f"{site}/seals")
        change = page.locator("a[href*='/seal-changes/']").first.get_attribute("href")
        assert change
        page.context.clear_cookies()
        enter(page, site, "seal.qian")
        notice = page.locator("main a[href^='/notices/']").first
        page.goto(f"{site}/notices")
        while not notice.count():  # told a moment after the proposal
            page.wait_for_timeout(200)
            page.reload()
        told = notice.get_attribute("href")
        assert told
        return Papers(
            identifier=issued["identifier"],
            copy=issued["copy_number"],
            record=record,
            taken=other["copy_number"],
            code=codes_seen(file.body())[0].rpartition("/")[2],
            change=change,
            batch=f"/batches/{sent.json()['id']}",
            notice=told,
        )
    raise AssertionError


def test_no_page_is_forgotten() -> None:
    found = set()
    for module in pkgutil.iter_modules(api.web.pages.__path__):
        page = importlib.import_module(f"api.web.pages.{module.name}")
        found |= {
            route.path
            for route in (page.router.routes if hasattr(page, "router") else ())
            if isinstance(route, APIRoute) and "GET" in route.methods
        }
    nothing = dict.fromkeys((each.name for each in fields(Papers)), "")
    listed = set(Papers(**nothing).addresses)
    assert found == listed | NOT_PAGES


@pytest.mark.parametrize("login", PEOPLE)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_is_within_everybodys_reach(
    pytestconfig: pytest.Config,
    browser: Browser,
    site: str,
    papers: Papers,
    login: str,
    language: str,
) -> None:
    full = bool(pytestconfig.getoption("all"))
    for page in open_page(browser, PHONE, language):
        page.set_default_timeout(60_000)
        if login:
            enter(page, site, login)
        refused = False
        for path, address in papers.addresses.items():
            if not full and RICHEST.get(path, login) != login:
                continue
            answer = page.goto(site + address)
            assert answer is not None
            assert answer.ok or RICHEST.get(path) != login, address
            if answer.status in {401, 403, 404}:
                if refused:
                    continue  # the page of a refusal is one and the same
                refused = True
            page.set_viewport_size(NARROW)  # type: ignore[arg-type]  a size is a dictionary
            require_reachable(page)
            page.set_viewport_size(WIDE)  # type: ignore[arg-type]  a size is a dictionary
            require_whole(page)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_step_at_the_desk_is_within_reach(
    browser: Browser, site: str, papers: Papers, language: str
) -> None:
    assert papers.identifier
    for page in open_page(browser, PHONE, language):
        page.set_default_timeout(60_000)
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]  a size is a dictionary
        enter(page, site, "clerk.wang")
        page.locator("#holder").fill("1")
        page.locator("#matter").select_option(TALENT_MATTER)
        page.locator("form[action='/desk/holder'] button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        require_reachable(page)
        page.locator("#holder").fill(HOLDER)
        page.locator("form[action='/desk/holder'] button").click()
        page.locator(f"input[value='{TALENT_MATTER}|social-insurance']").check()
        require_reachable(page)
        page.locator("#purpose").fill("申领人才住房补贴")
        page.locator("form[action='/desk/preview'] button").first.click()
        expect(page.locator("#sheet-1-facts")).to_be_visible()
        require_reachable(page)
        page.locator("form[action='/desk'] button").first.click()
        expect(page.locator(".done")).to_be_visible()
        require_reachable(page)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_what_a_search_finds_is_within_reach(
    browser: Browser, site: str, papers: Papers, language: str
) -> None:
    for page in open_page(browser, PHONE, language):
        enter(page, site, "clerk.wang")
        for typed in (papers.identifier, "0" * 20, "1.2.3"):
            page.goto(f"{site}/records")
            page.locator("#paper").fill(typed)
            page.locator("#by-paper ~ form button").click()
            page.wait_for_load_state()
            require_reachable(page)
