"""Certificate records as lines of text for the terminal."""

from collections.abc import Iterator

from api.cli.console import Console
from certsvc.certificates.extraction.record_cards import ChangeLine, RecordCard
from certsvc.foundation.clock import rfc3339


def record_lines(card: RecordCard, console: Console) -> Iterator[str]:
    """Yield the card of a record."""
    record = card.record
    yield console.text(
        "cli.records.card.head",
        type=record.certificate_type.name,
        type_en=record.certificate_type.name_en or "",
        identifier=record.identifier,
    )
    yield console.text("cli.records.card.holder", name=card.holder_name, code=card.holder_code)
    yield console.text("cli.records.card.unit", unit=record.certificate_type.producing_unit.name)
    yield console.text(
        "cli.records.card.state",
        record_state=card.state.value if card.state else "none",
        at=rfc3339(card.asked_at),
        until=record.valid_until.isoformat(),
    )
    if card.replaces:
        yield console.text("cli.records.card.replaces", identifier=card.replaces)
    if card.superseded_by:
        yield console.text("cli.records.card.superseded-by", identifier=card.superseded_by)
    yield console.text("cli.records.card.history")
    for change in card.history:
        yield _change_line(change, console)
    for copy in card.copies:
        yield console.text(
            "cli.records.card.copy",
            copy=copy.copy_number,
            unit=copy.extracting_unit,
            copy_state=copy.state.value,
        )


def _change_line(change: ChangeLine, console: Console) -> str:
    who = (change.operator or "").removeprefix("staff:")
    return console.text(
        "cli.records.card.change",
        number=change.number,
        record_action=change.action,
        reason_code=change.reason_code,
        since=rfc3339(change.effective_at),
        recorded=rfc3339(change.recorded_at),
        reason=f" · {change.reason}" if change.reason else "",
        who=f" · {who}" if who else "",
    )
