"""`certsvc sources`: how the connected sources stand, for whoever operates the machine."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from api.cli.installation import installation, machine_operator
from api.cli.speaker import Speaker, both, speaker_of
from certsvc.clock import in_china
from certsvc.db.migrate import require_current_schema
from certsvc.sources.health import SourceHealth, list_health
from certsvc.sources.health_rules import FAILURES, Call

app = typer.Typer(no_args_is_help=True)
SourceArgument = Annotated[
    str | None, typer.Argument(metavar="[SOURCE]", help=both("cli.sources.option.source"))
]


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
    for health in found:
        for line in _lines(health, speaker):
            speaker.out.print(line)


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


def _lines(health: SourceHealth, speaker: Speaker) -> Iterator[str]:
    states = {None: "never", True: "well", False: "failing"}
    yield speaker.text(
        "cli.sources.line",
        source=health.code,
        name=health.name,
        kind=speaker.text(f"word.source-kind.{health.kind}"),
        state=speaker.text(f"page.sources.state.{states[health.is_well]}"),
    )
    if health.last_success_at is not None:
        yield speaker.text("cli.sources.line.success", at=_shown(health.last_success_at))
    if health.last_failure_at is not None and health.last_failure is not None:
        yield speaker.text(
            "cli.sources.line.failure",
            at=_shown(health.last_failure_at),
            what=speaker.text(f"sources.outcome.{health.last_failure.value}"),
        )
    if health.latency is not None:
        yield speaker.text(
            "cli.sources.line.latency",
            count=len(health.calls),
            half=health.latency.half_ms,
            most=health.latency.most_ms,
        )


def _shown(at: datetime) -> str:
    return f"{in_china(at):%Y-%m-%d %H:%M}"
