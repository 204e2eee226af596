"""公共信用: which firms have recorded violations, and in which areas that was checked."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Column, Date, Integer, String, Table

from certsvc.demonstration.departments.department import TABLES, Department, Rows, as_of
from certsvc.demonstration.firms import make_firms
from certsvc.demonstration.units import CREDIT_CENTRE, DISTRICT

_FIRMS = Table(
    "xy_firms",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("xydm", String(18), index=True),
    Column("mc", String(100)),
    Column("fr", String(100)),
    Column("clrq", Date),
    Column("zs", String(200)),
    Column("wfjls", Integer),
    Column("cxqsrq", Date),
    Column("cxjzrq", Date),
)
_AREAS = Table(
    "xy_areas",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("ly", String(30)),
    Column("bm", String(100)),
)
_YEARS = 3
_CHECKED = (
    ("市场监督管理", f"{DISTRICT}市场监督管理局"),
    ("人力资源和社会保障", f"{DISTRICT}人力资源和社会保障局"),
    ("税务", f"国家税务总局{DISTRICT}税务局"),
    ("生态环境", "青禾市生态环境局云岭分局"),
    ("应急管理（安全生产）", f"{DISTRICT}应急管理局"),
    ("消防安全", f"{DISTRICT}消防救援大队"),
    ("自然资源和规划", "青禾市自然资源和规划局云岭分局"),
    ("住房和城乡建设", f"{DISTRICT}住房和城乡建设局"),
    ("医疗保障", f"{DISTRICT}医疗保障局"),
)


def _rows(day: date) -> Rows:
    areas = [{"ly": area, "bm": department} for area, department in _CHECKED]
    return {_FIRMS: _firms(day), _AREAS: areas}


def _firms(day: date) -> Iterator[dict[str, Any]]:
    from_on = day.replace(year=day.year - _YEARS, day=min(day.day, 28))
    for firm in make_firms():
        yield {
            "xydm": firm.credit_code,
            "mc": firm.name,
            "fr": firm.legal_representative,
            "clrq": firm.established_on,
            "zs": firm.address,
            "wfjls": firm.violations,
            "cxqsrq": max(from_on, firm.established_on),
            "cxjzrq": as_of(day),
        }


CREDIT = Department(code="credit-registry", unit=CREDIT_CENTRE, rows=_rows)
