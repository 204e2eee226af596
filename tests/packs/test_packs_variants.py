"""Papers that lack what the matter doesn't need or the register doesn't have; several tables."""

import re
from dataclasses import replace
from typing import Any

import pytest

from templates.checking import check_rendered
from templates.checking_content import page_texts, squeezed
from templates.face import Face
from tests.packs.papers import CODES, pack_of, renderer, sample

ESTATE = "real-estate"
NONE_FOUND = {
    "marriage-record": {"result": "未发现婚姻登记记录", "registrations": []},
    "real-estate": {
        "result": "未查询到不动产登记信息",
        "holdings": [],
        "mortgages": [],
        "seizures": [],
    },
    "tax-payment": {"payments": [], "total_yuan": "0.00"},
}


def pages_of(face: Face, code: str) -> list[str]:
    """The paper's pages, after it has passed every check."""
    document = renderer().render(pack_of(code), face)
    check_rendered(document.pdf, face, pack_of(code))
    assert document.seal_slot.page_index == document.page_count - 1
    return [squeezed(text) for text in page_texts(document.pdf)]


@pytest.mark.parametrize("code", NONE_FOUND)
@pytest.mark.parametrize("name", ["sample", "sample-hard"])
def test_that_nothing_was_found_is_one_page(code: str, name: Any) -> None:  # noqa: ANN401  literal
    face = sample(code, name)
    pages = pages_of(replace(face, fields={**face.fields, **NONE_FOUND[code]}), code)
    assert len(pages) == 1 or name == "sample-hard"
    assert "序号" not in "".join(pages)
    assert "特此证明" in pages[-1]


@pytest.mark.parametrize("code", CODES)
def test_only_what_must_be_there_is_enough(code: str) -> None:
    face = sample(code, "sample-hard")
    required = pack_of(code).schema["required"]
    pages_of(replace(face, fields={field: face.fields[field] for field in required}), code)


@pytest.mark.parametrize("code", CODES)
def test_every_field_that_may_be_missing_may_be_missing_alone(code: str) -> None:
    face = sample(code)
    for field in set(face.fields) - set(pack_of(code).schema["required"]):
        kept = {name: value for name, value in face.fields.items() if name != field}
        pages_of(replace(face, fields=kept), code)


MORTGAGE, SEIZED = "二、抵押登记", "三、查封登记"
MORTGAGE_HEAD, SEIZED_HEAD = "抵押权人", "查封机关"


@pytest.mark.parametrize("seizures", [0, 1, 3, 6])
@pytest.mark.parametrize("mortgages", [0, 1, 4, 7])
@pytest.mark.parametrize("holdings", [1, 2, 5, 8, 9])
def test_no_heading_stands_without_its_table(holdings: int, mortgages: int, seizures: int) -> None:
    hard: Any = sample(ESTATE, "sample-hard").fields
    fields = {
        **sample(ESTATE).fields,
        "holdings": hard["holdings"][10 : 10 + holdings],
        "mortgages": hard["mortgages"][:mortgages],
        "seizures": hard["seizures"][:seizures],
    }
    pages = pages_of(replace(sample(ESTATE), fields=fields), ESTATE)
    for heading, head, count, nothing in (
        (MORTGAGE, MORTGAGE_HEAD, mortgages, "未查询到抵押登记信息"),
        (SEIZED, SEIZED_HEAD, seizures, "未查询到查封登记信息"),
    ):
        (page,) = [page for page in pages if heading in page]
        below = page[page.index(heading) :]
        assert (head in below) if count else (nothing in below)
    rows = [len(re.findall(r"20\d\d年(?:\d+)月\d+日", page)) for page in pages]
    assert min(rows) >= 1, "a page without facts"


def test_a_short_second_table_moves_whole() -> None:
    face = sample("household", "sample-hard")
    members: Any = face.fields["members"]
    four = replace(face, fields={**face.fields, "members": members[:4]})
    first, second = pages_of(four, "household")
    assert "同户人员" not in first
    assert second.startswith(f"{squeezed(face.notice or '')}同户人员")


def test_both_languages_say_the_same() -> None:
    text = "".join(pages_of(sample("tax-payment"), "tax-payment"))
    for english in (
        "TaxPaymentCertificate",
        "ResidentIdentityCard:990101199003070023",
        "from1November2025to31October2026",
        "DeedTax",
        "Totalinwords",
        "Page1of2",
        "Herebycertifiedon21November2026.",
    ):
        assert english in text
    assert "人民币贰万贰仟壹佰贰拾壹元叁角伍分22121.35" in text
