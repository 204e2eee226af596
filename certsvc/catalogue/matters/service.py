"""Looking up matters."""

from sqlalchemy.orm import Session

from certsvc.catalogue.matters.records import Matter
from certsvc.foundation.errors import NotFoundError, RefusedError


class MatterUnknownError(NotFoundError):
    """The catalogue has no matter of this code."""

    code = "catalogue.matter-unknown"


class MatterExcludedError(RefusedError):
    """The matter is excluded from certificate-free service."""

    code = "catalogue.matter-excluded"


class MatterOfOtherUnitError(RefusedError):
    """The unit does not handle this matter."""

    code = "catalogue.matter-of-other-unit"


def get_matter(session: Session, code: str) -> Matter:
    """Return a matter.

    Raises:
        MatterUnknownError: there is none of this code.
    """
    found = session.get(Matter, code)
    if found is None:
        raise MatterUnknownError(matter=code)
    return found


def get_matter_of(session: Session, code: str, *, unit_code: str) -> Matter:
    """Return a matter for which a unit may ask for proofs at all.

    Raises:
        MatterUnknownError: there is none of this code.
        MatterOfOtherUnitError: the unit does not handle it.
        MatterExcludedError: it is excluded.
    """
    matter = get_matter(session, code)
    if matter.unit_code != unit_code:
        raise MatterOfOtherUnitError(matter=matter.code)
    if matter.excluded_reason is not None:
        raise MatterExcludedError(
            matter=matter.name,
            matter_en=matter.name_en or "",
            excluded_reason=matter.excluded_reason,
        )
    return matter
