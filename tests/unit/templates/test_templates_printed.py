"""Printed forms of values."""

from datetime import UTC, date, datetime

import pytest

from templates.errors import FieldsInvalidError
from templates.printed import (
    printed_code,
    printed_date,
    printed_time,
    printed_value,
    verify_site,
)


def test_dates_have_no_leading_zeros() -> None:
    assert printed_date(date(2026, 3, 7)) == "2026年3月7日"


def test_times_are_shown_in_shanghai_whatever_zone_they_come_in() -> None:
    assert printed_time(datetime(2026, 12, 31, 16, 0, 1, tzinfo=UTC)) == "2027年1月1日 00:00:01"


def test_codes_come_in_groups_of_four() -> None:
    assert printed_code("7K3M9QX2W4B8N5T6R1Y0ZADCFG") == "7K3M 9QX2 W4B8 N5T6 R1Y0 ZADC FG"


def test_the_site_is_the_address_without_the_code() -> None:
    assert verify_site("https://zm.qinghe.example/v/ABC") == "https://zm.qinghe.example/v"


def test_values_take_their_form_from_the_schema_and_rows_its_order() -> None:
    schema = {
        "properties": {
            "rows": {
                "items": {
                    "properties": {
                        "month": {"format": "year-month"},
                        "on": {"format": "date"},
                        "paid": {},
                        "months": {},
                    }
                }
            }
        }
    }
    row = {"months": 12, "paid": True, "on": "2026-03-07", "month": "2026-03", "extra": None}
    printed = printed_value({"rows": [row]}, schema)
    assert list(printed["rows"][0].items()) == [
        ("month", "2026年3月"),
        ("on", "2026年3月7日"),
        ("paid", "是"),
        ("months", "12"),
        ("extra", "—"),
    ]


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(FieldsInvalidError):
        printed_value({"on": "2026-02-30"}, {"properties": {"on": {"format": "date"}}})
