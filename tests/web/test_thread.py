"""The whole thread in a real browser: issue, log in, download, scan, upload."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect

from certsvc.demonstration.district import PASSWORD
from certsvc.demonstration.people import make_residents
from templates.checking_content import page_texts
from tests.support.broken_files import changed, picture
from tests.support.chromium import DESKTOP, PHONE, open_page

RESIDENT = make_residents()[0]
PURPOSE = "申领人才住房补贴 <b>{{7*7}}</b>"


def log_in(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/log-in")
    page.locator("#name").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()


def choose(page: Page, proof: str, purpose: str) -> None:
    page.locator("#holder").fill(RESIDENT.identity_number)
    page.locator("#matter").select_option(label="人才补贴申领")
    page.locator("form[action='/desk/holder'] button").click()
    page.get_by_role("checkbox", name=proof).check()
    page.locator("#purpose").fill(purpose)


def issue(page: Page, site: str) -> None:
    log_in(page, site, "clerk.wang")
    choose(page, "社会保险参保证明", PURPOSE)
    page.get_by_role("button", name="预览所选证明").click()
    expect(page.get_by_role("status")).to_contain_text("还没有开具")
    expect(page.get_by_text(RESIDENT.name)).to_be_visible()
    page.get_by_role("button", name="确认无误，开具").click()
    expect(page.get_by_role("status")).to_contain_text("开具 1 份证明")


@pytest.fixture(scope="module")
def downloaded(browser: Browser, site: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that a holder downloads to their phone after a clerk issued it."""
    for page in open_page(browser, DESKTOP, "zh-CN"):
        issue(page, site)
    path = tmp_path_factory.mktemp("phone") / "certificate.pdf"
    for page in open_page(browser, PHONE, "zh-CN"):
        log_in(page, site, RESIDENT.identity_number)
        expect(page).to_have_url(f"{site}/my")
        expect(page.get_by_text(PURPOSE)).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="下载 PDF").first.click()
        assert download.value.suggested_filename.startswith("社会保险参保证明-")
        download.value.save_as(path)
        page.get_by_role("button", name="退出").click()
        page.goto(f"{site}/my")
        expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    return path


def scanned(path: Path) -> str:
    """What a phone reads from a picture of the page that has a code."""
    document = pypdfium2.PdfDocument(path.read_bytes())
    try:
        pictures = [page.render(scale=2).to_pil() for page in document]
    finally:
        document.close()
    codes = [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)]
    assert len(codes) == 1
    return codes[0]


@pytest.fixture(params=["zh-CN", "en"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A phone of somebody who reads this language."""
    yield from open_page(browser, PHONE, request.param)


def language(page: Page) -> str:
    return str(page.locator("html").get_attribute("lang"))


def test_the_qr_code_opens_the_page_of_the_right_copy(
    phone: Page, site: str, downloaded: Path
) -> None:
    address = scanned(downloaded)
    assert address.startswith(f"{site}/v/")
    answer = phone.goto(address)
    assert answer is not None
    assert answer.status == 200
    chinese = language(phone) == "zh-CN"
    heading = "确有这份证明，目前有效" if chinese else "Registered here and in force"
    expect(phone.get_by_role("heading", level=1)).to_have_text(heading)
    expect(phone.get_by_text("青**")).to_be_visible()
    expect(phone.get_by_text(RESIDENT.identity_number)).to_have_count(0)
    seal = phone.get_by_role(
        "img", name="登记的印章图像" if chinese else "The registered seal image"
    )
    expect(seal).to_be_visible()
    wide = phone.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, "a phone has to scroll sideways"


def test_an_upload_verifies_and_a_tampered_one_does_not(
    phone: Page, site: str, downloaded: Path
) -> None:
    tampered = downloaded.with_name("tampered.pdf")
    tampered.write_bytes(changed(downloaded.read_bytes()))
    chinese = "核验通过", "核验不通过"
    english = "Authentic", "Not authentic"
    for path, verdict in ((downloaded, 0), (tampered, 1)):
        phone.goto(f"{site}/verify")
        words = chinese if language(phone) == "zh-CN" else english
        phone.locator("#file").set_input_files(path)
        phone.locator("form[enctype] button").click()
        expect(phone.get_by_role("heading", level=1)).to_have_text(words[verdict])


def test_the_list_is_folded_and_the_report_can_be_had_as_pdf(
    phone: Page, site: str, downloaded: Path, tmp_path: Path
) -> None:
    phone.goto(f"{site}/verify")
    chinese = language(phone) == "zh-CN"
    phone.locator("#file").set_input_files(downloaded)
    phone.locator("form[enctype] button").click()
    steps = phone.locator("ol.checks > li")
    expect(steps.first).to_be_hidden()
    phone.locator("details.all > summary").click()
    expect(steps.first).to_be_visible()
    evidence = steps.nth(0).locator("dl")
    expect(evidence).to_be_hidden()
    steps.nth(0).locator("summary").click()
    expect(evidence).to_contain_text("字节数" if chinese else "bytes")
    assert not phone.evaluate("document.documentElement.scrollWidth > innerWidth")
    with phone.expect_download() as download:
        phone.get_by_role("button", name="PDF").click()
    report = tmp_path / "report.pdf"
    download.value.save_as(report)
    text = "".join("".join(page_texts(report.read_bytes())).split())
    assert ("核验通过" if chinese else "Authentic") in text
    assert sha256(downloaded.read_bytes()).hexdigest() in text
    assert RESIDENT.identity_number not in text


def test_a_photo_is_told_apart_from_a_forgery(phone: Page, site: str, tmp_path: Path) -> None:
    photo = tmp_path / "photo.pdf"
    photo.write_bytes(picture())
    phone.goto(f"{site}/verify")
    chinese = language(phone) == "zh-CN"
    phone.locator("#file").set_input_files(photo)
    phone.locator("form[enctype] button").click()
    heading = phone.get_by_role("heading", level=1)
    expect(heading).to_have_text("这个文件没法核验" if chinese else "This file cannot be checked")
    expect(phone.get_by_text("这是图片" if chinese else "This is a picture")).to_be_visible()


def test_a_repetition_is_asked_about(page: Page, site: str) -> None:
    log_in(page, site, "clerk.wang")
    for button in ("确认无误，开具", "仍要再开一份"):
        page.goto(f"{site}/desk")
        choose(page, "无犯罪记录证明", "核对")
        page.get_by_role("button", name="预览所选证明").click()
        expect(page.get_by_text("刚为")).to_have_count(0 if button == "确认无误，开具" else 1)
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("status")).to_contain_text("开具 1 份证明")


def test_a_typed_code_opens_the_same_page(page: Page, site: str, downloaded: Path) -> None:
    address = scanned(downloaded)
    code = address.rpartition("/")[2].lower()
    page.goto(f"{site}/verify")
    page.get_by_role("textbox", name="核验码").fill(f" {code[:6]}-{code[6:]} ")
    page.get_by_role("button", name="查询").click()
    expect(page).to_have_url(address)


def test_the_language_can_be_switched_and_stays(page: Page, site: str) -> None:
    page.goto(f"{site}/verify")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check a certificate")
    page.get_by_role("link", name="Log in").click()
    assert language(page) == "en"


def test_every_script_is_refused_by_the_browser(page: Page, site: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{site}/verify")
    page.evaluate(
        """() => { const s = document.createElement('script');
                   s.textContent = 'document.title = "owned"'; document.body.append(s); }"""
    )
    assert page.title() != "owned"
    assert any("Content Security Policy" in text for text in said)
