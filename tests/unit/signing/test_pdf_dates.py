"""PDF dates, there and back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.pdf.pdf_dates import format_pdf_date, parse_pdf_date

_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda value: timezone(timedelta(minutes=value)))


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(9998, 12, 30), timezones=_ZONES)  # noqa: DTZ001
)
def test_there_and_back(moment: datetime) -> None:
    assert parse_pdf_date(format_pdf_date(moment)) == moment.replace(microsecond=0)


def test_shanghai() -> None:
    moment = datetime(2026, 3, 2, 1, 30, tzinfo=UTC).astimezone(timezone(timedelta(hours=8)))
    assert format_pdf_date(moment) == "D:20260302093000+08'00"


@pytest.mark.parametrize(
    "text", ["", "D:2026", "D:20260302093000", "D:20261302093000Z", "D:20260302093000+99'00", "x"]
)
def test_what_names_no_moment(text: str) -> None:
    assert parse_pdf_date(text) is None
