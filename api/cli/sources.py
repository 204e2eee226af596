"""`certsvc sources`: state and check of the connected sources, for the operator of the machine."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from api.cli.console import Console, both, console_of
from api.cli.installation import installation, machine_operator
from certsvc.evidence.sources.health import SourceHealth, list_health
from certsvc.evidence.sources.health_rules import FAILURES, Call
from certsvc.foundation.clock import in_china
from certsvc.foundation.db.migrate import require_current_schema

app = typer.Typer(no_args_is_help=True)
SourceArgument = Annotated[
    str | None, typer.Argument(metavar="[SOURCE]", help=both("cli.sources.option.source"))
]


@app.command("list", help=both("cli.sources.list.help"))
def list_all(context: typer.Context) -> None:
    """List the sources and how they stand, from what every process of the installation asked."""
    console = console_of(context)
    with installation() as services:
        require_current_schema(services.database)
        with services.database.reading() as session:
            found = list_health(
                session, services.sources, actor=machine_operator(), now=services.clock.now()
            )
    if not found:
        console.say("cli.sources.none")
        return
    for health in found:
        for line in _lines(health, console):
            console.out.print(line)


@app.command("check", help=both("cli.sources.check.help"))
def check(context: typer.Context, source: SourceArgument = None) -> int:
    """Ask one source, or each, something harmless now; exit code 1 if one does not answer."""
    console = console_of(context)
    with installation() as services:
        require_current_schema(services.database)
        codes = [source] if source else [each.description.code for each in services.sources]
        calls = [services.sources.check(code, actor=machine_operator()) for code in codes]
    for call in calls:
        _tell(call, console)
    if not calls:
        console.say("cli.sources.none")
    return int(any(call.outcome in FAILURES for call in calls))


def _tell(call: Call, console: Console) -> None:
    console.say(
        "cli.sources.checked",
        source=call.source,
        result=console.text(f"sources.outcome.{call.outcome.value}"),
        duration=call.duration_ms,
    )


def _lines(health: SourceHealth, console: Console) -> Iterator[str]:
    states = {None: "never", True: "well", False: "failing"}
    yield console.text(
        "cli.sources.line",
        source=health.code,
        name=health.name,
        kind=console.text(f"word.source-kind.{health.kind}"),
        state=console.text(f"page.sources.state.{states[health.is_well]}"),
    )
    if health.last_success_at is not None:
        yield console.text("cli.sources.line.success", at=_shown(health.last_success_at))
    if health.last_failure_at is not None and health.last_failure is not None:
        yield console.text(
            "cli.sources.line.failure",
            at=_shown(health.last_failure_at),
            what=console.text(f"sources.outcome.{health.last_failure.value}"),
        )
    if health.latency is not None:
        yield console.text(
            "cli.sources.line.latency",
            count=len(health.calls),
            half=health.latency.half_ms,
            most=health.latency.most_ms,
        )


def _shown(at: datetime) -> str:
    return f"{in_china(at):%Y-%m-%d %H:%M}"
