"""The fictional district: its units, people, matters and use list."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from certsvc.catalogue.records import CertificateType, Matter, UseListEntry
from certsvc.codes.holder import HolderCode
from certsvc.demonstration.people import AREA_CODE, make_residents
from certsvc.demonstration.units import (
    APPROVAL_BUREAU,
    BIG_DATA_BUREAU,
    DISTRICT,
    POLICE,
    SCHOOL,
    SOCIAL_INSURANCE,
    UNITS,
)
from certsvc.organisations.records import Unit
from certsvc.organisations.rules import Role
from certsvc.organisations.service import (
    register_holder_account,
    register_staff,
    register_unit,
)
from templates.packs import PackLibrary

__all__ = [
    "APPROVAL_BUREAU",
    "BIG_DATA_BUREAU",
    "DISTRICT",
    "POLICE",
    "SCHOOL",
    "SOCIAL_INSURANCE",
]

PASSWORD = "yunling-demo-2026"  # noqa: S105  printed on every start, for a fictional district

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
)


def register_district(session: Session, packs: PackLibrary, *, on: date) -> None:
    """Register units, people, certificate types, matters and use list; once.

    The use list is in force from the beginning of the year of `on`.
    """
    if session.get(Unit, BIG_DATA_BUREAU) is not None:
        return
    _register_units(session)
    for person in STAFF:
        register_staff(
            session,
            login=person.login,
            name=person.name,
            person_id=f"demonstration-{person.login}",
            unit_code=person.unit_code,
            password=PASSWORD,
            roles=person.roles,
        )
    resident = make_residents()[0]
    register_holder_account(
        session,
        holder=HolderCode(value=resident.identity_number),
        name=resident.name,
        password=PASSWORD,
    )
    _register_catalogue(session, packs, in_force_from=on.replace(month=1, day=1))


def _register_units(session: Session) -> None:
    for code, name, kind in UNITS:
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
