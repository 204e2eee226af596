"""`certsvc sources`: how the connected sources stand, for whoever operates the machine."""

from typing import Annotated

import typer
from rich.table import Table

from api.cli.installation import installation, machine_operator
from api.cli.speaker import Speaker, both, speaker_of
from certsvc.clock import CHINA_TIME
from certsvc.db.migrate import require_current_schema
from certsvc.sources.health import SourceHealth, list_health
from certsvc.sources.health_rules import FAILURES, Call

app = typer.Typer(no_args_is_help=True)
SourceArgument = Annotated[
    str | None, typer.Argument(metavar="[SOURCE]", help=both("cli.sources.option.source"))
]
_COLUMNS = ("source", "name", "kind", "state", "success", "failure", "latency")


@app.command("list", help=both("cli.sources.list.help"))
def list_all(context: typer.Context) -> None:
    """List the sources and how they stand, from what every process of the installation asked."""
    speaker = speaker_of(context)
    with installation() as services:
        require_current_schema(services.database)
        with services.database.reading() as session:
            found = list_health(
                session, services.sources, actor=machine_operator(), now=services.clock.now()
            )
    if not found:
        speaker.say("cli.sources.none")
        return
    table = Table(box=None, pad_edge=False)
    for title in _COLUMNS:
        table.add_column(
            speaker.text(f"cli.sources.column.{title}"), overflow="fold", no_wrap=title == "source"
        )
    for health in found:
        table.add_row(*_cells(health, speaker))
    speaker.out.print(table)


@app.command("check", help=both("cli.sources.check.help"))
def check(context: typer.Context, source: SourceArgument = None) -> int:
    """Ask one source, or each, something harmless now; exit code 1 if one does not answer."""
    speaker = speaker_of(context)
    with installation() as services:
        require_current_schema(services.database)
        codes = [source] if source else [each.description.code for each in services.sources]
        calls = [services.sources.check(code, actor=machine_operator()) for code in codes]
    for call in calls:
        _tell(call, speaker)
    if not calls:
        speaker.say("cli.sources.none")
    return int(any(call.outcome in FAILURES for call in calls))


def _tell(call: Call, speaker: Speaker) -> None:
    speaker.say(
        "cli.sources.checked",
        source=call.source,
        result=speaker.text(f"sources.outcome.{call.outcome.value}"),
        duration=call.duration_ms,
    )


def _cells(health: SourceHealth, speaker: Speaker) -> list[str]:
    latency, failed_at = health.latency, health.last_failure_at
    failure = "-"
    if failed_at is not None and health.last_failure is not None:
        what = speaker.text(f"sources.outcome.{health.last_failure.value}")
        failure = f"{failed_at.astimezone(CHINA_TIME):%Y-%m-%d %H:%M} {what}"
    success = health.last_success_at
    states = {None: "never", True: "well", False: "failing"}
    return [
        health.code,
        health.name,
        speaker.text(f"word.source-kind.{health.kind}"),
        speaker.text(f"page.sources.state.{states[health.is_well]}"),
        f"{success.astimezone(CHINA_TIME):%Y-%m-%d %H:%M}" if success else "-",
        failure,
        f"{latency.half_ms} / {latency.most_ms} ms" if latency else "-",
    ]
