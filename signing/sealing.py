"""Seal a document: one certification signature, PAdES B-T, in one revision.

* ETSI EN 319 142-1: /SubFilter ETSI.CAdES.detached, signature timestamp; without an authority
  the level is B-B, and only because the caller said so.
* The file is written once; nothing comes after the sealed revision.
* DocMDP /P 1: no change is permitted afterwards.
* PDF/A-3a and PDF/UA-1 hold afterwards if they held before.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.signing_key import SigningKey
from signing.cms_writer import CmsWriter
from signing.errors import (
    CertificateMismatchError,
    CertificateNotValidError,
    CertificateUsageError,
)
from signing.seal_layout import lay_out
from signing.seal_spec import SealSpec
from signing.signature_hole import SealStatement, SignatureHole, signature_body
from signing.timestamps import TimestampAuthority

__all__ = ["SealSpec", "Sealer", "seal_document"]


class Sealer:
    """A seal made ready once, to be put on any number of documents, from any thread."""

    def __init__(
        self,
        *,
        key: SigningKey,
        chain: Sequence[x509.Certificate],
        timestamp_authority: TimestampAuthority | None,
    ) -> None:
        """Do what is the same for every document.

        Args:
            key: The seal's signing key.
            chain: The signing certificate, then its issuers below the root.
            timestamp_authority: Who timestamps; ``None`` makes B-B seals.

        Raises:
            CertificateMismatchError: The certificate is another key's.
            CertificateUsageError: It may not sign.
        """
        _check_signing_certificate(key, chain)
        self._key = key
        self._authority = timestamp_authority
        self._writer = CmsWriter(key.algorithm, chain)
        limit = None if timestamp_authority is None else timestamp_authority.token_size_limit
        self._cms_size = self._writer.size_limit(token_size_limit=limit)
        self._not_before = chain[0].not_valid_before_utc
        self._not_after = chain[0].not_valid_after_utc

    def seal(self, document: bytes, spec: SealSpec, *, signed_at: datetime) -> bytes:
        """Seal a document (签章).

        1. the signing certificate is valid now;
        2. the document may be sealed (:mod:`signing.pdf_input`);
        3. signature, field, appearance and tags are laid in, the file written once;
        4. the digest of the whole file but the hole is signed;
        5. the signature value is timestamped;
        6. the CMS is put into the hole.

        The caller must still hold an authorisation for this digest before calling, and validate
        the result before anyone sees it.

        Args:
            document: The PDF to seal.
            spec: Looks and words.
            signed_at: Now, aware.

        Raises:
            CertificateNotValidError: The certificate is not valid at ``signed_at``.
            SealInputError: The document may not be sealed.
            SealPlacementError: The seal does not fit on the page.
            TimestampError: No timestamp could be had.
            SigningKeyError: The key cannot sign now.
        """
        if not self._not_before <= signed_at <= self._not_after:
            raise CertificateNotValidError(at=signed_at.isoformat())
        statement = SealStatement(
            signer_name=spec.signer_name,
            reason=spec.reason,
            location=spec.location,
            signed_at=signed_at,
        )
        laid_out = lay_out(document, spec, signature_body(statement, cms_size=self._cms_size))
        hole = SignatureHole(laid_out, cms_size=self._cms_size)
        return hole.fill(self._sign(hole.digest(self._writer.digest_name)))

    def _sign(self, digest: bytes) -> bytes:
        attributes = self._writer.signed_attributes(digest)
        signature = self._key.sign(attributes)
        token = None
        if self._authority is not None:
            token = self._authority.timestamp(hashlib.sha256(signature).digest())
        return self._writer.assemble(attributes, signature, token=token)


def seal_document(
    document: bytes,
    spec: SealSpec,
    *,
    key: SigningKey,
    chain: Sequence[x509.Certificate],
    timestamp_authority: TimestampAuthority | None,
    signed_at: datetime,
) -> bytes:
    """Seal one document; :meth:`Sealer.seal` with a seal made ready for it alone.

    Args:
        document: The PDF to seal.
        spec: Looks and words.
        key: The seal's signing key.
        chain: The signing certificate, then its issuers below the root.
        timestamp_authority: Who timestamps; ``None`` makes a B-B seal.
        signed_at: Now, aware.

    Raises:
        SigningError: What :class:`Sealer` and its :meth:`~Sealer.seal` raise.
        SigningKeyError: The key cannot sign now.
    """
    sealer = Sealer(key=key, chain=chain, timestamp_authority=timestamp_authority)
    return sealer.seal(document, spec, signed_at=signed_at)


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
