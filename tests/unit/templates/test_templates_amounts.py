"""Amounts in words: the examples of the central bank's rules, and the corners between them."""

import pytest

from templates.amounts import amount_in_words
from templates.errors import FieldsInvalidError

BY_THE_RULES = {
    "1409.50": "人民币壹仟肆佰零玖元伍角整",
    "6007.14": "人民币陆仟零柒元壹角肆分",
    "1680.32": "人民币壹仟陆佰捌拾元零叁角贰分",
    "107000.53": "人民币壹拾万柒仟元零伍角叁分",
    "16409.02": "人民币壹万陆仟肆佰零玖元零贰分",
    "325.04": "人民币叁佰贰拾伍元零肆分",
}
"""Amounts of 正确填写票据和结算凭证的基本规定 §3; where it allows two forms, the fuller one."""

CORNERS = {
    "0.00": "人民币零元整",
    "0.05": "人民币伍分",
    "0.50": "人民币伍角整",
    "1.00": "人民币壹元整",
    "10.00": "人民币壹拾元整",
    "100500.00": "人民币壹拾万零伍佰元整",
    "10010000.00": "人民币壹仟零壹万元整",
    "20003000.00": "人民币贰仟万叁仟元整",
    "100000000.00": "人民币壹亿元整",
    "100000001.01": "人民币壹亿零壹元零壹分",
    "10000010000.00": "人民币壹佰亿零壹万元整",
    "-418.20": "人民币负肆佰壹拾捌元贰角整",
    "999999999999.99": "人民币玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
}


@pytest.mark.parametrize(("amount", "words"), (BY_THE_RULES | CORNERS).items())
def test_an_amount_is_written_as_the_rules_have_it(amount: str, words: str) -> None:
    assert amount_in_words(amount) == words


@pytest.mark.parametrize(
    "amount", ["", "1", "1.0", "01.00", "1,000.00", "1.000", "1000000000000.00", "１.00", "+1.00"]
)
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(FieldsInvalidError):
        amount_in_words(amount)
