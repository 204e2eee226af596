"""The register of units."""

from sqlalchemy.orm import Session

from certsvc.foundation.codes.credit_code import require_credit_code
from certsvc.foundation.errors import NotFoundError
from certsvc.people.units.records import Unit


class UnitUnknownError(NotFoundError):
    """No unit has this code."""

    code = "organisations.unit-unknown"


def register_unit(session: Session, *, code: str, name: str, kind: str, area_code: str) -> Unit:
    """Enter a unit in the register.

    Raises:
        CreditCodeInvalidError: the code's check character is wrong.
    """
    require_credit_code(code)
    unit = Unit(code=code, name=name, kind=kind, area_code=area_code)
    session.add(unit)
    session.flush()
    return unit


def get_unit(session: Session, code: str) -> Unit:
    """Return a unit.

    Raises:
        UnitUnknownError: no unit has this code.
    """
    unit = session.get(Unit, code)
    if unit is None:
        raise UnitUnknownError(unit=code)
    return unit
