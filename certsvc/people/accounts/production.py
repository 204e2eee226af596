"""Checks that a production database holds no demonstration data.

- No unit of the demonstration: GB/T 2260 gives no place a code that begins with 99.
- No holder's account with a password: a stand-in for the provincial identity platform.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.errors import InvalidInputError
from certsvc.people.accounts.records import HolderAccount
from certsvc.people.units.records import Unit

_FICTIONAL_AREAS = "99"


class FictionalUnitError(InvalidInputError):
    """The database holds a demonstration's units, and with them its printed passwords."""

    code = "organisations.fictional-unit"


class HolderPasswordsError(InvalidInputError):
    """The database holds holders' accounts with passwords."""

    code = "organisations.holder-passwords"


def require_no_stand_ins(session: Session) -> None:
    """Accept a register that holds nothing made for demonstrations.

    Raises:
        FictionalUnitError: a unit of a place that does not exist is registered.
        HolderPasswordsError: a holder could log in by a password.
    """
    fictional = select(Unit.code).where(Unit.area_code.startswith(_FICTIONAL_AREAS))
    unit = session.scalar(fictional.order_by(Unit.code).limit(1))
    if unit is not None:
        raise FictionalUnitError(unit=unit)
    if session.scalar(select(HolderAccount.id).limit(1)) is not None:
        raise HolderPasswordsError
