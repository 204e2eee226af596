"""Values of a source: forms, codes, dates, numbers."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from certsvc.evidence.sources.value_rules import (
    FittedValue,
    JsonValue,
    ValueForm,
    ValueRule,
    ValueUnfitError,
    ValueWarning,
    fit,
)
from certsvc.foundation.codes.area import PROVINCES, begins_identity_number, is_area_code
from certsvc.foundation.codes.credit_code import credit_code_check_character
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType, has_wrong_check_character
from certsvc.foundation.codes.identity_number import (
    identity_number_check_character,
    is_identity_number,
)

BODY = "99010119900307002"
NUMBER = BODY + identity_number_check_character(BODY)
FIRM = "91990101MA0000001"
CODE = FIRM + credit_code_check_character(FIRM)


def fitted(value: object, form: ValueForm | None = None, **rule: str) -> FittedValue:
    return fit(value, ValueRule(form=form, **rule))  # type: ignore[arg-type]  # date_format alone


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (" 青小禾 ", ValueForm.TEXT, "青小禾"),
        (12.0, ValueForm.TEXT, "12"),
        ("", ValueForm.TEXT, None),
        ("　", ValueForm.INTEGER, None),
        (None, ValueForm.DATE, None),
        ("1990-03-07", ValueForm.DATE, "1990-03-07"),
        ("1990-03-07 00:00:00", ValueForm.DATE, "1990-03-07"),
        ("1990-03-07T08:00:00+08:00", ValueForm.DATE, "1990-03-07"),
        (date(1990, 3, 7), ValueForm.DATE, "1990-03-07"),
        (datetime(1990, 3, 7, 8, 0), ValueForm.DATE, "1990-03-07"),  # noqa: DTZ001  # as a driver has it
        ("2000-02-29", ValueForm.DATE, "2000-02-29"),
        ("202611", ValueForm.MONTH, "2026-11"),
        ("2026-11", ValueForm.MONTH, "2026-11"),
        (date(2026, 11, 1), ValueForm.MONTH, "2026-11"),
        ("007", ValueForm.INTEGER, 7),
        (7.0, ValueForm.INTEGER, 7),
        ("4250.10", ValueForm.DECIMAL, "4250.10"),
        (Decimal("4250.10"), ValueForm.DECIMAL, "4250.10"),
        (Decimal("1E+2"), ValueForm.DECIMAL, "100"),
        ("是", ValueForm.BOOLEAN, True),
        (0, ValueForm.BOOLEAN, False),
        (True, ValueForm.BOOLEAN, True),
        (NUMBER.lower(), ValueForm.IDENTITY_NUMBER, NUMBER),
        (f" {CODE} ", ValueForm.CREDIT_CODE, CODE),
        (CODE, ValueForm.OWN_UNIT, CODE),
        ("370402", ValueForm.AREA, "370402"),
        (Decimal("1.50"), None, "1.50"),
        (2**60, None, str(2**60)),
        (date(2026, 1, 2), None, "2026-01-02"),
    ],
)
def test_a_value_that_fits(value: object, form: ValueForm | None, expected: JsonValue) -> None:
    assert fitted(value, form) == FittedValue(value=expected)


@pytest.mark.parametrize(
    ("value", "form", "fault"),
    [
        ("2001-02-29", ValueForm.DATE, "not-a-date"),
        ("0000-00-00", ValueForm.DATE, "not-a-date"),
        ("07/03/1990", ValueForm.DATE, "not-a-date"),
        ("长期", ValueForm.DATE, "not-a-date"),
        (19900307.5, ValueForm.DATE, "not-a-date"),
        ("2026-13", ValueForm.MONTH, "not-a-month"),
        ("1.5", ValueForm.INTEGER, "not-a-number"),
        (float("nan"), ValueForm.INTEGER, "not-a-number"),
        (2**60, ValueForm.INTEGER, "not-a-number"),
        ("NaN", ValueForm.DECIMAL, "not-a-number"),
        ("一百", ValueForm.DECIMAL, "not-a-number"),
        ("也许", ValueForm.BOOLEAN, "not-yes-or-no"),
        (["青"], ValueForm.TEXT, "not-text"),
        (True, ValueForm.TEXT, "not-text"),
        (b"\xff", ValueForm.TEXT, "not-text"),
        ("990101199002300023", ValueForm.IDENTITY_NUMBER, "not-an-identity-number"),
        (NUMBER[:-1], ValueForm.IDENTITY_NUMBER, "not-an-identity-number"),
        (CODE[:-1], ValueForm.CREDIT_CODE, "not-a-credit-code"),
        (CODE.replace("M", "I"), ValueForm.CREDIT_CODE, "not-a-credit-code"),
        ("380101", ValueForm.AREA, "not-an-area"),
        ("990101", ValueForm.AREA, "not-an-area"),
        ("3704", ValueForm.AREA, "not-an-area"),
    ],
)
def test_a_value_that_cannot_be(value: object, form: ValueForm, fault: str) -> None:
    with pytest.raises(ValueUnfitError) as caught:
        fitted(value, form)
    assert caught.value.fault == fault


def test_a_day_as_the_source_writes_it() -> None:
    assert fitted("19900307", ValueForm.DATE, date_format="%Y%m%d").value == "1990-03-07"
    with pytest.raises(ValueUnfitError):
        fitted("19900230", ValueForm.DATE, date_format="%Y%m%d")


def test_codes_become_words_and_unknown_ones_are_refused() -> None:
    rule = ValueRule(codes={"1": "男", "2": "女"})
    assert fit("1 ", rule).value == "男"
    assert fit(2.0, rule).value == "女"
    assert fit(None, rule).value is None
    with pytest.raises(ValueUnfitError) as caught:
        fit("9", rule)
    assert caught.value.fault == "unknown-code"


def test_a_wrong_check_character_warns_of_anybodys_and_refuses_our_own() -> None:
    wrong_person = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
    wrong_firm = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")
    warned = (ValueWarning.CHECK_CHARACTER,)
    assert fitted(wrong_person, ValueForm.IDENTITY_NUMBER).warnings == warned
    assert fitted(wrong_firm, ValueForm.CREDIT_CODE).warnings == warned
    with pytest.raises(ValueUnfitError):
        fitted(wrong_firm, ValueForm.OWN_UNIT)


def test_a_number_of_no_province_warns() -> None:
    body = "38" + BODY[2:]
    number = body + identity_number_check_character(body)
    assert fitted(number, ValueForm.IDENTITY_NUMBER).warnings == (ValueWarning.AREA,)


def test_areas_are_those_of_the_standard_and_fictional_ones_only_where_allowed() -> None:
    assert len(PROVINCES) == 34
    assert is_area_code("990101", fictional=True)
    assert not is_area_code("990101")
    assert not is_area_code("３７０４０２")
    assert begins_identity_number("83")
    assert begins_identity_number("91")
    assert not begins_identity_number("38")


def test_an_identity_number_has_a_day_of_the_calendar() -> None:
    assert is_identity_number("99010120000229001X")
    assert not is_identity_number("99010120010229001X")
    assert not is_identity_number("99010120010229001")


def test_a_firms_number_is_checked_like_a_persons() -> None:
    right = HolderCode(value=CODE, kind=HolderCodeType.CREDIT_CODE)
    wrong = HolderCode(value=CODE[:-1] + "Y", kind=HolderCodeType.CREDIT_CODE)
    old = HolderCode(value="990101000000123", kind=HolderCodeType.CREDIT_CODE)
    assert [has_wrong_check_character(each) for each in (right, wrong, old)] == [
        False,
        CODE[-1] != "Y",
        False,
    ]
