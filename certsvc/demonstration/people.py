"""Made-up residents, the same at every run, the hard cases of real registers among them."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from certsvc.codes.identity_number import identity_number_check_character

AREA_CODE = "990101"
"""An area code that GB/T 2260 has not given to any place."""
_SEED = 20261121
_ORDINARY = 60
_FAMILY_NAMES = "青禾云岭山水林田木石溪川松柏竹梅"
_GIVEN_NAMES = "安宁和平文明诚信友善敬业勤学春秋夏冬晨曦远帆"
_HARD_NAMES = (
    "张䶮",
    "李㛃",
    "王𬭎",
    "赵𫖯",
    "买买提·阿不都热西提",
    "亚历山德拉·康斯坦丁诺芙娜·沃斯克列先斯卡娅·斯捷潘诺娃·伊万诺维奇",
    "欧阳云岭",
)
FIRST_NAME = "青小禾"
"""The resident whom the demonstration issues certificates to."""


@dataclass(frozen=True, kw_only=True)
class Resident:
    """A person who does not exist."""

    name: str
    """Name, made up."""
    identity_number: str
    """Well-formed number of a place that does not exist."""
    sex: str
    """男 or 女."""
    born_on: date
    """Date of birth."""


def make_residents() -> tuple[Resident, ...]:
    """Make all residents; the first one is who the demonstration is about."""
    chance = random.Random(_SEED)  # noqa: S311  made-up people need no secrecy
    names = [FIRST_NAME, *_HARD_NAMES]
    names += [
        chance.choice(_FAMILY_NAMES) + "".join(chance.sample(_GIVEN_NAMES, 2))
        for _ in range(_ORDINARY)
    ]
    first = _resident(FIRST_NAME, date(1990, 3, 7), 2)
    others = [
        _resident(name, _birthday(chance), 10 + number) for number, name in enumerate(names[1:])
    ]
    return first, *others


def _birthday(chance: random.Random) -> date:
    return date(1950, 1, 1) + timedelta(days=chance.randrange(20_000))


def _resident(name: str, born_on: date, sequence: int) -> Resident:
    body = f"{AREA_CODE}{born_on:%Y%m%d}{sequence:03d}"
    return Resident(
        name=name,
        identity_number=body + identity_number_check_character(body),
        sex="男" if sequence % 2 else "女",
        born_on=born_on,
    )
