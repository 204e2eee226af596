"""Seals, changes and uses as lines of text for the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from api.cli.console import Console
from api.shared.views.seal_labels import SealLabels
from api.shared.views.whole_changes import trial_result, whole_parts
from certsvc.foundation.clock import in_china, rfc3339
from certsvc.sealing.changes.shown_changes import ShownChange
from certsvc.sealing.register.scope_rules import SealScope
from certsvc.sealing.register.views import ChangeLine, SealCard, SealLine
from certsvc.sealing.uses.uses import ListedUse


def seal_table(lines: Sequence[SealLine], console: Console) -> Table:
    """Return seals as a table."""
    table = Table(box=None, pad_edge=False)
    for title in ("number", "name", "route", "state", "certificate", "uses"):
        # A number is copied from here, so it is never broken.
        table.add_column(
            console.text(f"cli.seals.column.{title}"), overflow="fold", no_wrap=title == "number"
        )
    for line in lines:
        table.add_row(
            line.id,
            line.name,
            console.text(f"word.route.{line.route}"),
            console.text(f"word.state.{line.state}"),
            f"{in_china(line.certificate_ends_at):%Y-%m-%d}",
            str(line.uses),
        )
    return table


def card_lines(card: SealCard, console: Console) -> Iterator[str]:
    """Yield the card of a seal."""
    line, scope = card.line, card.scope
    yield console.text("cli.seals.card.head", name=line.name, seal=line.id)
    yield console.text("cli.seals.card.owner", owner=card.owner_name, code=card.owner_code)
    yield console.text("cli.seals.card.route", route=line.route)
    since = rfc3339(card.since) if card.since else "-"
    yield console.text("cli.seals.card.state", state=line.state, since=since)
    yield console.text(
        "cli.seals.card.certificate",
        serial=f"{card.certificate.serial_number:x}",
        until=rfc3339(line.certificate_ends_at),
        stop=rfc3339(card.stops_at),
    )
    yield console.text("cli.seals.card.key", address=card.seal.key_uri)
    yield console.text(
        "cli.seals.card.uses",
        total=line.uses,
        total_limit=_limit(scope.total_limit, console),
        today=card.uses_today,
        daily_limit=_limit(scope.daily_limit, console),
    )
    yield from _scope_lines(scope, console)
    yield console.text("cli.seals.card.history")
    for change in card.history:
        yield from change_lines(change, console)


def change_lines(change: ChangeLine, console: Console) -> Iterator[str]:
    """Yield a change: what, why, by whom, and what it alters."""
    stopped = f"cli.seals.stop-reason-code.{change.reason}"
    yield console.text(
        "cli.seals.change.what",
        change=change.id,
        seal=change.seal_name,
        action=change.action,
        result=console.text(f"cli.seals.result.{change.outcome}"),
        why=console.text(stopped) if change.by_system else change.reason,
    )
    yield console.text(
        "cli.seals.change.proposed",
        who=_who(change.proposed_by, change.proposer_name, console),
        at=rfc3339(change.proposed_at),
    )
    if change.decided_at is not None:
        yield console.text(
            "cli.seals.change.decided",
            who=_who(str(change.decided_by), change.decider_name, console),
            at=rfc3339(change.decided_at),
        )
        if change.decision_reason:
            yield console.text("cli.seals.change.decision-reason", why=change.decision_reason)
    elif change.outcome == "waiting":
        yield console.text("cli.seals.change.until", at=rfc3339(change.expires_at))
    for entry, before, after in change.altered:
        yield console.text(
            "cli.seals.change.altered",
            entry=entry,
            before=_short(before, console),
            after=_short(after, console),
        )


def whole_lines(whole: ShownChange, labels: SealLabels) -> Iterator[str]:
    """Yield all that a change would make take effect."""
    yield labels.say("whole.title")
    for part in whole_parts(whole, labels):
        yield f"  {part.title}"
        for line in part.lines:
            yield labels.say("cli.seals.whole-line", {"label": line.label, "text": line.text})
    trial = trial_result(whole, labels)
    if trial is not None:
        yield f"  {labels.say('whole.trial')}"
        yield f"    {trial.text}"


def status_lines(answer: Mapping[str, Any], console: Console) -> Iterator[str]:
    """Yield what a signed answer says."""
    yield console.text(
        "cli.seals.status.valid" if answer["valid"] else "cli.seals.status.not-valid",
        seal=answer["name"],
        at=answer["at"],
        state=answer["state"],
    )
    if answer["certificate"]:
        yield console.text(
            "cli.seals.status.certificate",
            serial=answer["certificate"]["serial"],
            since=answer["certificate"]["not_before"],
            until=answer["certificate"]["not_after"],
        )


def use_lines(use: ListedUse, console: Console) -> Iterator[str]:
    """Yield a use as a few lines that fit a terminal of 80 columns; a file holds every column."""
    yield console.text(
        "cli.seals.use-line.head",
        number=use.number,
        at=f"{in_china(use.at):%Y-%m-%d %H:%M:%S}",
        outcome=console.text(f"cli.seals.outcome.{use.outcome}"),
        seal=use.seal_id,
    )
    operator = _who(use.operator, use.operator_name, console)
    yield console.text("cli.seals.use-line.who", unit=use.unit_name, operator=operator)
    yield console.text(
        "cli.seals.use-line.what",
        type_name=use.type_name,
        type_name_en=use.type_name_en or "",
        copy=use.copy_number,
    )


def _scope_lines(scope: SealScope, console: Console) -> Iterator[str]:
    anything = console.text("cli.seals.any")
    yield console.text(
        "cli.seals.card.scope",
        types="、".join(sorted(scope.type_codes)) or anything,
        units="、".join(sorted(scope.unit_codes)) or anything,
        hours=scope.service_hours or anything,
    )


def _limit(limit: int | None, console: Console) -> str:
    return str(limit) if limit is not None else console.text("cli.seals.any")


def _who(account: str, name: str, console: Console) -> str:
    if account == "system":
        return console.text("cli.seals.system")
    return f"{name} ({account.removeprefix('staff:')})" if name else account


def _short(value: object, console: Console) -> str:
    if value is None or value in ("", frozenset()):
        return console.text("cli.seals.none-given")
    if isinstance(value, bytes) or "-----BEGIN" in str(value):
        return console.text("cli.seals.a-file")
    if isinstance(value, frozenset):
        return "、".join(sorted(value))
    return str(value)
