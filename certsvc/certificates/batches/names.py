"""What proofs and matters are called, for tables that people read."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.matters.records import Matter
from certsvc.catalogue.types.records import CertificateType


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names by code; what is unknown is called by its code."""

    types: dict[str, str]
    """Of certificate types."""
    matters: dict[str, str]
    """Of matters."""

    def of_type(self, code: str) -> str:
        """Return the name of a certificate type."""
        return self.types.get(code, code)

    def of_matter(self, code: str) -> str:
        """Return the name of a matter."""
        return self.matters.get(code, code)


def read_names(session: Session) -> Names:
    """Return what proofs and matters are called."""
    types = session.execute(select(CertificateType.code, CertificateType.name))
    matters = session.execute(select(Matter.code, Matter.name))
    return Names(
        types={code: name for code, name in types},  # noqa: C416  rows are tuples
        matters={code: name for code, name in matters},  # noqa: C416
    )
