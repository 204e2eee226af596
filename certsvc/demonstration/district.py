"""The fictional district: its units, people, matters and use list."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from certsvc.demonstration.people import AREA_CODE, make_residents
from certsvc.demonstration.units import (
    APPROVAL_BUREAU,
    BIG_DATA_BUREAU,
    CIVIL_AFFAIRS,
    CREDIT_CENTRE,
    DISTRICT,
    EDUCATION_BUREAU,
    HOUSING_FUND,
    LAND_REGISTRY,
    POLICE,
    POLICE_STATION,
    PROCUREMENT_CENTRE,
    SCHOOL,
    SOCIAL_INSURANCE,
    TAX_BUREAU,
    UNITS,
)
from certsvc.demonstration.use_list import (
    EXCLUDED_MATTER,
    HIRING_MATTER,
    TALENT_MATTER,
    TEACHER_MATTER,
    register_catalogue,
)
from certsvc.foundation.codes.holder import HolderCode
from certsvc.people.accounts.records import StaffMember
from certsvc.people.accounts.service import register_holder_account, register_staff
from certsvc.people.rights.rules import Role
from certsvc.people.units.records import Unit
from certsvc.people.units.service import register_unit
from templates.packs import PackLibrary

__all__ = [
    "APPROVAL_BUREAU",
    "BIG_DATA_BUREAU",
    "CIVIL_AFFAIRS",
    "CREDIT_CENTRE",
    "DISTRICT",
    "EDUCATION_BUREAU",
    "EXCLUDED_MATTER",
    "HIRING_MATTER",
    "HOUSING_FUND",
    "LAND_REGISTRY",
    "POLICE",
    "POLICE_STATION",
    "PROCUREMENT_CENTRE",
    "SCHOOL",
    "SOCIAL_INSURANCE",
    "TALENT_MATTER",
    "TAX_BUREAU",
    "TEACHER_MATTER",
]

PASSWORD = "yunling-demo-2026"  # noqa: S105  printed on every start, for a fictional district


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


def _staff(login: str, name: str, unit_code: str, role: Role) -> DemonstrationLogIn:
    return DemonstrationLogIn(
        login=login, name=f"{name}（演示）", unit_code=unit_code, roles=frozenset({role})
    )


STAFF = (
    _staff("clerk.wang", "王经办", APPROVAL_BUREAU, Role.CLERK),
    _staff("clerk.chen", "陈老师", SCHOOL, Role.CLERK),
    _staff("clerk.lin", "林经办", HOUSING_FUND, Role.CLERK),
    _staff("clerk.he", "何经办", EDUCATION_BUREAU, Role.CLERK),
    _staff("clerk.zhou", "周经办", PROCUREMENT_CENTRE, Role.CLERK),
    _staff("handler.li", "李代办", POLICE, Role.HANDLER),
    _staff("handler.qin", "秦代办", POLICE, Role.HANDLER),
    _staff("handler.sun", "孙代办", CIVIL_AFFAIRS, Role.HANDLER),
    _staff("handler.wu", "吴代办", LAND_REGISTRY, Role.HANDLER),
    _staff("handler.zheng", "郑代办", POLICE_STATION, Role.HANDLER),
    _staff("handler.feng", "冯代办", EDUCATION_BUREAU, Role.HANDLER),
    _staff("handler.xu", "许代办", CREDIT_CENTRE, Role.HANDLER),
    _staff("handler.jiang", "江代办", TAX_BUREAU, Role.HANDLER),
    _staff("seal.zhao", "赵印管", BIG_DATA_BUREAU, Role.SEAL_PROPOSER),
    _staff("seal.qian", "钱审批", BIG_DATA_BUREAU, Role.SEAL_APPROVER),
    _staff("pack.sun", "孙模板", BIG_DATA_BUREAU, Role.PACK_PROPOSER),
    _staff("pack.zhou", "周审批", BIG_DATA_BUREAU, Role.PACK_APPROVER),
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
    register_catalogue(session, packs, in_force_from=on.replace(month=1, day=1))


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
    for code, name, kind in UNITS:
        register_unit(session, code=code, name=name, kind=kind, area_code=AREA_CODE)
