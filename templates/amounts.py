"""Amounts of money in words (大写金额), as Chinese papers and cheques write them.

The rules are those of 《正确填写票据和结算凭证的基本规定》 (支付结算办法附一) §1 to 4:

- 人民币 stands before the amount, without a gap.
- 整 follows an amount that ends in yuan or jiao, and none that has fen.
- Noughts between figures are written as one 零; before jiao that follow a nought, 零 may stand
  and does here; before fen that follow no jiao it must.
"""

import re

from templates.errors import FieldsInvalidError

_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]{0,11})\.([0-9])([0-9])")
_FIGURES = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def amount_in_words(amount: str) -> str:
    """人民币贰万贰仟壹佰贰拾壹元叁角伍分 for ``22121.35``; up to 999999999999.99 yuan.

    Raises:
        FieldsInvalidError: not an amount with two decimals.
    """
    read = _AMOUNT.fullmatch(amount)
    if read is None:
        raise FieldsInvalidError(field="amount", reason="format")
    sign, yuan, jiao, fen = read.groups()
    words = "人民币负" if sign else "人民币"
    if int(yuan):
        words += f"{_whole(yuan)}元"
    return words + _fraction(yuan, int(jiao), int(fen))


def _fraction(yuan: str, jiao: int, fen: int) -> str:
    if not jiao and not fen:
        return "整" if int(yuan) else "零元整"
    has_gap = int(yuan) > 0 and (not jiao or yuan.endswith("0"))
    words = "零" if has_gap else ""
    if jiao:
        words += f"{_FIGURES[jiao]}角"
    return words + (f"{_FIGURES[fen]}分" if fen else "整")


def _whole(yuan: str) -> str:
    words = ""
    groups = [yuan[max(end - 4, 0) : end] for end in range(len(yuan), 0, -4)][::-1]
    for place, group in zip(reversed(range(len(groups))), groups, strict=True):
        if not int(group):
            continue
        # A gap before this group: an empty group, or its own leading nought.
        if words and (group.startswith("0") or not words.endswith(_GROUPS[place + 1])):
            words += "零"
        words += _group(group) + _GROUPS[place]
    return words


def _group(group: str) -> str:
    """Up to four figures without their leading and trailing noughts."""
    words, gap = "", False
    for place, figure in zip(reversed(range(len(group))), group, strict=True):
        if figure == "0":
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _FIGURES[int(figure)] + _PLACES[place]
        gap = False
    return words
