"""The log of uses on its page: searched, marked, taken along."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from certsvc.demonstration.district import APPROVAL_BUREAU, SCHOOL
from certsvc.foundation.events.records import EventRecord
from tests.support.visitors import Visitor

USES = "/seals/data-sharing-seal/uses"


@pytest.fixture
def used(visitor: Visitor) -> list[str]:
    """Two uses: on a Saturday, and within the hours of the Monday after; newest last."""
    first = visitor.world.issue()
    visitor.world.clock.advance(timedelta(days=2))
    second = visitor.world.issue(purpose="星期一")
    visitor.enter("seal.zhao")
    return [first.copy_number, second.copy_number]


def copies(visitor: Visitor, **search: str) -> list[str]:
    answer = visitor.client.get(USES, params=search)
    assert answer.status_code == 200, answer.text
    return re.findall(r'<span class="hidden"> (\w+)</span>', answer.text)


@pytest.mark.both_engines
def test_uses_are_found_by_period_operator_unit_and_copy(visitor: Visitor, used: list[str]) -> None:
    saturday, monday = used
    assert copies(visitor) == [monday, saturday]
    assert copies(visitor, until="2026-11-22") == [saturday]
    assert copies(visitor, since="2026-11-23", until="2026-11-23") == [monday]
    assert copies(visitor, copy=f" {saturday.lower()} ") == [saturday]
    assert copies(visitor, operator="Clerk.Wang") == [monday, saturday]
    assert copies(visitor, operator="clerk.chen") == []
    assert copies(visitor, unit=APPROVAL_BUREAU) == [monday, saturday]
    assert copies(visitor, unit=SCHOOL) == []
    assert copies(visitor, outside="1") == [saturday]


def test_uses_outside_office_hours_are_marked(visitor: Visitor, used: list[str]) -> None:
    text = visitor.client.get(USES).text
    marked = re.findall(
        r'<tr role="row" class="outside">.*?<span class="hidden"> (\w+)</span>', text, re.DOTALL
    )
    assert marked == [used[0]]
    assert "本页有 1 次在办公时间以外" in text


def test_the_first_look_is_at_the_last_thirty_days(visitor: Visitor, used: list[str]) -> None:
    visitor.world.clock.advance(timedelta(days=29))
    visitor.enter("seal.zhao")
    assert copies(visitor) == [used[1]]
    assert 'name="since" value="2026-11-22"' in visitor.client.get(USES).text
    assert copies(visitor, since="") == [used[1], used[0]]


@pytest.mark.parametrize("day", ["x", "2026-13-01", "0001-01-01T", "<b>", "２０２６"])
def test_a_day_that_is_none_is_said_and_kept(visitor: Visitor, day: str) -> None:
    visitor.enter("seal.zhao")
    answer = visitor.client.get(USES, params={"since": day, "operator": "clerk.wang"})
    assert answer.status_code == 422
    assert "起始日期" in answer.text
    assert 'name="operator" value="clerk.wang"' in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_answered(visitor: Visitor, day: str) -> None:
    visitor.enter("seal.zhao")
    for field in ("since", "until"):
        answer = visitor.client.get(USES, params={field: day})
        # A day before or after all that a database can hold is said to be none.
        assert answer.status_code == 422 or "没有符合条件" in answer.text, answer.text


@pytest.mark.parametrize("page", ["2", "0", "-1", "x", "9" * 5000])
def test_a_page_that_is_not_there_is_the_nearest_one(
    visitor: Visitor, used: list[str], page: str
) -> None:
    assert copies(visitor, page=page, since="") == used[::-1]


def test_the_table_holds_what_was_found_and_is_on_record(visitor: Visitor, used: list[str]) -> None:
    answer = visitor.client.post(f"{USES}.csv", data={"outside": "1"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["提取编号"] for row in rows] == used[:1]
    with visitor.world.services.database.reading() as session:
        exports = session.scalars(
            select(EventRecord).where(EventRecord.kind == "seal.uses-exported")
        ).all()
    assert [(entry.actor, entry.subject) for entry in exports] == [
        ("staff:seal.zhao", "data-sharing-seal")
    ]
    evil = {"Origin": "https://evil.example"}
    assert visitor.client.post(f"{USES}.csv", data={"since": ""}, headers=evil).status_code == 403
    assert visitor.client.post(f"{USES}.csv", data={"since": "x"}).status_code == 422


def test_the_other_language_keeps_the_search(visitor: Visitor, used: list[str]) -> None:
    text = visitor.client.get(USES, params={"copy": used[0], "lang": "zh"}).text
    assert f'href="{USES}?copy={used[0]}&amp;lang=en"' in text
