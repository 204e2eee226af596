"""Making the demonstration installation and running the main job on it.

Everything here can be run again: what is there is re-used.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from certsvc.bootstrap import Services
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
from certsvc.demonstration.seals import register_seals, seal_certificate_names
from certsvc.demonstration.source_database import create_source_database, describe_sources
from certsvc.inquiries.records import DepartmentReply
from certsvc.inquiries.service import ReplyContent, record_reply
from certsvc.issuance.pipeline import IssuedCopy
from certsvc.issuance.rules import IssueRequest, Step
from certsvc.organisations.rules import Actor
from certsvc.organisations.service import staff_actor
from certsvc.settings import SETTINGS_FILE
from keys.development import create_development_pki

_SETTINGS = """# Demonstration: stand-ins are allowed and announce themselves on every face.
mode = "demonstration"
"""


def write_demonstration_settings(home: Path) -> None:
    """Write the settings of a demonstration installation, unless there are settings already."""
    home.mkdir(parents=True, exist_ok=True)
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
    home = services.settings.home
    yield WorldStep(code="demonstration.database", run=lambda: migrate(services.database))
    yield WorldStep(code="demonstration.district", run=lambda: _register_district(services))
    yield WorldStep(code="demonstration.pki", run=lambda: _make_pki_and_seals(services))
    yield WorldStep(code="demonstration.sources", run=lambda: _connect_sources(home))


def _register_district(services: Services) -> None:
    with services.database.transaction() as session:
        register_district(session, services.packs)


def _make_pki_and_seals(services: Services) -> None:
    now, home = services.clock.now(), services.settings.home
    pki = create_development_pki(home / "pki", names=seal_certificate_names(), now=now)
    shutil.copyfile(pki.root_path, home / "trust.pem")
    with services.database.transaction() as session:
        register_seals(session, pki.seals, now=now)


def _connect_sources(home: Path) -> None:
    database = home / "example-departments.db"
    create_source_database(database)
    text = describe_sources(database, police_unit=POLICE, insurance_unit=SOCIAL_INSURANCE)
    (home / "sources.toml").write_text(text, encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class MainJob:
    """One certificate of the main job."""

    type_code: str
    """Certificate type."""
    issue: Callable[[Callable[[Step], None]], IssuedCopy]
    """Issues it, or returns the one that was issued before."""


def main_jobs(services: Services) -> list[MainJob]:
    """List the certificates of the main job: one of every pack, one by each route."""
    with services.database.transaction() as session:
        clerk = staff_actor(session, "clerk.wang")
    holder = HolderCode(value=make_residents()[0].identity_number)
    return [
        MainJob(
            type_code="no-criminal-record",
            issue=lambda listen: _by_verification(services, clerk, holder, listen),
        ),
        MainJob(
            type_code="social-insurance",
            issue=lambda listen: _by_sharing(services, clerk, holder, listen),
        ),
    ]


def _by_verification(
    services: Services, clerk: Actor, holder: HolderCode, listen: Callable[[Step], None]
) -> IssuedCopy:
    request = IssueRequest(
        type_code="no-criminal-record",
        holder=holder,
        unit_code=APPROVAL_BUREAU,
        matter_code=TEACHER_MATTER,
        purpose="申请认定高级中学教师资格",
        idempotency_key="demonstration-no-criminal-record",
        reply_id=_reply(services, holder),
    )
    return services.issuer.issue(request, actor=clerk, on_step=listen)


def _by_sharing(
    services: Services, clerk: Actor, holder: HolderCode, listen: Callable[[Step], None]
) -> IssuedCopy:
    request = IssueRequest(
        type_code="social-insurance",
        holder=holder,
        unit_code=APPROVAL_BUREAU,
        matter_code=TALENT_MATTER,
        purpose="申领人才住房补贴",
        idempotency_key="demonstration-social-insurance",
    )
    return services.issuer.issue(request, actor=clerk, on_step=listen)


def _reply(services: Services, holder: HolderCode) -> str:
    """Let the police's handler answer, once."""
    with services.database.transaction() as session:
        earlier = session.scalar(
            select(DepartmentReply.id)
            .where(DepartmentReply.holder_code == holder.value)
            .order_by(DepartmentReply.replied_at)
        )
        return earlier or record_reply(
            session,
            content=_reply_content(holder),
            actor=staff_actor(session, "handler.li"),
            now=services.clock.now(),
        )


def _reply_content(holder: HolderCode) -> ReplyContent:
    resident = make_residents()[0]
    return ReplyContent(
        type_code="no-criminal-record",
        holder=holder,
        holder_name=resident.name,
        fields={
            "name": resident.name,
            "sex": resident.sex,
            "birth_on": resident.born_on.isoformat(),
            "id_type": "居民身份证",
            "id_number": resident.identity_number,
            "period_from_on": "2006-03-07",
            "period_to_on": "2026-11-20",
            "result": "未发现有犯罪记录",
        },
        basis="刑事案件档案室人工核查（演示）",
    )
