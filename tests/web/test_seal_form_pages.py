"""申请 and 变更 in a real browser: the picture follows the words, and somebody else approves."""

from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from playwright.sync_api import Browser, Page, expect

from certsvc.foundation.db.engine import Database
from certsvc.sealing.custody.adoption import adopt_key
from keys.development import DevelopmentIdentity, DevelopmentSealName, create_development_pki
from tests.support.chromium import DESKTOP, PHONE, open_page
from tests.support.reachable import FAINT, LEVELS, SMALL_TARGETS, UNNAMED
from tests.support.seals import NOW
from tests.web.test_seal_pages import SPARE, enter

NEW, KEY = "第二枚", "sharing-2028"


@pytest.fixture(scope="module")
def certified(site_home: Path, tmp_path_factory: pytest.TempPathFactory) -> DevelopmentIdentity:
    """A key that the operator offers, with the certificate that an authority sent."""
    folder: Path = tmp_path_factory.mktemp("authority")
    name = DevelopmentSealName(slug="second", common_name="示范章", organisation="云岭区大数据局")
    made = create_development_pki(folder, names=[name], now=NOW).seals["second"]
    database = Database(f"sqlite:///{site_home / 'certsvc.db'}")
    with database.transaction() as session:
        chain = made.chain_path.read_text()
        adopt_key(
            session, name=KEY, uri=made.key_uri, chain_pem=chain, actor="machine:root", now=NOW
        )
    database.close()
    return made


def approve(browser: Browser, address: str, certified: DevelopmentIdentity) -> None:
    for page in open_page(browser, DESKTOP, "zh-CN"):
        enter(page, address.partition("/seal-changes")[0], "seal.qian")
        page.goto(address)
        whole = page.get_by_role("region", name="将要生效的全部内容")
        expect(whole).to_contain_text(certified.key_uri)
        expect(whole).to_contain_text(f"{certified.chain[0].serial_number:x}")
        expect(whole).to_contain_text(certified.chain[0].fingerprint(SHA256()).hex())
        expect(whole).to_contain_text("试签成功")
        expect(whole.get_by_role("img").first).to_be_visible()
        page.get_by_label("审批意见").fill("已核对，同意")
        page.get_by_role("checkbox", name="我已核对").check()
        page.get_by_role("button", name="审批通过").click()
        expect(page.get_by_role("status")).to_contain_text("审批通过并生效")


def test_a_seal_is_applied_for_with_its_picture(
    browser: Browser, site: str, certified: DevelopmentIdentity
) -> None:
    address = ""
    for page in open_page(browser, DESKTOP, "zh-CN"):
        enter(page, site, "seal.zhao")
        page.get_by_role("link", name="申请新印章").click()
        page.get_by_label("印章编号").fill("second-seal")
        page.get_by_label("名称").fill(f"云岭区证照数据共享查询核验专用章{NEW}")
        page.get_by_label("途径").select_option("data_sharing")
        picture = page.get_by_role("img", name="印章图样")
        expect(picture).to_have_count(0)
        page.get_by_label("环排文字").fill("云岭区人民政府")
        expect(picture).to_be_visible()  # nobody pressed anything
        before = picture.inner_html()
        page.get_by_label("下方文字").fill("数据共享专用章")
        expect(picture).not_to_have_js_property("innerHTML", before)
        page.get_by_label("密钥", exact=True).select_option(f"kept:{KEY}")
        page.get_by_label("上传签名证书").set_input_files(certified.chain_path)
        page.get_by_label("每日次数").fill("二十")
        page.get_by_label("理由").fill("业务需要")
        page.get_by_role("button", name="提出申请").click()
        expect(page.get_by_role("alert")).to_contain_text("每日次数")
        expect(page.get_by_label("签名证书内容")).to_have_value(certified.chain_path.read_text())
        page.get_by_label("每日次数").fill("20")
        page.get_by_role("button", name="提出申请").click()
        expect(page.get_by_role("status")).to_contain_text("待审批")
        address = page.url
    approve(browser, address, certified)


def test_a_certificate_is_renewed_on_a_phone(
    browser: Browser, site: str, certified: DevelopmentIdentity
) -> None:
    address = ""
    for page in open_page(browser, PHONE, "zh-CN"):
        enter(page, site, "seal.zhao")
        page.goto(f"{site}/seals/{SPARE}")
        page.get_by_role("link", name="提出变更图像或证书").click()
        expect(page.get_by_role("img", name="印章图样")).to_be_visible()
        page.get_by_label("密钥", exact=True).select_option(f"kept:{KEY}")
        page.get_by_label("上传签名证书").set_input_files(certified.chain_path)
        page.get_by_label("理由").fill("证书到期")
        page.get_by_role("button", name="提出").click()
        expect(page.get_by_role("status")).to_contain_text("待审批")
        expect(page.get_by_text("示范章").first).to_be_visible()
        address = page.url
    approve(browser, address, certified)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_everybody_can_read_and_touch_them(browser: Browser, site: str, language: str) -> None:
    for page in open_page(browser, PHONE, language):
        enter(page, site, "seal.zhao")
        for path in ("/seal-applications", "/seal-amendments/department-verification-seal"):
            page.set_viewport_size({"width": 320, "height": 640})
            page.goto(site + path)
            assert_reachable(page, path)


def assert_reachable(page: Page, path: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    for wrong in (SMALL_TARGETS, FAINT, UNNAMED):
        assert page.evaluate(wrong) == [], path
    levels = page.evaluate(LEVELS)
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), path
