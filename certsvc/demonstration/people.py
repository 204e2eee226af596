"""Made-up residents, the same at every run, the hard cases of real registers among them.

- Every identity number is of an area that does not exist (`AREA_CODE`).
- The hard cases stand first and by name (`HARD_CASES`), so that a test or a visitor finds them.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.foundation.codes.identity_number import identity_number_check_character

AREA_CODE = "990101"
"""An area code that GB/T 2260 has not given to any place."""
_SEED = 20261121
_ORDINARY = 2000
_FIRST_BIRTHDAY, _LAST_BIRTHDAY = date(1940, 1, 1), date(2020, 12, 31)
_FAMILY_NAMES = "青禾云岭山水林田木石溪川松柏竹梅"
_GIVEN_NAMES = "安宁和平文明诚信友善敬业勤学春秋夏冬晨曦远帆"
_STREETS = ("禾苗路", "青云街", "石溪巷", "柳林大道", "科创路")
FIRST_NAME = "青小禾"
"""The resident whom the demonstration issues certificates to."""
LONG_ADDRESS = (
    "青禾市云岭区石溪镇柳林行政村第十二村民小组老槐树自然村东侧新农村集中安置示范小区二期工程"
    "南苑片区第一百零八幢联排住宅自东向西第三单元地上第十一层北向第一千一百零六室"
    "（原石溪人民公社柳林生产大队第四生产队知识青年集体宿舍旧址改建的安置房东楼）"
)
"""120 characters, as long as the household register takes."""


@dataclass(frozen=True, kw_only=True)
class Resident:
    """A person who does not exist."""

    name: str
    """Name, made up."""
    identity_number: str
    """Number of their document; an identity number unless `kind` says otherwise."""
    sex: str
    """男 or 女."""
    born_on: date
    """Date of birth."""
    kind: HolderCodeType = HolderCodeType.IDENTITY_NUMBER
    """Kind of the document (GB/T 36903 annex A)."""
    ethnicity: str = "汉族"
    """民族, as the household register has it."""
    address: str = ""
    """住址."""
    died_on: date | None = None
    """Day of death; None for the living."""
    name_en: str | None = None
    """Name in Latin letters, where a document has one."""

    @property
    def is_citizen(self) -> bool:
        """Whether the household register knows them."""
        return self.kind is HolderCodeType.IDENTITY_NUMBER

    @property
    def document(self) -> str:
        """Kind of the document in the words that stand on certificates."""
        return _DOCUMENTS[self.kind]

    @property
    def holder(self) -> HolderCode:
        """Whom a certificate about them names."""
        return HolderCode(value=self.identity_number, kind=self.kind)

    def age_on(self, day: date) -> int:
        """Full years on a day."""
        had_birthday = (day.month, day.day) >= (self.born_on.month, self.born_on.day)
        return day.year - self.born_on.year - (not had_birthday)


_DOCUMENTS = {
    HolderCodeType.IDENTITY_NUMBER: "居民身份证",
    HolderCodeType.PASSPORT: "护照",
    HolderCodeType.TAIWAN_PERMIT: "台湾居民来往大陆通行证",
    HolderCodeType.HONG_KONG_MACAO_PERMIT: "港澳居民来往内地通行证",
}


def _citizen(  # noqa: PLR0913  what sets a hard case apart
    name: str,
    born_on: date,
    sequence: int,
    *,
    identity_number: str | None = None,
    ethnicity: str = "汉族",
    address: str | None = None,
    died_on: date | None = None,
    name_en: str | None = None,
) -> Resident:
    body = f"{AREA_CODE}{born_on:%Y%m%d}{sequence:03d}"
    street = _STREETS[sequence % len(_STREETS)]
    return Resident(
        name=name,
        identity_number=identity_number or body + identity_number_check_character(body),
        sex="男" if sequence % 2 else "女",
        born_on=born_on,
        ethnicity=ethnicity,
        address=address or f"青禾市云岭区青苗街道{street}{sequence}号",
        died_on=died_on,
        name_en=name_en,
    )


def _foreigner(name: str, number: str, kind: HolderCodeType, name_en: str | None) -> Resident:
    return Resident(
        name=name,
        identity_number=number,
        sex="女",
        born_on=date(1987, 2, 3),
        kind=kind,
        name_en=name_en,
        address="青禾市云岭区青苗街道科创路66号",
    )


FIRST = _citizen(
    FIRST_NAME,
    date(1990, 3, 7),
    2,
    address="青禾市云岭区青苗街道禾苗路18号云溪花园3号楼2单元501室",
    name_en="QING XIAOHE",
)
_X_BORN_ON = date(1985, 6, 15)

HARD_CASES: dict[str, Resident] = {
    "rare-1": _citizen("张䶮", date(1979, 4, 2), 11),
    "rare-2": _citizen("李㛃", date(1988, 8, 8), 12),
    "rare-3": _citizen("王𬭎", date(1992, 12, 1), 13),
    "rare-4": _citizen("赵𫖯", date(1966, 1, 31), 15),
    "interpunct": _citizen("买买提·阿不都热西提", date(1983, 5, 9), 17, ethnicity="维吾尔族"),
    "foreign-name": _foreigner(
        "亚历山德拉·康斯坦丁诺芙娜·沃斯克列先斯卡娅·斯捷潘诺娃·伊万诺维奇·彼得罗夫娜",
        "E99010101",
        HolderCodeType.PASSPORT,
        "ALEXANDRA KONSTANTINOVNA VOSKRESENSKAYA STEPANOVA IVANOVICH PETROVA",
    ),
    "compound-name": _citizen("欧阳云岭", date(1971, 7, 17), 19),
    "same-name-1": _citizen("田文明", date(1980, 2, 29), 21),
    "same-name-2": _citizen("田文明", date(2001, 9, 30), 23),
    "minor": _citizen("山青禾", date(2022, 9, 1), 28, address=FIRST.address),
    "spouse": _citizen("山明远", date(1988, 7, 12), 35, address=FIRST.address),
    "deceased": _citizen("石安宁", date(1938, 10, 10), 41, died_on=date(2024, 5, 6)),
    "ends-in-x": _citizen("梅晨曦", _X_BORN_ON, 16),
    "wrong-check-character": _citizen(
        "竹春秋", date(1958, 3, 3), 43, identity_number="990101195803030430"
    ),
    "hong-kong-permit": _foreigner(
        "何远帆", "H99010101", HolderCodeType.HONG_KONG_MACAO_PERMIT, None
    ),
    "taiwan-permit": _foreigner("林和平", "99010101", HolderCodeType.TAIWAN_PERMIT, None),
    "long-address": _citizen("水勤学", date(1995, 11, 11), 45, address=LONG_ADDRESS),
    "long-table": _citizen("林常青", date(1976, 6, 6), 47),
    "recorded-twice": _citizen("川双录", date(1969, 9, 9), 49),
    "impossible-date": _citizen("柏无期", date(1984, 2, 28), 51),
}
"""What real registers hold and software stumbles over, by what it is."""


@cache
def make_residents() -> tuple[Resident, ...]:
    """Make all residents; the first one is who the demonstration is about."""
    chance = random.Random(_SEED)  # noqa: S311  made-up people need no secrecy
    ordinary = [_ordinary(chance, number) for number in range(_ORDINARY)]
    return FIRST, *HARD_CASES.values(), *ordinary


def _ordinary(chance: random.Random, number: int) -> Resident:
    name = chance.choice(_FAMILY_NAMES) + "".join(chance.sample(_GIVEN_NAMES, 2))
    days = (_LAST_BIRTHDAY - _FIRST_BIRTHDAY).days
    born_on = _FIRST_BIRTHDAY + timedelta(days=chance.randrange(days))
    return _citizen(name, born_on, 100 + number % 900)
