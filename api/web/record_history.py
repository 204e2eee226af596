"""What happened to a record, as its reader may see it: changes, and withdrawals of copies."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from certsvc.certificates.extraction.record_cards import RecordCard
from certsvc.people.clients.names import names_of_actors


@dataclass(frozen=True, kw_only=True)
class HistoryLine:
    """One thing that happened."""

    title: str
    """Code of what was done."""
    state: str
    """Code of how that left the record, or the copy."""
    tone: str
    """`good`, `warn` or `bad`."""
    reason_code: str | None
    """Class of the reason; None for the issuing."""
    reason: str | None = field(repr=False)
    """The reason; None for readers of other units."""
    since: datetime
    """Since when it counts."""
    recorded_at: datetime
    """When it was decided."""
    people: Sequence[str]
    """Who decided; empty for readers of other units."""
    copy_number: str = ""
    """The copy that it is about, if it is not the whole record."""


_TONES = {"issued": "good", "suspended": "warn"}


def history_of(session: Session, card: RecordCard) -> list[HistoryLine]:
    """Return what happened, the last first."""
    named = [each for line in card.history for each in (line.operator, line.approved_by) if each]
    named += [copy.withdrawal.operator for copy in card.copies if copy.withdrawal]
    names = names_of_actors(session, named)
    lines = [
        HistoryLine(
            title=f"word.record_action.{line.action}",
            state=f"word.record_state.{line.state_after}",
            tone=_TONES.get(line.state_after, "bad"),
            reason_code=line.reason_code if line.action != "issue" else None,
            reason=line.reason,
            since=line.effective_at,
            recorded_at=line.recorded_at,
            people=[names[each] for each in (line.operator, line.approved_by) if each],
        )
        for line in card.history
    ]
    lines += [
        HistoryLine(
            title="page.record.withdrawn",
            state="state.withdrawn",
            tone="bad",
            reason_code=copy.withdrawal.reason_code,
            reason=copy.withdrawal.reason if copy.is_own else None,
            since=copy.withdrawal.withdrawn_at,
            recorded_at=copy.withdrawal.withdrawn_at,
            people=[names[copy.withdrawal.operator]] if copy.is_own else [copy.extracting_unit],
            copy_number=copy.copy_number,
        )
        for copy in card.copies
        if copy.withdrawal
    ]
    return sorted(lines, key=lambda line: line.recorded_at, reverse=True)
