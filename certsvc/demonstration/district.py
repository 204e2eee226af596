"""The fictional district: its units, people, matters and use list."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from certsvc.catalogue.records import CertificateType, Matter, UseListEntry
from certsvc.codes.credit_code import credit_code_check_character
from certsvc.codes.holder import HolderCode
from certsvc.demonstration.people import AREA_CODE, make_residents
from certsvc.organisations.records import StaffMember, Unit
from certsvc.organisations.rules import Role
from certsvc.organisations.service import (
    register_holder_account,
    register_staff,
    register_unit,
)
from templates.packs import PackLibrary

DISTRICT = "青禾市云岭区"
PASSWORD = "yunling-demo-2026"  # noqa: S105  printed on every start, for a fictional district


def _unit_code(number: int, department: str = "11") -> str:
    body = f"{department}{AREA_CODE}MB{number:07d}"
    return body + credit_code_check_character(body)


BIG_DATA_BUREAU = _unit_code(1)
POLICE = _unit_code(2)
SOCIAL_INSURANCE = _unit_code(3, "12")
APPROVAL_BUREAU = _unit_code(4)
SCHOOL = _unit_code(5, "12")

TEACHER_MATTER = "teacher-qualification"
TALENT_MATTER = "talent-subsidy"
HIRING_MATTER = "school-hiring"
EXCLUDED_MATTER = "firearms-licence"


@dataclass(frozen=True, kw_only=True)
class DemonstrationLogIn:
    """A log-in that the demonstration prints."""

    login: str
    """Name to type."""
    name: str
    """Whose it is."""
    unit_code: str
    """Unit."""
    roles: frozenset[Role]
    """What they do."""


STAFF = (
    DemonstrationLogIn(
        login="clerk.wang",
        name="王经办（演示）",
        unit_code=APPROVAL_BUREAU,
        roles=frozenset({Role.CLERK}),
    ),
    DemonstrationLogIn(
        login="clerk.chen",
        name="陈老师（演示）",
        unit_code=SCHOOL,
        roles=frozenset({Role.CLERK}),
    ),
    DemonstrationLogIn(
        login="handler.li",
        name="李代办（演示）",
        unit_code=POLICE,
        roles=frozenset({Role.HANDLER}),
    ),
    DemonstrationLogIn(
        login="seal.zhao",
        name="赵印管（演示）",
        unit_code=BIG_DATA_BUREAU,
        roles=frozenset({Role.SEAL_PROPOSER}),
    ),
    DemonstrationLogIn(
        login="seal.qian",
        name="钱审批（演示）",
        unit_code=BIG_DATA_BUREAU,
        roles=frozenset({Role.SEAL_APPROVER}),
    ),
    DemonstrationLogIn(
        login="pack.sun",
        name="孙模板（演示）",
        unit_code=BIG_DATA_BUREAU,
        roles=frozenset({Role.PACK_PROPOSER}),
    ),
    DemonstrationLogIn(
        login="pack.zhou",
        name="周审批（演示）",
        unit_code=BIG_DATA_BUREAU,
        roles=frozenset({Role.PACK_APPROVER}),
    ),
)


def register_district(session: Session, packs: PackLibrary, *, on: date) -> None:
    """Register units, people, certificate types, matters and use list; once.

    The use list is in force from the beginning of the year of `on`.
    """
    if session.get(Unit, BIG_DATA_BUREAU) is not None:
        return
    _register_units(session)
    ensure_staff(session)
    resident = make_residents()[0]
    register_holder_account(
        session,
        holder=HolderCode(value=resident.identity_number),
        name=resident.name,
        password=PASSWORD,
    )
    _register_catalogue(session, packs, in_force_from=on.replace(month=1, day=1))


def ensure_staff(session: Session) -> None:
    """Register the people who are not registered yet; an older demonstration had fewer."""
    for person in STAFF:
        if session.get(StaffMember, person.login) is None:
            register_staff(
                session,
                login=person.login,
                name=person.name,
                person_id=f"demonstration-{person.login}",
                unit_code=person.unit_code,
                password=PASSWORD,
                roles=person.roles,
            )


def _register_units(session: Session) -> None:
    for code, name, kind in (
        (BIG_DATA_BUREAU, f"{DISTRICT}大数据局", "government"),
        (POLICE, "青禾市公安局云岭分局", "government"),
        (SOCIAL_INSURANCE, f"{DISTRICT}社会保险事业中心", "government"),
        (APPROVAL_BUREAU, f"{DISTRICT}行政审批服务局", "government"),
        (SCHOOL, f"{DISTRICT}实验学校", "public_service"),
    ):
        register_unit(session, code=code, name=name, kind=kind, area_code=AREA_CODE)


def _register_catalogue(session: Session, packs: PackLibrary, *, in_force_from: date) -> None:
    for number, (code, unit) in enumerate(
        (("no-criminal-record", POLICE), ("social-insurance", SOCIAL_INSURANCE)), start=1
    ):
        session.add(
            CertificateType(
                code=code,
                standard_code=f"{unit}{number:03d}",
                name=packs.get(code).title.zh,
                producing_unit_code=unit,
            )
        )
    session.add_all(
        [
            Matter(code=TEACHER_MATTER, name="教师资格认定", unit_code=APPROVAL_BUREAU),
            Matter(code=TALENT_MATTER, name="人才补贴申领", unit_code=APPROVAL_BUREAU),
            Matter(code=HIRING_MATTER, name="教职工聘用审查", unit_code=SCHOOL),
            Matter(
                code=EXCLUDED_MATTER,
                name="民用枪支配购许可",
                unit_code=APPROVAL_BUREAU,
                excluded_ground="直接涉及公共安全",
            ),
        ]
    )
    session.flush()
    for matter, code in (
        (TEACHER_MATTER, "no-criminal-record"),
        (TALENT_MATTER, "social-insurance"),
        (TALENT_MATTER, "no-criminal-record"),
        (HIRING_MATTER, "no-criminal-record"),
        (EXCLUDED_MATTER, "no-criminal-record"),
    ):
        session.add(
            UseListEntry(
                matter_code=matter,
                type_code=code,
                effective_on=in_force_from,
                fields=list(packs.get(code).schema["properties"]),
            )
        )
    session.flush()
