"""Queries of the log of uses (用印记录): who used which seal for what, when, and the outcome.

- A use is an authorisation: it is listed from the moment its intent is on record, also while it
  is open and where a process died before it sealed anything.
- A custodian reads the uses of the seals of their own unit; taking them out of the house is
  itself on record.
- Nothing here writes, deletes or changes a use; the database would refuse it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from certsvc.catalogue.types.records import CertificateType
from certsvc.foundation.db.lists import SqlList
from certsvc.foundation.db.paging import Page, PageRequest
from certsvc.foundation.events.recording import record
from certsvc.people.accounts.records import StaffMember
from certsvc.people.rights.rules import Actor, Permission, require
from certsvc.people.units.records import Unit
from certsvc.sealing.register.records import Seal, SealAuthorisation, SealUse, SealVersion
from certsvc.sealing.register.scope_rules import OFFICE_HOURS, ServiceHours
from certsvc.sealing.uses.events import UsesExported

_AT_A_TIME = 1000
"""Uses in memory at once when hours are looked at."""


@dataclass(frozen=True, kw_only=True)
class UseSearch:
    """Search criteria; None or empty: anything."""

    seal_id: str | None = None
    """Number of the seal."""
    since_at: datetime | None = None
    """First instant."""
    until_at: datetime | None = None
    """The instant after the last."""
    operator: str | None = None
    """Actor, as it is recorded: `staff:clerk.wang`."""
    unit_code: str | None = None
    """Extracting unit."""
    copy_number: str | None = None
    """Number of the copy."""


@dataclass(frozen=True, kw_only=True)
class ListedUse:
    """One use of a seal, with its present outcome."""

    seal_id: str
    """Number of the seal."""
    seal_name: str
    """Its name."""
    number: int
    """Which use of the seal it was."""
    at: datetime
    """When the intent was recorded."""
    outcome: str
    """`sealed`, `abandoned`, or `open`."""
    ended_at: datetime | None
    """When it was sealed or abandoned."""
    operator: str
    """Who asked for it."""
    operator_name: str
    """Name of whoever has the account now; empty if nobody of the staff has."""
    unit_code: str
    """Extracting unit."""
    unit_name: str
    """Its name."""
    identifier: str
    """证照标识 of the certificate record."""
    type_code: str
    """Certificate type."""
    type_name: str
    """Its name."""
    type_name_en: str | None
    """Its English name."""
    copy_number: str
    """Number of the copy."""
    certificate_sha256: str
    """Fingerprint of the signing certificate."""
    document_sha256: str
    """Digest of the rendered document."""
    sealed_sha256: str | None
    """Digest of the sealed file, where one was made."""
    authorisation_id: str
    """Authorisation that permitted it."""


def find_uses(
    session: Session, search: UseSearch, *, actor: Actor, most: int | None = None
) -> list[ListedUse]:
    """List uses of the seals of the actor's unit, the last first.

    Args:
        session: Transaction.
        search: What to look for.
        actor: Who asks.
        most: How many at most; all of them if not set.

    Raises:
        PermissionDeniedError: the actor may not read the register.
    """
    require(actor, Permission.READ_SEALS)
    return [_listed(row) for row in session.execute(_select(search, actor).limit(most))]


def page_uses(
    session: Session, search: UseSearch, *, page: PageRequest, actor: Actor
) -> Page[ListedUse]:
    """List uses page by page, the last first if nobody says how.

    Raises:
        PermissionDeniedError: the actor may not read the register.
        InvalidInputError: the page is none of this list (`SqlList.take`).
    """
    require(actor, Permission.READ_SEALS)
    intended = aliased(SealUse)
    known = SqlList(
        name=f"uses of {actor.unit_code} {search}",
        sorts={"at": (intended.at,), "unit": (intended.unit_code, intended.at)},
        key=(intended.id,),
        usual="-at",
    )
    found = known.take(session, _matching(search, actor, intended), page)
    return Page(items=[_listed(row) for row in found.items], next=found.next)


def count_uses(session: Session, search: UseSearch, *, actor: Actor) -> int:
    """Count the uses that a search finds.

    Raises:
        PermissionDeniedError: the actor may not read the register.
    """
    require(actor, Permission.READ_SEALS)
    intended = aliased(SealUse)
    rows = (
        select(func.count())
        .select_from(intended)
        .join(Seal, Seal.id == intended.seal_id)
        .where(*_conditions(search, actor, intended))
    )
    return session.scalars(rows).one()


def are_outside_hours(
    session: Session, uses: Sequence[ListedUse], *, actor: Actor
) -> frozenset[str]:
    """Return the authorisations of those uses that were outside their seal's hours of then.

    Raises:
        PermissionDeniedError: the actor may not read the register.
    """
    require(actor, Permission.READ_SEALS)
    at = {use.authorisation_id: use.at for use in uses}
    rows = session.execute(
        select(SealAuthorisation.id, SealVersion)
        .join(SealVersion, SealVersion.change_id == SealAuthorisation.version_id)
        .where(SealAuthorisation.id.in_(at))
    )
    return frozenset(
        name for name, version in rows if not _hours_of(version, None).include(at[name])
    )


def find_uses_outside_hours(
    session: Session, search: UseSearch, *, actor: Actor, hours: ServiceHours | None = None
) -> list[ListedUse]:
    """List uses outside given hours; without any, outside the seal's own of then, or office hours.

    Public holidays are not known here: a weekday is a weekday.

    Raises:
        PermissionDeniedError: the actor may not read the register.
    """
    require(actor, Permission.READ_SEALS)
    rows = session.execute(_select(search, actor).execution_options(yield_per=_AT_A_TIME))
    return [_listed(row) for row in rows if not _hours_of(row[4], hours).include(row[0].at)]


def record_export(
    session: Session, search: UseSearch, uses: Sequence[ListedUse], *, actor: Actor, now: datetime
) -> None:
    """Let the log say who took which uses out of the house.

    Raises:
        PermissionDeniedError: the actor may not read the register.
    """
    require(actor, Permission.READ_SEALS)
    # The seal's number is unchecked input; only numbers of existing seals are recorded.
    seal = search.seal_id and session.get(Seal, search.seal_id)
    exported = UsesExported(subject=seal.id if seal else "-", count=len(uses))
    record(session, exported, actor=actor.id, now=now)


def units_with_uses(session: Session, seal_id: str) -> list[tuple[str, str]]:
    """Return code and name of the units that had something sealed with a seal, by name.

    From one unit to the next in the index: a seal has far more uses than there are units.
    """
    next_one = select(func.min(SealUse.unit_code)).where(SealUse.seal_id == seal_id)
    used = next_one.cte("used", recursive=True)
    code = used.c[0]
    after = next_one.where(SealUse.unit_code > code).correlate(used).scalar_subquery()
    used = used.union_all(select(after).where(code.is_not(None)))
    units = select(Unit.code, Unit.name).join(used, used.c[0] == Unit.code).order_by(Unit.name)
    return [(code, name) for code, name in session.execute(units)]


_Row = tuple[
    SealUse,
    SealUse | None,
    SealAuthorisation,
    str,
    SealVersion,
    str,
    str,
    str | None,
    str | None,
]


def _select(search: UseSearch, actor: Actor) -> Select[*_Row]:
    intended = aliased(SealUse)
    query = _matching(search, actor, intended)
    return query.order_by(intended.at.desc(), intended.id.desc())


def _matching(search: UseSearch, actor: Actor, intended: type[SealUse]) -> Select[*_Row]:
    ended = aliased(SealUse)
    same = (ended.authorisation_id == intended.authorisation_id) & (ended.event != "intended")
    query = (
        select(
            intended,
            ended,
            SealAuthorisation,
            Unit.name,
            SealVersion,
            Seal.name,
            CertificateType.name,
            CertificateType.name_en,
            StaffMember.name,
        )
        .join(SealAuthorisation, SealAuthorisation.id == intended.authorisation_id)
        .join(SealVersion, SealVersion.change_id == SealAuthorisation.version_id)
        .join(Seal, Seal.id == intended.seal_id)
        .join(Unit, Unit.code == intended.unit_code)
        .join(CertificateType, CertificateType.code == SealAuthorisation.type_code)
        .join(StaffMember, intended.operator == "staff:" + StaffMember.login, isouter=True)
        .join(ended, same, isouter=True)
    )
    return query.where(*_conditions(search, actor, intended))


def _conditions(
    search: UseSearch, actor: Actor, intended: type[SealUse]
) -> list[ColumnElement[bool]]:
    found = [intended.event == "intended", Seal.owner_unit_code == actor.unit_code]
    for column, wanted in (
        (intended.seal_id, search.seal_id),
        (intended.operator, search.operator),
        (intended.unit_code, search.unit_code),
        (intended.copy_number, search.copy_number),
    ):
        if wanted:
            found.append(column == wanted)
    if search.since_at is not None:
        found.append(intended.at >= search.since_at)
    if search.until_at is not None:
        found.append(intended.at < search.until_at)
    return found


def _hours_of(version: SealVersion, hours: ServiceHours | None) -> ServiceHours:
    return hours or ServiceHours.parse(version.service_hours or OFFICE_HOURS)


def _listed(row: Row[*_Row]) -> ListedUse:
    intended, ended, authorisation, unit_name, _, seal_name = row[:6]
    type_name, type_name_en, operator_name = row[6:]
    return ListedUse(
        seal_id=intended.seal_id,
        seal_name=seal_name,
        number=authorisation.number,
        at=intended.at,
        outcome=ended.event if ended else "open",
        ended_at=ended.at if ended else None,
        operator=intended.operator,
        operator_name=operator_name or "",
        unit_code=intended.unit_code,
        unit_name=unit_name,
        identifier=intended.identifier,
        type_code=authorisation.type_code,
        type_name=type_name,
        type_name_en=type_name_en,
        copy_number=intended.copy_number,
        certificate_sha256=intended.certificate_sha256,
        document_sha256=authorisation.document_sha256,
        sealed_sha256=ended.sha256 if ended and ended.event == "sealed" else None,
        authorisation_id=authorisation.id,
    )
