"""A demonstration PKI on disk: root, seal CA, seal certificates and a timestamp certificate.

* Every subject says 演示, so nobody can take a demonstration seal for a real one.
* Private keys are written encrypted, readable by their owner only; the passphrase file too.
* What is there and still valid is re-used; nothing is overwritten while it is valid.
* Certificates name no CRL or OCSP address, because nothing would answer there.
"""

import secrets
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from keys.algorithms import SignatureAlgorithm
from keys.development_certificates import (
    Issuer,
    issue_seal_ca,
    issue_seal_certificate,
    issue_timestamp_certificate,
    self_sign_root,
)
from keys.development_files import DevelopmentFiles
from keys.development_key import DevelopmentWarning
from keys.errors import DevelopmentPkiError
from keys.generation import generate_private_key

_ROOT, _SEAL_CA, _TIMESTAMP = "root", "seal-ca", "timestamp"
ISSUERS = (_ROOT, _SEAL_CA)
"""The certificates of the PKI that issue others."""

_RENEW_BEFORE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class DevelopmentSealName:
    """Whose demonstration seal certificate to make."""

    slug: str
    """File name without suffix: lower-case ASCII letters, digits and hyphens."""

    common_name: str
    """Name of the seal (印章名称); 「演示」 is added when it lacks it."""

    organisation: str
    """Unit that owns the seal (印章所有者)."""

    algorithm: SignatureAlgorithm = SignatureAlgorithm.P_256
    """Kind of key to generate."""


@dataclass(frozen=True, kw_only=True)
class DevelopmentIdentity:
    """One certificate with its key, as settings name them."""

    key_uri: str
    """What :func:`keys.uri.open_key` opens."""

    chain_path: Path
    """PEM file: the certificate, then its issuers below the root."""

    chain: tuple[x509.Certificate, ...]
    """The same, parsed; the root is left out, it belongs to the trust store."""


@dataclass(frozen=True, kw_only=True)
class DevelopmentPki:
    """Where the demonstration PKI lies."""

    root_path: Path
    """PEM file with the root certificate to trust."""

    root: x509.Certificate
    """The same, parsed."""

    seals: dict[str, DevelopmentIdentity]
    """Seal certificates by slug."""

    timestamp: DevelopmentIdentity
    """The timestamp authority's certificate (critical EKU timeStamping)."""


def create_development_pki(
    folder: Path, *, names: Sequence[DevelopmentSealName], now: datetime
) -> DevelopmentPki:
    """Make the demonstration PKI in ``folder``, or complete and re-use the one there.

    Raises:
        DevelopmentPkiError: The folder cannot be written, or holds half a PKI.
    """
    warnings.warn(
        "demonstration PKI: seals made with it prove nothing", DevelopmentWarning, stacklevel=2
    )
    _check_slugs(names)
    try:
        return _create(DevelopmentFiles(folder), names, now)
    except OSError as error:
        raise DevelopmentPkiError(name=folder.name) from error


def _check_slugs(names: Sequence[DevelopmentSealName]) -> None:
    reserved = {_ROOT, _SEAL_CA, _TIMESTAMP, "passphrase"}
    for name in names:
        plain = name.slug.replace("-", "")
        if not (plain.isascii() and plain.isalnum() and plain.islower()) or name.slug in reserved:
            raise DevelopmentPkiError(name=name.slug)


def _create(
    files: DevelopmentFiles, names: Sequence[DevelopmentSealName], now: datetime
) -> DevelopmentPki:
    files.prepare(new_passphrase=secrets.token_urlsafe(24))
    root = _issuer(files, _ROOT, None, now)
    seal_ca = _issuer(files, _SEAL_CA, root, now)
    seals = {}
    for name in names:
        if not _is_current(files, name.slug, now):
            key = generate_private_key(name.algorithm)
            leaf = issue_seal_certificate(
                seal_ca,
                key.public_key(),
                common_name=name.common_name,
                organisation=name.organisation,
                now=now,
            )
            files.write(name.slug, key, (leaf, seal_ca.certificate))
        seals[name.slug] = _identity(files, name.slug, pss=name.algorithm.is_pss)
    if not _is_current(files, _TIMESTAMP, now):
        key = generate_private_key(SignatureAlgorithm.P_256)
        leaf = issue_timestamp_certificate(root, key.public_key(), now=now)
        files.write(_TIMESTAMP, key, (leaf,))
    return DevelopmentPki(
        root_path=files.certificate_path(_ROOT),
        root=root.certificate,
        seals=seals,
        timestamp=_identity(files, _TIMESTAMP),
    )


def _issuer(files: DevelopmentFiles, slug: str, parent: Issuer | None, now: datetime) -> Issuer:
    if not _is_current(files, slug, now):
        if parent is None and files.has_any():
            # A new root would orphan every certificate already in the folder.
            raise DevelopmentPkiError(name=slug)
        key = generate_private_key(SignatureAlgorithm.P_256)
        certificate = self_sign_root(key, now=now) if parent is None else None
        certificate = certificate or issue_seal_ca(_require(parent), key.public_key(), now=now)
        files.write(slug, key, (certificate,))
    return Issuer(certificate=files.chain(slug)[0], key=files.private_key(slug))


def _require(parent: Issuer | None) -> Issuer:
    if parent is None:
        raise DevelopmentPkiError(name=_ROOT)
    return parent


def _is_current(files: DevelopmentFiles, slug: str, now: datetime) -> bool:
    if not files.has(slug):
        return False
    return files.chain(slug)[0].not_valid_after_utc - _RENEW_BEFORE > now


def _identity(files: DevelopmentFiles, slug: str, *, pss: bool = False) -> DevelopmentIdentity:
    return DevelopmentIdentity(
        key_uri=files.key_uri(slug, pss=pss),
        chain_path=files.certificate_path(slug),
        chain=files.chain(slug),
    )
