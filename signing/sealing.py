"""Seal a document: one certification signature of the level asked for, in one revision.

* ETSI EN 319 142-1: /SubFilter ETSI.CAdES.detached; from B-T on a signature timestamp, from B-LT
  on validation material laid into the sealed revision, at B-LTA a document timestamp after it.
* A level that cannot be reached is an error; none is lowered.
* The file is written once; nothing comes after the sealed revision but document timestamps.
* DocMDP /P 1: no change is permitted afterwards.
* PDF/A-3a and PDF/UA-1 hold afterwards if they held before.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.signing_key import SigningKey
from signing.cms.cms_writer import CmsWriter
from signing.errors import (
    CertificateMismatchError,
    CertificateNotValidError,
    CertificateUsageError,
    LevelUnreachableError,
)
from signing.levels import Level
from signing.long_term.archive_timestamps import add_archive_timestamp
from signing.long_term.material_keeping import MaterialKeeper
from signing.pdf.security_store import SecurityStore
from signing.pdf.signature_hole import SealStatement, SignatureHole, signature_body
from signing.placement.seal_layout import lay_out
from signing.placement.seal_spec import SealSpec
from signing.revocation.validation_material import MaterialGatherer
from signing.timestamps.authority import TimestampAuthority

__all__ = ["SealSpec", "Sealer", "seal_document"]

_ROUNDS = 3
_Part = TypeVar("_Part")


class Sealer:
    """A seal made ready once, to be put on any number of documents, from any thread."""

    def __init__(
        self,
        *,
        key: SigningKey,
        chain: Sequence[x509.Certificate],
        level: Level = Level.B_T,
        timestamp_authority: TimestampAuthority | None = None,
        gatherer: MaterialGatherer | None = None,
    ) -> None:
        """Do what is the same for every document.

        Args:
            key: The seal's signing key.
            chain: The signing certificate, then its issuers below the root.
            level: The level of every seal made.
            timestamp_authority: Who timestamps; needed from B-T on.
            gatherer: Fetches validation material; needed from B-LT on.

        Raises:
            CertificateMismatchError: The certificate is another key's.
            CertificateUsageError: It may not sign.
            LevelUnreachableError: The level needs an authority or a gatherer.
        """
        _check_signing_certificate(key, chain)
        self._key = key
        self._authority = _needed(timestamp_authority, level, Level.B_T, "timestamp-authority")
        gatherer = _needed(gatherer, level, Level.B_LT, "revocation-source")
        self._keeper: MaterialKeeper | None = None
        if gatherer is not None and self._authority is not None:
            self._keeper = MaterialKeeper(
                gatherer, chain=chain, timestamp_authority=self._authority
            )
        self._is_archived = level is Level.B_LTA
        self._writer = CmsWriter(key.algorithm, chain)
        limit = None if self._authority is None else self._authority.token_size_limit
        self._cms_size = self._writer.size_limit(token_size_limit=limit)
        self._not_before = chain[0].not_valid_before_utc
        self._not_after = chain[0].not_valid_after_utc

    def seal(self, document: bytes, spec: SealSpec, *, signed_at: datetime) -> bytes:
        """Seal a document (签章).

        1. the signing certificate is valid now;
        2. validation material is current, and nothing of it is revoked (B-LT);
        3. the document may be sealed (:mod:`signing.placement.pdf_input`);
        4. signature, field, appearance, tags and material are laid in, the file written once;
        5. the digest of the whole file but the hole is signed;
        6. the signature value is timestamped (B-T);
        7. the CMS is put into the hole;
        8. the file is timestamped (B-LTA).

        The caller must still hold an authorisation for this digest before calling, and validate
        the result before anyone sees it.

        Args:
            document: The PDF to seal.
            spec: Looks and words.
            signed_at: Now, aware.

        Raises:
            CertificateNotValidError: The certificate is not valid at ``signed_at``.
            CertificateRevokedError: A certificate of the seal or the authority is revoked.
            RevocationUnavailableError: Current revocation data could not be had.
            SealInputError: The document may not be sealed.
            SealPlacementError: The seal does not fit on the page.
            TimestampError: No timestamp could be had.
            SigningKeyError: The key cannot sign now.
        """
        if not self._not_before <= signed_at <= self._not_after:
            raise CertificateNotValidError(at=signed_at.isoformat())
        for _ in range(_ROUNDS):
            store = None if self._keeper is None else self._keeper.current(at=signed_at)
            sealed, tokens = self._seal_with(store, document, spec, signed_at)
            # Another authority may have stepped in; its certificate needs material too.
            if self._keeper is None or self._keeper.learn(tokens):
                return sealed
        raise LevelUnreachableError(level=Level.B_LT.value, needs="timestamp-authority")

    def _seal_with(
        self, store: SecurityStore | None, document: bytes, spec: SealSpec, signed_at: datetime
    ) -> tuple[bytes, list[bytes]]:
        statement = SealStatement(
            signer_name=spec.signer_name,
            reason=spec.reason,
            location=spec.location,
            signed_at=signed_at,
        )
        blank = signature_body(statement, cms_size=self._cms_size)
        hole = SignatureHole(lay_out(document, spec, blank, store=store), cms_size=self._cms_size)
        cms, tokens = self._sign(hole.digest(self._writer.digest_name))
        sealed = hole.fill(cms)
        if self._is_archived and self._authority is not None:
            sealed, token = add_archive_timestamp(sealed, timestamp_authority=self._authority)
            tokens.append(token)
        return sealed, tokens

    def _sign(self, digest: bytes) -> tuple[bytes, list[bytes]]:
        attributes = self._writer.signed_attributes(digest)
        signature = self._key.sign(attributes)
        token = None
        if self._authority is not None:
            token = self._authority.timestamp(hashlib.sha256(signature).digest())
        cms = self._writer.assemble(attributes, signature, token=token)
        return cms, [] if token is None else [token]


def seal_document(  # noqa: PLR0913  # each is its own choice
    document: bytes,
    spec: SealSpec,
    *,
    key: SigningKey,
    chain: Sequence[x509.Certificate],
    signed_at: datetime,
    level: Level = Level.B_T,
    timestamp_authority: TimestampAuthority | None = None,
    gatherer: MaterialGatherer | None = None,
) -> bytes:
    """Seal one document; :meth:`Sealer.seal` with a seal made ready for it alone.

    Args:
        document: The PDF to seal.
        spec: Looks and words.
        key: The seal's signing key.
        chain: The signing certificate, then its issuers below the root.
        signed_at: Now, aware.
        level: The level to reach.
        timestamp_authority: Who timestamps; needed from B-T on.
        gatherer: Fetches validation material; needed from B-LT on.

    Raises:
        SigningError: What :class:`Sealer` and its :meth:`~Sealer.seal` raise.
        SigningKeyError: The key cannot sign now.
    """
    sealer = Sealer(
        key=key,
        chain=chain,
        level=level,
        timestamp_authority=timestamp_authority,
        gatherer=gatherer,
    )
    return sealer.seal(document, spec, signed_at=signed_at)


def _needed(part: _Part | None, level: Level, from_level: Level, name: str) -> _Part | None:
    """The part if the level makes use of it."""
    if not level.includes(from_level):
        return None
    if part is None:
        raise LevelUnreachableError(level=level.value, needs=name)
    return part


def _check_signing_certificate(key: SigningKey, chain: Sequence[x509.Certificate]) -> None:
    if not chain or _spki(chain[0].public_key()) != _spki(key.public_key):
        raise CertificateMismatchError
    try:
        usage = chain[0].extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as error:
        raise CertificateUsageError from error
    if not (usage.digital_signature or usage.content_commitment):
        raise CertificateUsageError


def _spki(public_key: object) -> bytes:
    encode = getattr(public_key, "public_bytes", None)
    if encode is None:
        raise CertificateMismatchError
    encoded: bytes = encode(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded
