"""Looking up certificate types."""

from sqlalchemy.orm import Session

from certsvc.catalogue.types.records import CertificateType
from certsvc.foundation.errors import NotFoundError, RefusedError


class TypeUnknownError(NotFoundError):
    """The catalogue has no certificate type of this code."""

    code = "catalogue.type-unknown"


class TypeExcludedError(RefusedError):
    """The certificate type is excluded from certificate-free service."""

    code = "catalogue.type-excluded"


def get_type(session: Session, code: str) -> CertificateType:
    """Return a certificate type.

    Raises:
        TypeUnknownError: there is none of this code.
    """
    found = session.get(CertificateType, code)
    if found is None:
        raise TypeUnknownError(type=code)
    return found
