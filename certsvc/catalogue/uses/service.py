"""Which proofs a unit may request for which matter.

- A proof can be asked for only by the unit that handles the matter.
- An excluded matter gets none, an excluded proof is given to none (市中区规则第二条).
- Only proofs on the use list in force can be pulled, and only the fields it names
  (潍坊关联应用第七、十条).
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from certsvc.catalogue.matters.records import Matter
from certsvc.catalogue.matters.service import get_matter_of
from certsvc.catalogue.types.records import CertificateType
from certsvc.catalogue.types.service import TypeExcludedError, get_type
from certsvc.catalogue.uses.records import UseListEntry
from certsvc.foundation.db.paging import Order, Page, PageRequest, take_page
from certsvc.foundation.errors import RefusedError


class NotOnUseListError(RefusedError):
    """The use list in force does not give this proof to this matter."""

    code = "catalogue.not-on-use-list"


@dataclass(frozen=True, kw_only=True)
class PermittedUse:
    """A use that the catalogue in force permits."""

    certificate_type: CertificateType
    matter: Matter
    fields: tuple[str, ...]
    """Names of the only fields that may be given."""


def find_codes(
    session: Session, *, matter_code: str, type_code: str
) -> tuple[str | None, str | None]:
    """Return those of the given codes that exist; the input is not trusted."""
    matter = session.scalar(select(Matter.code).where(Matter.code == matter_code))
    kind = session.scalar(select(CertificateType.code).where(CertificateType.code == type_code))
    return matter, kind


def get_permitted_use(
    session: Session, *, type_code: str, matter_code: str, unit_code: str, on: date
) -> PermittedUse:
    """Return the use of a proof for a matter, if the catalogue permits it on a day.

    Raises:
        TypeUnknownError: no such certificate type.
        MatterUnknownError: no such matter.
        MatterOfOtherUnitError: the unit does not handle the matter.
        MatterExcludedError: the matter is excluded.
        TypeExcludedError: the certificate type is excluded.
        NotOnUseListError: the matter does not use this proof.
    """
    certificate_type = get_type(session, type_code)
    matter = get_matter_of(session, matter_code, unit_code=unit_code)
    if certificate_type.excluded_reason is not None:
        raise TypeExcludedError(
            type=certificate_type.name,
            type_en=certificate_type.name_en or "",
            excluded_reason=certificate_type.excluded_reason,
        )
    entry = session.scalar(
        select(UseListEntry).where(
            UseListEntry.matter_code == matter_code,
            UseListEntry.type_code == type_code,
            UseListEntry.effective_on <= on,
            or_(UseListEntry.ended_on.is_(None), UseListEntry.ended_on > on),
        )
    )
    if entry is None:
        raise NotOnUseListError(
            matter=matter.name,
            matter_en=matter.name_en or "",
            type=certificate_type.name,
            type_en=certificate_type.name_en or "",
        )
    return PermittedUse(
        certificate_type=certificate_type, matter=matter, fields=tuple(entry.fields)
    )


def page_permitted_uses(
    session: Session, *, unit_code: str, on: date, page: PageRequest
) -> Page[PermittedUse]:
    """List the proofs that a unit may ask for on a day, by matter and type, page by page.

    Raises:
        CursorInvalidError: the page does not follow one of this list.
    """
    order = Order(name=f"uses of {unit_code}", columns=_BY_MATTER)
    found = take_page(session, _permitted(unit_code, on), order=order, page=page)
    return Page(
        items=[_use(entry, matter, kind) for entry, matter, kind in found.items], next=found.next
    )


def list_permitted_uses(session: Session, *, unit_code: str, on: date) -> list[PermittedUse]:
    """List every proof that a unit may ask for on a day, by matter and type."""
    rows = session.execute(_permitted(unit_code, on).order_by(*_BY_MATTER))
    return [_use(entry, matter, kind) for entry, matter, kind in rows]


_BY_MATTER = (UseListEntry.matter_code, UseListEntry.type_code, UseListEntry.effective_on)


def _permitted(unit_code: str, on: date) -> Select[UseListEntry, Matter, CertificateType]:
    return (
        select(UseListEntry, Matter, CertificateType)
        .join(Matter, Matter.code == UseListEntry.matter_code)
        .join(CertificateType, CertificateType.code == UseListEntry.type_code)
        .where(
            Matter.unit_code == unit_code,
            Matter.excluded_reason.is_(None),
            CertificateType.excluded_reason.is_(None),
            UseListEntry.effective_on <= on,
            or_(UseListEntry.ended_on.is_(None), UseListEntry.ended_on > on),
        )
    )


def _use(entry: UseListEntry, matter: Matter, kind: CertificateType) -> PermittedUse:
    return PermittedUse(certificate_type=kind, matter=matter, fields=tuple(entry.fields))
