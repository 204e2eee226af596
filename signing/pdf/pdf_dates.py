"""Dates as PDF writes them (ISO 32000-1 7.9.4)."""

import re
from datetime import UTC, datetime, timedelta, timezone

_DATE = re.compile(
    r"D:(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:Z(?:00'?00'?)?|([+-])(\d{2})'?(\d{2})'?)"
)


def format_pdf_date(moment: datetime) -> str:
    """An aware time as PDF writes it."""
    offset = moment.strftime("%z")
    return moment.strftime("D:%Y%m%d%H%M%S") + f"{offset[:3]}'{offset[3:5]}"


def parse_pdf_date(text: str) -> datetime | None:
    """The time a PDF date means; ``None`` if it is malformed or names no time zone."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    *numbers, sign, hours, minutes = match.groups()
    zone = UTC
    try:
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            zone = timezone(offset if sign == "+" else -offset)
        year, month, day, hour, minute, second = (int(number) for number in numbers)
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except (ValueError, OverflowError):
        return None
