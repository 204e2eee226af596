"""A seal's key signs papers of that seal, and nothing else (市中区规则第九条).

- The route fixes the seal. With one key behind two seals a paper of one route could bear the other
  route's seal, so a key never serves seals of different routes or owners.
- Keys are compared, not addresses: one place has many spellings.
- Protocols of ceremonies and answers about seals are signed by keys that belong to no seal.
"""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.sealing.register.applications import check_content
from certsvc.sealing.register.errors import KeyOfAnotherSealError
from certsvc.sealing.register.records import Seal, SealChange, SealVersion
from certsvc.sealing.register.versions import signing_certificates


def find_seals_of_key(session: Session, key: PublicKeyTypes) -> list[Seal]:
    """Return the seals that sign with a key, or ever did; cancelled ones too."""
    versions = session.execute(
        select(SealVersion.seal_id, SealVersion.certificate_chain_pem)
        .join(SealChange, SealChange.id == SealVersion.change_id)
        .where(SealChange.took_effect.is_not(None))
        .distinct()
    )
    found = {
        seal_id
        for seal_id, chain_pem in versions
        if x509.load_pem_x509_certificate(chain_pem.encode()).public_key() == key
    }
    return [session.get_one(Seal, seal_id) for seal_id in sorted(found)]


def require_own_key(session: Session, version: SealVersion) -> None:
    """Check that a version's key is not used by a seal of another route or owner.

    Raises:
        KeyOfAnotherSealError: it does, or did.
    """
    seal = session.get_one(Seal, version.seal_id)
    for other in find_seals_of_key(session, signing_certificates(version)[0].public_key()):
        if (other.route, other.owner_unit_code) != (seal.route, seal.owner_unit_code):
            raise KeyOfAnotherSealError


def check_version(session: Session, version: SealVersion, *, now: datetime) -> None:
    """Check a version: content, certificates, key.

    Raises:
        SealApplicationInvalidError: an entry is missing, too long or malformed.
        SealCertificateUnusableError: the certificates cannot be used.
        UploadedImageError: the uploaded image cannot be used.
        KeyOfAnotherSealError: its key serves a seal of another route or owner.
    """
    check_content(version, now=now)
    require_own_key(session, version)
