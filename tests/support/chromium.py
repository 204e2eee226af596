"""Debian's Chromium, driven by Playwright, for the tests in tests/web/.

The browser lives for one test module, not for the session: Playwright's synchronous driver
leaves an event loop running in the test's thread, where pyHanko's synchronous calls (and any
`asyncio.run`) would refuse to work. A module that opens a page signs nothing in its own thread.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.support.tools import require_library, require_tool

PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1280, height=900)

_FLAGS = (
    "--no-sandbox",  # the tests may run as root, and open only pages of this machine
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    # Nothing but the pages under test is ever asked for.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


_FONTS = Path(__file__).parents[2] / "var" / "fonts"
# The fonts of our papers beside the system's, so that Chinese is drawn on an empty machine too.
_FONT_SETTINGS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium."""
    executable = require_tool("chromium")
    require_library("libatomic.so.1")  # Playwright's driver needs it and Chromium does not
    folder = tmp_path_factory.mktemp("chromium")
    settings = folder / "fonts.conf"
    settings.write_text(_FONT_SETTINGS.format(fonts=_FONTS, cache=folder), encoding="utf-8")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            args=_FLAGS,
            env={**os.environ, "FONTCONFIG_FILE": str(settings)},
            executable_path=executable,
        )
        yield chromium
        chromium.close()


def open_page(browser: Browser, viewport: ViewportSize, locale: str) -> Iterator[Page]:
    """Yield a page of a fresh visitor: own cookies, Shanghai time, the given size and language."""
    context = browser.new_context(
        accept_downloads=True,
        is_mobile=viewport == PHONE,
        has_touch=viewport == PHONE,
        locale=locale,
        timezone_id="Asia/Shanghai",
        viewport=viewport,
    )
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A desktop visitor who reads Chinese."""
    yield from open_page(browser, DESKTOP, "zh-CN")


@pytest.fixture
def phone_page(browser: Browser) -> Iterator[Page]:
    """A visitor with a phone who reads Chinese."""
    yield from open_page(browser, PHONE, "zh-CN")


@pytest.fixture
def english_page(browser: Browser) -> Iterator[Page]:
    """A desktop visitor who reads English."""
    yield from open_page(browser, DESKTOP, "en")
