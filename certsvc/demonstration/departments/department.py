"""What a department of the demonstration brings: tables, rows and the words that connect them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from string import Template
from typing import Any

from sqlalchemy import MetaData, Table

TABLES = MetaData()
"""The tables of all departments; they share one file."""
Rows = Mapping[Table, Iterable[Mapping[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Department:
    """A department that holds records of its own."""

    code: str
    """Short name of its source; its description is `<code>.toml` beside this file."""
    unit: str
    """Credit code of the unit whose records these are."""
    rows: Callable[[date], Rows]
    """What its tables hold on a day."""

    def describe(self, url: str) -> str:
        """Describe the department's tables as a connected source, in TOML."""
        text = Path(__file__).with_name(f"{self.code}.toml").read_text(encoding="utf-8")
        return Template(text).substitute(code=self.code, unit=self.unit, url=url)


def as_of(day: date) -> date:
    """Return the last day that the departments' records cover on a day."""
    return day - timedelta(days=1)


def last_month(day: date) -> date:
    """Return the last day of the month before a day."""
    return day.replace(day=1) - timedelta(days=1)


def months_back(month: date, count: int) -> date:
    """Return the first day of the month `count` months before."""
    total = month.year * 12 + month.month - 1 - count
    return date(total // 12, total % 12 + 1, 1)
