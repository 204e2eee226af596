"""`certsvc seals uses`: the log of uses, on the terminal or as a table."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Console, both, console_of
from api.cli.errors import PeriodInvalidError
from api.cli.files import check_writable, write_whole
from api.cli.installation import installation
from api.cli.seal_lines import use_lines
from api.cli.staff_log_in import StaffOption, acting_staff
from certsvc.foundation.clock import CHINA_TIME, read_day
from certsvc.sealing.register.scope_rules import ServiceHours
from certsvc.sealing.register.status import InstantMalformedError, parse_instant
from certsvc.sealing.uses.use_tables import COLUMNS, OUTCOMES, uses_as_csv
from certsvc.sealing.uses.uses import (
    ListedUse,
    UseSearch,
    find_uses,
    find_uses_outside_hours,
    record_export,
)


def uses(  # noqa: PLR0913  each is an option of the command
    context: typer.Context,
    *,
    seal: Annotated[str, typer.Option("--seal", help=both("cli.option.seal"))] = "",
    since: Annotated[str, typer.Option("--since", help=both("cli.seals.option.since"))] = "",
    until: Annotated[str, typer.Option("--until", help=both("cli.seals.option.until"))] = "",
    operator: Annotated[
        str, typer.Option("--operator", help=both("cli.seals.option.operator"))
    ] = "",
    unit: Annotated[str, typer.Option("--unit", help=both("cli.seals.option.unit"))] = "",
    copy: Annotated[str, typer.Option("--copy", help=both("cli.seals.option.copy"))] = "",
    outside_hours: Annotated[
        bool, typer.Option("--outside-hours", help=both("cli.seals.option.outside-hours"))
    ] = False,
    hours: Annotated[str, typer.Option("--hours", help=both("cli.seals.option.hours"))] = "",
    csv: Annotated[Path | None, typer.Option("--csv", help=both("cli.seals.option.csv"))] = None,
    force: Annotated[bool, typer.Option("--force", help=both("cli.option.force"))] = False,
    login: StaffOption = "",
) -> None:
    """List uses of seals, or write them to a table."""
    console = console_of(context)
    search = UseSearch(
        seal_id=seal or None,
        since_at=_instant(since, whole_day=False),
        until_at=_instant(until, whole_day=True),
        operator=operator or None,
        unit_code=unit or None,
        copy_number=copy or None,
    )
    chosen = ServiceHours.parse(hours) if hours else None
    if csv is not None:
        check_writable(csv, force=force)
    with installation() as services:
        actor, now = acting_staff(services, console, login), services.clock.now()
        with services.database.transaction() as session:
            if outside_hours or chosen:
                found = find_uses_outside_hours(session, search, actor=actor, hours=chosen)
            else:
                found = find_uses(session, search, actor=actor)
            if csv is not None:
                record_export(session, search, found, actor=actor, now=now)
    if csv is None:
        for use in found:
            for line in use_lines(use, console):
                console.out.print(line)
    else:
        write_whole(csv, _as_csv(found, console), force=force)
    console.note("cli.seals.uses-count", count=len(found))


def _as_csv(found: list[ListedUse], console: Console) -> bytes:
    return uses_as_csv(
        found,
        titles={column: console.text(f"cli.seals.use.{column}") for column in COLUMNS},
        outcomes={each: console.text(f"cli.seals.outcome.{each}") for each in OUTCOMES},
    )


def _instant(text: str, *, whole_day: bool) -> datetime | None:
    """Read a day of China Standard Time, of which the end may be meant, or an instant."""
    if not text:
        return None
    try:
        day = read_day(text.strip())
    except ValueError:
        try:
            return parse_instant(text)
        except InstantMalformedError as error:
            raise PeriodInvalidError(value=text) from error
    day += timedelta(days=int(whole_day))
    return datetime.combine(day, time(), CHINA_TIME).astimezone(UTC)
