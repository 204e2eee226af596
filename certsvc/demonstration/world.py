"""Making the demonstration installation and running the main job on it.

Everything here can be run again: what is there is re-used, a copy as long as it is in force.
Whatever has a date follows from the clock, so that the demonstration is never out of date.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.bootstrap import Services
from certsvc.certificates.records import CertificateRecord
from certsvc.clock import CHINA_TIME
from certsvc.codes.holder import HolderCode
from certsvc.db.migrate import migrate
from certsvc.demonstration.district import (
    APPROVAL_BUREAU,
    POLICE,
    SOCIAL_INSURANCE,
    TALENT_MATTER,
    TEACHER_MATTER,
    register_district,
)
from certsvc.demonstration.people import make_residents
from certsvc.demonstration.pki import make_pki_and_seals
from certsvc.demonstration.reply import reply_of_the_day
from certsvc.demonstration.source_database import create_source_database, describe_sources
from certsvc.extraction.records import Extraction
from certsvc.extraction.rules import CopyState
from certsvc.extraction.service import state_of_copy
from certsvc.issuance.pipeline import IssuedCopy
from certsvc.issuance.records import Issuance
from certsvc.issuance.rules import IssuanceState, IssueRequest, Step
from certsvc.organisations.rules import Actor
from certsvc.organisations.service import staff_actor
from certsvc.settings import SETTINGS_FILE

_SETTINGS = """# Demonstration: stand-ins are allowed and announce themselves on every face.
mode = "demonstration"
"""
_CLERK = "clerk.wang"


def write_demonstration_settings(home: Path) -> None:
    """Write the settings of a demonstration installation, unless there are settings already."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / SETTINGS_FILE
    if not path.exists():
        path.write_text(_SETTINGS, encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class WorldStep:
    """One part of making the installation."""

    code: str
    """Code of its sentence in the message catalogue."""
    run: Callable[[], None]
    """Does it; harmless when done before."""


def world_steps(services: Services) -> Iterator[WorldStep]:
    """Yield the parts of the installation in order."""
    yield WorldStep(code="demonstration.database", run=lambda: migrate(services.database))
    yield WorldStep(code="demonstration.district", run=lambda: _register_district(services))
    yield WorldStep(code="demonstration.pki", run=lambda: _make_pki_and_seals(services))
    yield WorldStep(code="demonstration.sources", run=lambda: _connect_sources(services))


def _register_district(services: Services) -> None:
    with services.database.transaction() as session:
        register_district(session, services.packs, on=_today(services))


def _make_pki_and_seals(services: Services) -> None:
    with services.database.transaction() as session:
        make_pki_and_seals(session, services.settings.home, now=services.clock.now())


def _connect_sources(services: Services) -> None:
    home = services.settings.home
    database = home / "example-departments.db"
    create_source_database(database, day=_today(services))
    text = describe_sources(database, police_unit=POLICE, insurance_unit=SOCIAL_INSURANCE)
    (home / "sources.toml").write_text(text, encoding="utf-8")


def _today(services: Services) -> date:
    return services.clock.now().astimezone(CHINA_TIME).date()


@dataclass(frozen=True, kw_only=True)
class MainJob:
    """One certificate of the main job."""

    type_code: str
    """Certificate type."""
    issue: Callable[[Callable[[Step], None]], IssuedCopy]
    """Issues it, or returns the one that was issued before."""


def main_jobs(services: Services) -> list[MainJob]:
    """List the certificates of the main job: one of every pack, one by each route."""
    return [
        MainJob(
            type_code="no-criminal-record",
            issue=lambda listen: _by_verification(services, listen),
        ),
        MainJob(
            type_code="social-insurance",
            issue=lambda listen: _by_sharing(services, listen),
        ),
    ]


def _by_verification(services: Services, listen: Callable[[Step], None]) -> IssuedCopy:
    type_code = "no-criminal-record"
    with services.database.transaction() as session:
        clerk = staff_actor(session, _CLERK)
        key, reply_id = _find_in_force(session, type_code, clerk, services.clock.now())
        reply_id = reply_id or reply_of_the_day(session, services.packs, now=services.clock.now())
    request = IssueRequest(
        type_code=type_code,
        holder=HolderCode(value=make_residents()[0].identity_number),
        unit_code=APPROVAL_BUREAU,
        matter_code=TEACHER_MATTER,
        purpose="申请认定高级中学教师资格",
        idempotency_key=key,
        reply_id=reply_id,
    )
    return services.issuer.issue(request, actor=clerk, on_step=listen)


def _by_sharing(services: Services, listen: Callable[[Step], None]) -> IssuedCopy:
    type_code = "social-insurance"
    with services.database.transaction() as session:
        clerk = staff_actor(session, _CLERK)
        key, _ = _find_in_force(session, type_code, clerk, services.clock.now())
    request = IssueRequest(
        type_code=type_code,
        holder=HolderCode(value=make_residents()[0].identity_number),
        unit_code=APPROVAL_BUREAU,
        matter_code=TALENT_MATTER,
        purpose="申领人才住房补贴",
        idempotency_key=key,
    )
    return services.issuer.issue(request, actor=clerk, on_step=listen)


def _find_in_force(
    session: Session, type_code: str, clerk: Actor, now: datetime
) -> tuple[str, str | None]:
    """Return the key of the demonstration's copy that is in force, and what it rests on.

    Where there is none, the key is the day's own: the same day never issues twice, and a copy that
    expired or was revoked is not handed out again.
    """
    prefix = f"demonstration-{type_code}-"
    found = session.execute(
        select(Issuance.idempotency_key, CertificateRecord, Extraction)
        .join(CertificateRecord, CertificateRecord.id == Issuance.record_id)
        .join(Extraction, Extraction.copy_number == Issuance.copy_number)
        .where(
            Issuance.caller == clerk.id,
            Issuance.idempotency_key.startswith(prefix, autoescape=True),
            Issuance.state == IssuanceState.PUBLISHED.value,
        )
        .order_by(Issuance.started_at.desc(), Issuance.id.desc())
    ).all()
    for key, record, copy in found:
        if state_of_copy(copy, now) is CopyState.IN_FORCE:
            return str(key), str(record.evidence["source"])
    today = f"{prefix}{now.astimezone(CHINA_TIME).date().isoformat()}"
    # One of today that was revoked or withdrawn keeps its key; the next one gets another.
    taken = sum(str(key).startswith(today) for key, _, _ in found)
    return (f"{today}-{taken + 1}" if taken else today), None
