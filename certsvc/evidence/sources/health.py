"""Health of the sources, from the stored calls of all processes and this process's state.

- Success, failure and latency are of the whole installation; breaker and calls under way are of
  the process that is asked (docs/decisions/source-health.md).
- Addresses, queries and everything secret of a source stay out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.types.records import CertificateType
from certsvc.evidence.sources.guards import GuardedSource
from certsvc.evidence.sources.health_rules import (
    FAILURES,
    MOST_CALLS,
    WINDOW,
    Call,
    CallPurpose,
    Latency,
    Outcome,
    latency_of,
)
from certsvc.evidence.sources.records import SourceCall
from certsvc.foundation.net.breakers import BreakerState
from certsvc.people.rights.rules import Actor, Permission, require
from certsvc.people.units.records import Unit


@dataclass(frozen=True, kw_only=True)
class VouchedType:
    """A certificate type that a source vouches for."""

    code: str
    """Short name."""
    name: str
    """Its name; the code, where the catalogue has no such type."""
    name_en: str | None
    """Its English name."""


@dataclass(frozen=True, kw_only=True)
class SourceHealth:
    """Health of one source."""

    code: str
    """Short name."""
    name: str
    """Display name."""
    kind: str
    """`sql`, `http` or `file`."""
    unit_code: str
    """Whose records it holds."""
    unit_name: str
    """Its name; the code, where the register has no such unit."""
    types: tuple[VouchedType, ...]
    """Certificate types it vouches for."""
    last_success_at: datetime | None
    """When it last answered."""
    last_failure_at: datetime | None
    """When it last did not."""
    last_failure: Outcome | None
    """Outcome of that call."""
    last_check: Call | None
    """Last check that somebody asked for."""
    calls: tuple[Call, ...]
    """Calls of the window, the oldest first."""
    latency: Latency | None
    """How long they took; None if there were none."""
    breaker: BreakerState
    """Whether it is asked, in this process."""
    under_way: int
    """Questions under way, in this process."""
    at_once: int
    """How many may be."""

    @property
    def is_well(self) -> bool | None:
        """Whether its last call was answered; None if it was never asked."""
        if self.last_success_at is None and self.last_failure_at is None:
            return None
        if self.last_failure_at is None:
            return True
        return self.last_success_at is not None and self.last_success_at > self.last_failure_at

    @property
    def failures(self) -> int:
        """How many calls of the window it was at fault for."""
        return sum(call.outcome in FAILURES for call in self.calls)


def list_health(
    session: Session, sources: Iterable[GuardedSource], *, actor: Actor, now: datetime
) -> list[SourceHealth]:
    """Return the health of every source.

    Raises:
        PermissionDeniedError: the actor may not see the sources.
    """
    require(actor, Permission.READ_SOURCES)
    units = {row.code: row.name for row in session.execute(select(Unit.code, Unit.name))}
    types = {each.code: each for each in session.scalars(select(CertificateType))}
    return [_health(session, source, units, types, now) for source in sources]


def _health(
    session: Session,
    source: GuardedSource,
    units: dict[str, str],
    types: Mapping[str, CertificateType],
    now: datetime,
) -> SourceHealth:
    description = source.description
    calls = _last_calls(session, description.code, now)
    last_check = _last(session, description.code, purpose=CallPurpose.CHECK)
    last_failure = _last(session, description.code, outcomes=FAILURES)
    last_success = _last(session, description.code, outcomes=set(Outcome) - FAILURES)
    return SourceHealth(
        code=description.code,
        name=description.name,
        kind=description.kind,
        unit_code=description.unit,
        unit_name=units.get(description.unit, description.unit),
        types=tuple(_vouched(code, types.get(code)) for code in description.types),
        last_success_at=last_success.at if last_success else None,
        last_failure_at=last_failure.at if last_failure else None,
        last_failure=last_failure.outcome if last_failure else None,
        last_check=last_check,
        calls=calls,
        latency=latency_of([call.duration_ms for call in calls]),
        breaker=source.breaker_state,
        under_way=source.under_way,
        at_once=description.limits.at_once,
    )


def _vouched(code: str, kind: CertificateType | None) -> VouchedType:
    if kind is None:
        return VouchedType(code=code, name=code, name_en=None)
    return VouchedType(code=code, name=kind.name, name_en=kind.name_en)


def _last_calls(session: Session, source: str, now: datetime) -> tuple[Call, ...]:
    found = session.scalars(
        select(SourceCall)
        .where(SourceCall.source == source, SourceCall.at > now - WINDOW)
        .order_by(SourceCall.at.desc(), SourceCall.id.desc())
        .limit(MOST_CALLS)
    )
    return tuple(reversed([_call(each) for each in found]))


def _last(
    session: Session,
    source: str,
    *,
    purpose: CallPurpose | None = None,
    outcomes: Iterable[Outcome] = tuple(Outcome),
) -> Call | None:
    wanted = select(SourceCall).where(
        SourceCall.source == source,
        SourceCall.outcome.in_([outcome.value for outcome in outcomes]),
    )
    if purpose is not None:
        wanted = wanted.where(SourceCall.purpose == purpose.value)
    newest = wanted.order_by(SourceCall.at.desc(), SourceCall.id.desc()).limit(1)
    found = session.scalar(newest)
    return _call(found) if found is not None else None


def _call(stored: SourceCall) -> Call:
    return Call(
        source=stored.source,
        purpose=CallPurpose(stored.purpose),
        outcome=Outcome(stored.outcome),
        duration_ms=stored.duration_ms,
        at=stored.at,
    )
