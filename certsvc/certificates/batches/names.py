"""What proofs and matters are called, for tables that people read."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.matters.records import Matter
from certsvc.catalogue.types.records import CertificateType
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.messages.names import name_in


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


def read_names(session: Session, language: Language) -> Names:
    """Return what proofs and matters are called in a language."""
    types, matters = (
        {each.code: name_in(language, each.name, each.name_en) for each in session.scalars(known)}
        for known in (select(CertificateType), select(Matter))
    )
    return Names(types=types, matters=matters)
