"""Seals, changes and uses in the words of whoever runs the command."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from api.cli.speaker import Speaker
from api.seal_words import SealWords
from api.whole_changes import trial_words, whole_parts
from certsvc.clock import in_china, rfc3339
from certsvc.seals.scope_rules import SealScope
from certsvc.seals.shown_changes import ShownChange
from certsvc.seals.uses import ListedUse
from certsvc.seals.views import ChangeLine, SealCard, SealLine


def seal_table(lines: Sequence[SealLine], speaker: Speaker) -> Table:
    """Return seals as a table."""
    table = Table(box=None, pad_edge=False)
    for title in ("number", "name", "route", "state", "certificate", "uses"):
        # A number is copied from here, so it is never broken.
        table.add_column(
            speaker.text(f"cli.seals.column.{title}"), overflow="fold", no_wrap=title == "number"
        )
    for line in lines:
        table.add_row(
            line.id,
            line.name,
            speaker.text(f"word.route.{line.route}"),
            speaker.text(f"word.state.{line.state}"),
            f"{in_china(line.certificate_ends_at):%Y-%m-%d}",
            str(line.uses),
        )
    return table


def card_lines(card: SealCard, speaker: Speaker) -> Iterator[str]:
    """Yield the card of a seal."""
    line, scope = card.line, card.scope
    yield speaker.text("cli.seals.card.head", name=line.name, seal=line.id)
    yield speaker.text("cli.seals.card.owner", owner=card.owner_name, code=card.owner_code)
    yield speaker.text("cli.seals.card.route", route=line.route)
    since = rfc3339(card.since) if card.since else "-"
    yield speaker.text("cli.seals.card.state", state=line.state, since=since)
    yield speaker.text(
        "cli.seals.card.certificate",
        serial=f"{card.certificate.serial_number:x}",
        until=rfc3339(line.certificate_ends_at),
        stop=rfc3339(card.stops_at),
    )
    yield speaker.text("cli.seals.card.key", address=card.seal.key_uri)
    yield speaker.text(
        "cli.seals.card.uses",
        total=line.uses,
        total_limit=_limit(scope.total_limit, speaker),
        today=card.uses_today,
        daily_limit=_limit(scope.daily_limit, speaker),
    )
    yield from _scope_lines(scope, speaker)
    yield speaker.text("cli.seals.card.history")
    for change in card.history:
        yield from change_lines(change, speaker)


def change_lines(change: ChangeLine, speaker: Speaker) -> Iterator[str]:
    """Yield a change: what, why, by whom, and what it alters."""
    ground = f"cli.seals.ground.{change.reason}"
    yield speaker.text(
        "cli.seals.change.what",
        change=change.id,
        seal=change.seal_name,
        action=change.action,
        result=speaker.text(f"cli.seals.result.{change.outcome}"),
        why=speaker.text(ground) if change.by_system else change.reason,
    )
    yield speaker.text(
        "cli.seals.change.proposed",
        who=_who(change.proposed_by, change.proposer_name, speaker),
        at=rfc3339(change.proposed_at),
    )
    if change.decided_at is not None:
        yield speaker.text(
            "cli.seals.change.decided",
            who=_who(str(change.decided_by), change.decider_name, speaker),
            at=rfc3339(change.decided_at),
        )
        if change.decision_reason:
            yield speaker.text("cli.seals.change.decision-reason", why=change.decision_reason)
    elif change.outcome == "waiting":
        yield speaker.text("cli.seals.change.until", at=rfc3339(change.expires_at))
    for entry, before, after in change.altered:
        yield speaker.text(
            "cli.seals.change.altered",
            entry=entry,
            before=_short(before, speaker),
            after=_short(after, speaker),
        )


def whole_lines(whole: ShownChange, words: SealWords) -> Iterator[str]:
    """Yield all that a change would make take effect."""
    yield words.say("whole.title")
    for part in whole_parts(whole, words):
        yield f"  {part.title}"
        for line in part.lines:
            yield words.say("cli.seals.whole-line", {"label": line.label, "text": line.text})
    trial = trial_words(whole, words)
    if trial is not None:
        yield f"  {words.say('whole.trial')}"
        yield f"    {trial.text}"


def status_lines(answer: Mapping[str, Any], speaker: Speaker) -> Iterator[str]:
    """Yield what a signed answer says."""
    yield speaker.text(
        "cli.seals.status.valid" if answer["valid"] else "cli.seals.status.not-valid",
        seal=answer["name"],
        at=answer["at"],
        state=answer["state"],
    )
    if answer["certificate"]:
        yield speaker.text(
            "cli.seals.status.certificate",
            serial=answer["certificate"]["serial"],
            since=answer["certificate"]["not_before"],
            until=answer["certificate"]["not_after"],
        )


def use_lines(use: ListedUse, speaker: Speaker) -> Iterator[str]:
    """Yield a use as a few lines that fit a terminal of 80 columns; a file holds every column."""
    yield speaker.text(
        "cli.seals.use-line.head",
        number=use.number,
        at=f"{in_china(use.at):%Y-%m-%d %H:%M:%S}",
        outcome=speaker.text(f"cli.seals.outcome.{use.outcome}"),
        seal=use.seal_id,
    )
    operator = _who(use.operator, use.operator_name, speaker)
    yield speaker.text("cli.seals.use-line.who", unit=use.unit_name, operator=operator)
    yield speaker.text("cli.seals.use-line.what", type_name=use.type_name, copy=use.copy_number)


def _scope_lines(scope: SealScope, speaker: Speaker) -> Iterator[str]:
    anything = speaker.text("cli.seals.any")
    yield speaker.text(
        "cli.seals.card.scope",
        types="、".join(sorted(scope.type_codes)) or anything,
        units="、".join(sorted(scope.unit_codes)) or anything,
        hours=scope.service_hours or anything,
    )


def _limit(limit: int | None, speaker: Speaker) -> str:
    return str(limit) if limit is not None else speaker.text("cli.seals.any")


def _who(account: str, name: str, speaker: Speaker) -> str:
    if account == "system":
        return speaker.text("cli.seals.system")
    return f"{name} ({account.removeprefix('staff:')})" if name else account


def _short(value: object, speaker: Speaker) -> str:
    if value is None or value in ("", frozenset()):
        return speaker.text("cli.seals.none-given")
    if isinstance(value, bytes) or "-----BEGIN" in str(value):
        return speaker.text("cli.seals.a-file")
    if isinstance(value, frozenset):
        return "、".join(sorted(value))
    return str(value)
