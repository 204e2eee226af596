"""What each pack takes and refuses: documents of every kind, contradictions, titles, hard cases."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from templates.errors import FieldsInvalidError
from tests.packs.papers import CODES, pack_of, sample

FIRM_KINDS = {"统一社会信用代码": HolderCode(
    kind=HolderCodeType.CREDIT_CODE, value="91990101MA0000001Y"
)}  # fmt: skip
PERSON_KINDS = {
    "居民身份证": HolderCode(value="99010119900307002X"),
    "护照": HolderCode(kind=HolderCodeType.PASSPORT, value="E01234567"),
    "外国人永久居留身份证": HolderCode(kind=HolderCodeType.OTHER_PERSON, value="HUN990101990307"),
    "港澳居民来往内地通行证": HolderCode(
        kind=HolderCodeType.HONG_KONG_MACAO_PERMIT, value="H1234567890(12)"
    ),
    "台湾居民来往大陆通行证": HolderCode(kind=HolderCodeType.TAIWAN_PERMIT, value="T1234567890(A)"),
    "港澳台居民居住证": HolderCode(kind=HolderCodeType.OTHER_PERSON, value="830000199003070023"),
}
DOCUMENTED = tuple(code for code in CODES if "id_type" in pack_of(code).schema["properties"])
TABLED = {
    "marriage-record": ("未发现婚姻登记记录", ("registrations",)),
    "real-estate": ("未查询到不动产登记信息", ("holdings", "mortgages", "seizures")),
}


def fields_of(code: str, **changes: object) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(json.dumps(sample(code).fields))
    return fields | changes


def properties_in(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, content in schema.get("properties", {}).items():
        yield name, content
        yield from properties_in(content.get("items", {}))


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_kind_of_document_that_names_a_person_is_taken(code: str) -> None:
    kinds = pack_of(code).schema["properties"]["id_type"]["enum"]
    assert set(PERSON_KINDS) <= set(kinds) <= set(PERSON_KINDS | FIRM_KINDS)
    for kind in kinds:
        holder = (PERSON_KINDS | FIRM_KINDS)[kind]
        pack_of(code).check_fields(fields_of(code, id_type=kind, id_number=holder.value))


@pytest.mark.parametrize("code", CODES)
def test_a_pack_says_whose_proof_it_is(code: str) -> None:
    parts = list(pack_of(code).holder_fields.values())
    assert {"name", "code"} <= set(parts) <= {"name", "code", "birthday", "sex"}
    assert len(parts) == len(set(parts))
    whose = {field for field, part in pack_of(code).holder_fields.items() if part in parts[:2]}
    assert whose & set(pack_of(code).schema["required"]), "never a proof about nobody"


@pytest.mark.parametrize("code", CODES)
def test_everything_has_a_title_in_both_languages_and_every_text_an_end(code: str) -> None:
    for name, content in properties_in(dict(pack_of(code).schema)):
        assert content["title"], name
        assert content["x-title-en"].isascii() or "²" in content["x-title-en"], name
        if "string" in str(content.get("type")):
            assert {"maxLength", "format", "pattern"} & set(content), name
        if "array" in str(content.get("type")):
            assert content["maxItems"], name


@pytest.mark.parametrize("code", CODES)
def test_the_basis_is_named_as_laws_are(code: str) -> None:
    assert pack_of(code).legal_basis
    assert all(basis[0] + basis[-1] == "《》" for basis in pack_of(code).legal_basis)


@pytest.mark.parametrize("code", CODES)
def test_english_is_given_for_all_values_of_an_enumeration_or_none(code: str) -> None:
    for name, content in properties_in(dict(pack_of(code).schema)):
        if "x-en" in content:
            assert list(content["x-en"]) == content["enum"], name
    translated = [
        1 for _, content in properties_in(dict(pack_of(code).schema)) if "x-en" in content
    ]
    assert bool(translated) == ("en" in pack_of(code).languages)


@pytest.mark.parametrize(("code", "table"), [(c, t) for c in TABLED for t in TABLED[c][1]])
def test_no_record_and_a_record_contradict_each_other(code: str, table: str) -> None:
    nothing, tables = TABLED[code]
    empty: dict[str, list[object]] = {key: [] for key in tables}
    pack_of(code).check_fields(fields_of(code, result=nothing, **empty))
    rows = sample(code, "sample-hard").fields[table]
    with pytest.raises(FieldsInvalidError) as caught:
        pack_of(code).check_fields(fields_of(code, result=nothing, **(empty | {table: rows})))
    assert caught.value.params["field"] == table


@pytest.mark.parametrize("code", TABLED)
def test_a_record_that_was_found_is_not_without_rows(code: str) -> None:
    first = TABLED[code][1][0]
    with pytest.raises(FieldsInvalidError) as caught:
        pack_of(code).check_fields(fields_of(code, **{first: []}))
    assert caught.value.params["field"] == first


@pytest.mark.parametrize("name", ["sample", "sample-hard"])
def test_the_taxes_of_a_sample_add_up(name: Any) -> None:  # noqa: ANN401  a literal
    fields: Any = sample("tax-payment", name).fields
    total = sum(Decimal(row["amount_yuan"]) for row in fields["payments"])
    assert total == Decimal(fields["total_yuan"])


@pytest.mark.parametrize(
    "number", ["91990101MA000000IY", "91990101MA0000001", "9 1990101MA000001Y"]
)
def test_a_firms_code_has_18_characters_of_gb_32100(number: str) -> None:
    with pytest.raises(FieldsInvalidError):
        pack_of("no-violation").check_fields(fields_of("no-violation", credit_code=number))


HARDEST = {
    "marriage-record": ("𬭎", "䶮", "㛃", "𫖯", "买买提·阿不都热西提"),
    "real-estate": ("𬭎", "䶮"),
    "household": ("𬭎", "䶮", "㛃", "𫖯", "买买提·阿不都热西提"),
    "education": ("龘",),
    "no-violation": ("𬭎",),
    "tax-payment": ("𬭎", "䶮"),
}


@pytest.mark.parametrize("code", HARDEST)
def test_the_hardest_samples_are_hard(code: str) -> None:
    fields: Any = sample(code, "sample-hard").fields
    text = json.dumps(fields, ensure_ascii=False)
    assert all(part in text for part in HARDEST[code])
    assert max(len(rows) for rows in fields.values() if isinstance(rows, list)) >= 40
    if code in {"real-estate", "tax-payment"}:
        assert max(len(rows) for rows in fields.values() if isinstance(rows, list)) == 150
    if code in {"household", "no-violation"}:
        assert len(fields["address"]) == 120
    if code in {"marriage-record", "household", "education", "no-violation"}:
        assert "亚历山德拉·康斯坦丁诺芙娜·沃斯克列先斯卡娅·斯捷潘诺娃·伊万诺维奇·彼得罗娃娅" in text
