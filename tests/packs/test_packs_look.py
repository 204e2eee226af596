"""What a reader sees of each pack: pages, breaks, repeated headers, and who stands where."""

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from templates.checking import check_rendered
from templates.checking_content import page_texts, squeezed
from templates.face import JSON, Face
from templates.pack_checking import check_pack
from templates.rendering import RenderedDocument
from templates.samples import SAMPLES, SampleName
from tests.judges.verapdf import require_conformance
from tests.packs.papers import CODES, pack_of, rendered, renderer, sample

TABLE = "social-insurance"
HEADER = squeezed("序号 险种 起始年月 终止年月 月数 月缴费基数（元） 缴费单位")
UNITS = [
    "青禾市龘餐饮店",
    "青禾市云岭区青苗信息技术有限公司",
    "青禾市云岭区人民医院（青禾市云岭区妇幼保健计划生育服务中心、青禾医学院附属云岭医院）",
]


def with_rows(count: int, unit: str, name: str = "青小禾") -> Face:
    row: dict[str, JSON] = {
        "insurance": "企业职工基本养老保险",
        "from_month": "2024-01",
        "to_month": "2024-12",
        "months": 12,
        "unit": unit,
    }
    rows: list[JSON] = [{**row, "base_yuan": f"{4000 + index}.00"} for index in range(count)]
    face = sample(TABLE)
    return replace(face, fields={**face.fields, "name": name, "contributions": rows})


def rows_on_pages(document: RenderedDocument) -> list[int]:
    return [len(re.findall(r"(?<!\d)\d{4}\.00(?!\d)", text)) for text in page_texts(document.pdf)]


@pytest.mark.parametrize("code", CODES)
def test_the_pack_keeps_its_own_promises(code: str) -> None:
    check_pack(pack_of(code), renderer())


@pytest.mark.heavy("test_sealed_papers_judged has the same papers judged with their seals")
def test_every_sample_is_pdf_a_3a_and_pdf_ua_1(tmp_path: Path) -> None:
    for code, name in product(CODES, SAMPLES):
        (tmp_path / f"{code}-{name}.pdf").write_bytes(rendered(code, name).pdf)
    require_conformance(sorted(tmp_path.iterdir()))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", SAMPLES)
def test_pages_are_numbered_and_name_the_copy(code: str, name: SampleName) -> None:
    pages = page_texts(rendered(code, name).pdf)
    for number, text in enumerate(pages, start=1):
        assert f"第{number}页共{len(pages)}页" in squeezed(text)
        assert squeezed(sample(code, name).copy_number) in squeezed(text)


def test_a_plain_proof_is_one_page_in_both_cases() -> None:
    assert [rendered("no-criminal-record", name).page_count for name in SAMPLES] == [1, 1]


def test_a_hundred_and_fifty_rows_run_over_pages_under_a_repeated_header() -> None:
    document = rendered(TABLE, "sample-hard")
    pages = [squeezed(text) for text in page_texts(document.pdf)]
    assert document.page_count > 5
    assert all(HEADER in page for page in pages)
    assert "特此证明" in pages[-1]
    assert "核验码" in pages[-1]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("count", [*range(1, 27), 49])
def test_neither_the_closing_nor_a_row_is_ever_alone(count: int, unit: str) -> None:
    face = with_rows(count, unit)
    document = renderer().render(pack_of(TABLE), face)
    rows = rows_on_pages(document)
    last = squeezed(page_texts(document.pdf)[-1])
    assert sum(rows) == count
    assert min(rows) >= 1, "a page without rows: the closing stands alone"
    assert len(rows) == 1 or min(rows) >= min(3, count // 2), "a row or two alone on a page"
    assert "特此证明" in last
    assert squeezed(face.producing_unit) in last
    assert document.seal_slot.page_index == document.page_count - 1
    check_rendered(document.pdf, face, pack_of(TABLE))


def test_a_long_introduction_takes_its_table_along() -> None:
    face = with_rows(3, UNITS[2] * 2, name="长" * 80)
    document = renderer().render(pack_of(TABLE), face)
    check_rendered(document.pdf, face, pack_of(TABLE))
    assert rows_on_pages(document) == [2, 1]


MM = 72 / 25.4


@pytest.mark.parametrize("count", [1, 3, 7, 8])
def test_the_records_of_a_school_life_begin_on_the_first_page(count: int) -> None:
    face = sample("education")
    records = face.fields["records"]
    assert isinstance(records, list)
    repeated = (records * count)[:count]
    pages = page_texts(
        renderer()
        .render(pack_of("education"), replace(face, fields={**face.fields, "records": repeated}))
        .pdf
    )
    assert squeezed("青禾市云岭区石溪镇中心小学") in squeezed(pages[0])
    assert len(pages) == (1 if count <= 7 else 2)


def longest(code: str) -> Face:
    """The longest text the rules allow, without a space to break at."""
    return replace(
        sample(code, "sample-hard"),
        producing_unit="W" * 100,
        extracting_unit="W" * 100,
        matter="W" * 100,
        purpose="W" * 200,
        copy_number="W" * 64,
        identifier="1.2.156.3005.2." + "W" * 113,
        notice="W" * 60,
    )


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", [*SAMPLES, "longest"])
def test_nothing_leaves_the_type_area(code: str, kind: str) -> None:
    face = longest(code) if kind == "longest" else sample(code, kind)  # type: ignore[arg-type]
    with pypdfium2.PdfDocument(renderer().render(pack_of(code), face).pdf) as pdf:
        for page in pdf:
            for item in page.get_objects():
                left, bottom, right, top = (edge / MM for edge in item.get_bounds())
                assert left >= 28 - 0.7, item
                assert right <= 210 - 26 + 0.7
                assert bottom >= 12
                assert top <= 297 - 15


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", SAMPLES)
def test_the_code_is_at_least_22_mm_wide(code: str, name: SampleName) -> None:
    with pypdfium2.PdfDocument(rendered(code, name).pdf) as pdf:
        bitmap = pdf[len(pdf) - 1].render(scale=300 / 72, grayscale=True)
        shades = memoryview(bytes(bitmap.buffer)).cast("B", (bitmap.height, bitmap.stride))
        at = zxingcpp.read_barcodes(shades)[0].position
    assert (at.top_right.x - at.top_left.x) / 300 * 25.4 >= 22
    assert (at.bottom_left.y - at.top_left.y) / 300 * 25.4 >= 22


@pytest.mark.parametrize("notice", [None, "演示环境签发，不具法律效力"])
def test_a_notice_stands_on_every_page_or_nowhere(notice: str | None) -> None:
    face = replace(sample(TABLE), notice=notice)
    pages = page_texts(renderer().render(pack_of(TABLE), face).pdf)
    assert all(("不具法律效力" in text) is (notice is not None) for text in pages)
