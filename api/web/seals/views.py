"""What the custodians' pages show of seals and their changes, made from the register's views.

- A picture that cannot be drawn leaves its place empty; the page with everything else stays.
- Whoever may not decide on a proposal is told why; the services decide it once more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from api.shared.views.seal_labels import SealLabels
from api.shared.views.whole_changes import TrialResult, WholePart, trial_result, whole_parts
from api.web.visits import Visit
from certsvc.bootstrap import Services
from certsvc.foundation.approvals.rules import ProposalUnknownError
from certsvc.people.rights.rules import Actor, Permission, may
from certsvc.sealing.register.history import find_version_at, list_versions
from certsvc.sealing.register.records import Seal, SealChange, SealVersion
from certsvc.sealing.register.rules import SEAL_LIFE, SealAction, SealState
from certsvc.sealing.register.versions import (
    content_of,
    scope_of,
    values_of,
)
from certsvc.sealing.register.views import ChangeLine, SealCard, get_seal_card, list_seals
from signing.errors import SigningError
from signing.images.drawings import SealImage

WARN_BEFORE = timedelta(days=30)
"""How long before the system stops a seal its custodians are warned of it."""

PLAIN_ACTIONS = (
    SealAction.MAKE,
    SealAction.FILE,
    SealAction.ENABLE,
    SealAction.STOP,
    SealAction.CANCEL,
)
"""Changes that need nothing but a reason."""

_PICTURED = frozenset(
    {
        "rim_text",
        "bottom_text",
        "second_line",
        "rim_number",
        "has_star",
        "uploaded_image",
        "diameter_mm",
    }
)


@dataclass(frozen=True, kw_only=True)
class SealRow:
    """A seal in the list."""

    card: SealCard
    """Its card."""
    picture: Markup | None
    """Its image; None if it cannot be drawn."""
    days_left: int
    """Whole days until its signing certificate ends; negative once it has ended."""
    is_ending: bool
    """Whether the end is so near that somebody must see to it."""


@dataclass(frozen=True, kw_only=True)
class AlteredEntry:
    """What a proposal alters."""

    name: str
    """Entry of the version."""
    before: str | None
    """Value before; None where there was nothing."""
    after: str
    """What it becomes."""


@dataclass(frozen=True, kw_only=True)
class ChangePage:
    """A proposal, as its approver sees it."""

    line: ChangeLine
    """What the history says of it."""
    card: SealCard
    """The seal as it stands."""
    entries: tuple[AlteredEntry, ...]
    """Sentence that says what the change alters."""
    picture_before: Markup | None
    """Image in force; None if the image stays, or there was none."""
    picture_after: Markup | None
    """Image that it brings; None if the image stays."""
    parts: tuple[WholePart, ...]
    """All that would take effect, or took effect."""
    picture: Markup | None
    """Image that the seal would be used with; None if it cannot be drawn."""
    trial: TrialResult | None
    """What came of trying the key; None if it needs no trial."""
    shown: str
    """Digest of all that would take effect; an approval gives it back."""
    hindrance: str | None
    """Why the actor cannot decide on it; None: they can."""
    may_withdraw: bool
    """Whether the actor can take it back."""


@dataclass(frozen=True, kw_only=True)
class PastVersion:
    """A version of a seal."""

    change: ChangeLine
    """Change that brought it."""
    picture: Markup | None
    """Its image; None where it is the same as in the version after it, or cannot be drawn."""
    certificate: str
    """Description of its signing certificate."""
    scope: tuple[tuple[str, str], ...]
    """Scope: entry and text."""


def draw(services: Services, source: Seal | SealVersion) -> Markup | None:
    """Draw the image of a seal or of a version; None if that cannot be done."""
    seal = source if isinstance(source, Seal) else Seal(id=source.seal_id, **content_of(source))
    try:
        image = services.seal_credentials.draw(seal)
    except SigningError:
        return None
    return _as_markup(image)


def _as_markup(image: SealImage | None) -> Markup | None:
    # Outlines or pixels written out by the service itself; no text of anybody's.
    return Markup(image.to_svg()) if image else None  # noqa: S704  see above


def seal_row(services: Services, card: SealCard, now: datetime) -> SealRow:
    """Return the state of a seal as the list shows it."""
    return SealRow(
        card=card,
        picture=draw(services, card.seal),
        days_left=(card.line.certificate_ends_at - now).days,
        is_ending=now >= card.stops_at - WARN_BEFORE and card.line.state != SealState.CANCELLED,
    )


def list_rows(visit: Visit, session: Session) -> list[SealRow]:
    """List the seals of the actor's unit, those that were cancelled last.

    Raises:
        PermissionDeniedError: the actor may not read the register.
    """
    now = visit.now
    lines = list_seals(session, actor=visit.actor, now=now)
    rows = [
        seal_row(visit.services, get_seal_card(session, line.id, actor=visit.actor, now=now), now)
        for line in lines
    ]
    return sorted(rows, key=lambda row: row.card.line.state == SealState.CANCELLED)


def get_change_page(
    visit: Visit, session: Session, change_id: int, labels: SealLabels
) -> ChangePage:
    """Return a change of a seal of the actor's unit.

    Raises:
        PermissionDeniedError: the actor may not read the register.
        ProposalUnknownError: there is no such change.
        ForeignUnitError: the seal is another unit's.
    """
    change, now = session.get(SealChange, change_id), visit.now
    if change is None:
        raise ProposalUnknownError
    card = get_seal_card(session, change.seal_id, actor=visit.actor, now=now)
    line = next(each for each in card.history if each.id == change_id)
    whole = visit.services.change_desk.reader.read(session, change_id)
    after = session.get(SealVersion, change_id)
    before = _version_before(session, change) if after else None
    entries = _altered(before, after) if after else []
    is_pictured = any(name in _PICTURED for name, _, _ in entries)
    return ChangePage(
        line=line,
        card=card,
        entries=tuple(
            AlteredEntry(
                name=name,
                before=labels.entry(name, old) if before else None,
                after=labels.entry(name, new),
            )
            for name, old, new in entries
        ),
        picture_before=draw(visit.services, before) if before and is_pictured else None,
        picture_after=draw(visit.services, after) if after and is_pictured else None,
        parts=whole_parts(whole, labels),
        picture=_as_markup(whole.image),
        trial=trial_result(whole, labels),
        shown=whole.digest,
        hindrance=_hindrance(line, change, visit.actor),
        may_withdraw=line.outcome == "waiting"
        and line.proposed_by == visit.actor.id
        and may(visit.actor, Permission.PROPOSE_SEAL_CHANGE),
    )


def list_past_versions(
    services: Services, versions: list[SealVersion], card: SealCard, labels: SealLabels
) -> list[PastVersion]:
    """Return versions, the last one first, each image once."""
    changes = {change.id: change for change in card.history}
    past: list[PastVersion] = []
    later: Mapping[str, Any] = {}
    for version in versions:
        content = content_of(version)
        is_new = any(content[name] != later.get(name, ...) for name in _PICTURED)
        past.append(
            PastVersion(
                change=changes[version.change_id],
                picture=draw(services, version) if is_new else None,
                certificate=labels.entry("certificate_chain_pem", version.certificate_chain_pem),
                scope=tuple(
                    (name, labels.entry(name, value))
                    for name, value in vars(scope_of(version)).items()
                ),
            )
        )
        later = content
    return past


def permitted_actions(state: str) -> list[SealAction]:
    """Return the changes without content that a state permits."""
    known = None if state == "none" else SealState(state)
    return [action for action in PLAIN_ACTIONS if (known, action) in SEAL_LIFE]


def is_permitted(action: SealAction, state: str) -> bool:
    """Tell whether a state permits a change."""
    return state != "none" and (SealState(state), action) in SEAL_LIFE


def _version_before(session: Session, change: SealChange) -> SealVersion | None:
    """Return what was in force before a change; instants may coincide, the order does not."""
    if change.took_effect is None:
        return find_version_at(session, change.seal_id, change.proposed_at)
    versions = list_versions(session, change.seal_id)
    earlier = [each.change_id for each in versions].index(change.id) + 1
    return versions[earlier] if earlier < len(versions) else None


def _altered(before: SealVersion | None, after: SealVersion) -> list[tuple[str, object, object]]:
    old, new = values_of(before) if before else {}, values_of(after)
    return [(name, old.get(name), new[name]) for name in new if old.get(name, ...) != new[name]]


def _hindrance(line: ChangeLine, change: SealChange, actor: Actor) -> str | None:
    if line.outcome != "waiting":
        return line.outcome
    if change.proposed_by == actor.id:
        return "own"
    if change.proposed_person == actor.person_id:
        return "same-person"
    return None if may(actor, Permission.APPROVE_SEAL_CHANGE) else "no-right"
