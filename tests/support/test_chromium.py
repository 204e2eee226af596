"""The browser of the tests is real, speaks the visitor's language and reaches only this machine."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import Error, Page
from typing_extensions import override

_SIZE_AND_LANGUAGE = "[innerWidth, navigator.language, matchMedia('(pointer: coarse)').matches]"


def _see(page: Page) -> object:
    page.set_content("<meta name=viewport content='width=device-width'><p id=name>张㛃</p>")
    assert page.inner_text("#name") == "张㛃"
    return page.evaluate(_SIZE_AND_LANGUAGE)


def test_a_desktop_visitor_reads_chinese(page: Page) -> None:
    assert _see(page) == [1280, "zh-CN", False]


def test_a_phone_visitor_reads_chinese(phone_page: Page) -> None:
    assert _see(phone_page) == [390, "zh-CN", True]


def test_an_english_visitor_reads_english(english_page: Page) -> None:
    assert _see(english_page) == [1280, "en", False]


@pytest.fixture
def port() -> Iterator[int]:
    """A server on every address of this machine."""
    with HTTPServer(("", 0), _Quiet) as server, ThreadPoolExecutor() as threads:
        threads.submit(server.serve_forever)
        yield server.server_port
        server.shutdown()


def test_only_this_machine_is_ever_asked(page: Page, port: int) -> None:
    page.goto(f"http://127.0.0.1:{port}/missing")
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):  # the same server, elsewhere
        page.goto(f"http://127.0.0.2:{port}/missing")


class _Quiet(BaseHTTPRequestHandler):
    """Answers every request with an error page and logs nothing."""

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


def test_chinese_is_drawn_also_where_the_system_has_no_font_for_it(page: Page) -> None:
    pictures = set()
    for character in "电证张㛃":
        page.set_content(f"<p style='font-size: 80px'>{character}</p>")
        pictures.add(page.screenshot())
    assert len(pictures) == 4, "different characters look the same: boxes, not glyphs"
