"""Versions of a seal, and the digests that identify them.

- A version is whole: image, certificates, key and scope, also where one of them stays.
- Its digest stands in the register and in the log from the proposal on; what is approved is what
  was proposed, or nothing.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from certsvc.sealing.register.records import (
    CONTENT_COLUMNS,
    Seal,
    SealVersion,
    SealVersionCertificate,
    SealVersionType,
    SealVersionUnit,
)
from certsvc.sealing.register.scope_rules import SealScope

_CHAINS_KEPT = 64


def content_of(source: object) -> dict[str, Any]:
    """Return what can be altered of a seal, an application or a version, by column."""
    return {column: getattr(source, column) for column in CONTENT_COLUMNS}


def new_version(seal_id: str, content: Mapping[str, Any], scope: SealScope) -> SealVersion:
    """Create a version that does not belong to a change yet."""
    return SealVersion(
        seal_id=seal_id,
        **content,
        service_hours=scope.service_hours,
        daily_limit=scope.daily_limit,
        total_limit=scope.total_limit,
        stop_before_days=scope.stop_before_days,
        types=[SealVersionType(type_code=code) for code in sorted(scope.type_codes)],
        units=[SealVersionUnit(unit_code=code) for code in sorted(scope.unit_codes)],
    )


def name_certificate(version: SealVersion) -> None:
    """Index a version by its signing certificate, which must have been checked."""
    serial, issuer = identity_of(signing_certificates(version)[0])
    version.certificate = SealVersionCertificate(serial=serial, issuer=issuer)


def identity_of(certificate: x509.Certificate) -> tuple[str, str]:
    """Return a certificate's serial number, hexadecimal, and the common name of its issuer."""
    names = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return f"{certificate.serial_number:x}", str(names[0].value) if names else ""


def scope_of(version: SealVersion) -> SealScope:
    """Return the scope of a version."""
    return SealScope(
        type_codes=frozenset(entry.type_code for entry in version.types),
        unit_codes=frozenset(entry.unit_code for entry in version.units),
        service_hours=version.service_hours,
        daily_limit=version.daily_limit,
        total_limit=version.total_limit,
        stop_before_days=version.stop_before_days,
    )


def values_of(version: SealVersion) -> dict[str, Any]:
    """Return all that can be altered of a version: its content and scope, as they are stored."""
    return content_of(version) | vars(scope_of(version))


def version_entries(version: SealVersion) -> dict[str, Any]:
    """Return all that a version says, as JSON has it; an uploaded image by its digest."""
    scope, image = scope_of(version), version.uploaded_image
    return content_of(version) | {
        "uploaded_image": hashlib.sha256(image).hexdigest() if image is not None else None,
        "type_codes": sorted(scope.type_codes),
        "unit_codes": sorted(scope.unit_codes),
        "service_hours": scope.service_hours,
        "daily_limit": scope.daily_limit,
        "total_limit": scope.total_limit,
        "stop_before_days": scope.stop_before_days,
    }


def version_digest(version: SealVersion) -> str:
    """Return the digest of a version's entries in canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(version_entries(version))).hexdigest()


def put_in_force(seal: Seal, version: SealVersion) -> None:
    """Copy an approved version into the seal's own columns."""
    for column, value in content_of(version).items():
        if getattr(seal, column) != value:
            setattr(seal, column, value)


def signing_certificates(source: Seal | SealVersion) -> list[x509.Certificate]:
    """Return a signing certificate and its issuers, leaf first."""
    return signing_chain(source.certificate_chain_pem)


def signing_chain(certificate_chain_pem: str) -> list[x509.Certificate]:
    """Return the certificates of a chain, leaf first."""
    return list(_certificates_of(certificate_chain_pem))


def certificate_sha256(source: Seal | SealVersion) -> str:
    """Return the fingerprint of a signing certificate."""
    return chain_sha256(source.certificate_chain_pem)


def chain_sha256(certificate_chain_pem: str) -> str:
    """Return the fingerprint of a signing certificate, given with its issuers, leaf first."""
    return _certificates_of(certificate_chain_pem)[0].fingerprint(hashes.SHA256()).hex()


@lru_cache(maxsize=_CHAINS_KEPT)
def _certificates_of(certificate_chain_pem: str) -> tuple[x509.Certificate, ...]:
    # Cached: one issuance parses the same certificates some ten times.
    return tuple(x509.load_pem_x509_certificates(certificate_chain_pem.encode()))
