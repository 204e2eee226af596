"""Made-up firms, the same at every run."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from certsvc.demonstration.people import AREA_CODE
from certsvc.foundation.codes.credit_code import credit_code_check_character
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType

_SEED = 20261122
_FIRMS = 200
_PLACE = "青禾市云岭区"
_WORDS = ("青苗", "禾丰", "云溪", "岭松", "石泉", "柳岸", "晨曦", "远帆", "竹韵", "梅林")
_TRADES = ("信息技术", "建筑工程", "农业科技", "物流运输", "食品加工", "环保设备", "文化传媒")
_LEGAL_REPRESENTATIVES = ("云中鹤", "山明远", "林和平", "田文明", "买买提·阿不都热西提")
EMPLOYER_NAME = f"{_PLACE}青苗信息技术有限公司"
"""The firm that most residents work for."""
_LONG_NAME = (
    f"{_PLACE}石溪镇柳林村青云联合乡村振兴生态农业科技与特色林果产品冷链仓储物流综合服务"
    "（集团）股份有限公司第一分公司"
)


@dataclass(frozen=True, kw_only=True)
class Firm:
    """An enterprise that does not exist."""

    name: str
    """企业名称."""
    credit_code: str
    """统一社会信用代码 (GB 32100)."""
    legal_representative: str
    """法定代表人."""
    established_on: date
    """成立日期."""
    address: str
    """住所."""
    violations: int = 0
    """Number of recorded violations; a firm that has any gets no certificate of having none."""

    @property
    def holder(self) -> HolderCode:
        """Whom a certificate about it names."""
        return HolderCode(value=self.credit_code, kind=HolderCodeType.CREDIT_CODE)


@cache
def make_firms() -> tuple[Firm, ...]:
    """Make all firms: the employer, the hard cases, then ordinary ones.

    The second has a name as long as they come; the third a wrong check character, as codes of
    early pilots have; the fourth a recorded violation.
    """
    chance = random.Random(_SEED)  # noqa: S311  made-up firms need no secrecy
    firms = [
        _firm(1, EMPLOYER_NAME, date(2016, 4, 18)),
        _firm(2, _LONG_NAME, date(2009, 12, 31)),
        _firm(3, f"{_PLACE}柳岸老字号食品厂", date(2015, 11, 2), check_character="0"),
        _firm(4, f"{_PLACE}石泉环保设备有限公司", date(2019, 1, 7), violations=2),
    ]
    return *firms, *(_ordinary(chance, number) for number in range(len(firms) + 1, _FIRMS + 1))


def _ordinary(chance: random.Random, number: int) -> Firm:
    name = f"{_PLACE}{chance.choice(_WORDS)}{chance.choice(_TRADES)}（{number}号）有限公司"
    return _firm(number, name, date(2000, 1, 1) + timedelta(days=chance.randrange(9000)))


def _firm(
    number: int,
    name: str,
    established_on: date,
    *,
    check_character: str | None = None,
    violations: int = 0,
) -> Firm:
    body = f"91{AREA_CODE}MA{number:07d}"
    return Firm(
        name=name,
        credit_code=body + (check_character or credit_code_check_character(body)),
        legal_representative=_LEGAL_REPRESENTATIVES[number % len(_LEGAL_REPRESENTATIVES)],
        established_on=established_on,
        address=f"{_PLACE}青苗街道科创路{number}号",
        violations=violations,
    )
