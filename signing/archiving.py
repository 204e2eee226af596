"""Keep sealed documents verifiable: renew their archive timestamps in time (EN 319 142-1 5.5).

* A document lasts as long as its newest timestamp: until a certificate of its authority ends, or
  an algorithm of it is no longer considered strong, whichever is first.
* Renewing adds the revocation proofs of that timestamp, then one more timestamp over everything.
* A document without validation material gets that of its seals too, so B-T becomes B-LTA.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from signing.checklist import StepFailedError
from signing.cms.cms_reader import ParsedCms, parse_cms
from signing.errors import ArchiveInputError
from signing.judging.coverage_checks import cut_container
from signing.long_term.archive_timestamps import add_archive_timestamp
from signing.pdf.file_layout import read_layout
from signing.reading.document_facts import DocumentFacts, UnreadableDocumentError, read_facts
from signing.reading.signature_fields import SignatureFacts
from signing.revocation.validation_material import MaterialGatherer
from signing.timestamps.authority import TimestampAuthority

_STRONG_RSA_BITS = 3072
# 112 bits of security are acceptable through 2030 (NIST SP 800-57 part 1 rev. 5, table 4).
_RSA_2048_ENDS = datetime(2030, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class ArchiveState:
    """Until when a document can be verified as it is."""

    timestamps: int
    """Archive timestamps it has."""

    lasts_until: datetime
    """When its newest timestamp loses its value."""

    chains: tuple[tuple[x509.Certificate, ...], ...]
    """Of whom renewing needs revocation proofs."""


def read_archive_state(document: bytes) -> ArchiveState:
    """How long a sealed document lasts.

    Args:
        document: A document this package sealed; validate it first.

    Raises:
        ArchiveInputError: It is not one, or bears no timestamp.
    """
    facts = _read(document)
    archives = facts.archive_timestamps
    try:
        seals = list(map(_parse, facts.seals))
        tokens = [seal.token for seal in seals if seal.token is not None]
        if not archives and not tokens:
            raise ArchiveInputError(reason="no-timestamp")
        newest = cut_container(archives[-1].contents) if archives else tokens[-1]
        newest_chain = _parse_token(newest).chain
        chains = [newest_chain]
        if not facts.material.proofs:
            chains += [container.chain for container in (*seals, *map(_parse_token, tokens))]
    except StepFailedError as error:
        raise ArchiveInputError(reason="no-timestamp") from error
    return ArchiveState(
        timestamps=len(archives),
        lasts_until=min(map(_lasts_until, newest_chain)),
        chains=tuple(dict.fromkeys(chains)),
    )


def renew_archive(
    document: bytes,
    *,
    timestamp_authority: TimestampAuthority,
    gatherer: MaterialGatherer,
    at: datetime,
) -> bytes:
    """Add an archive timestamp, and before it what it must cover.

    The caller must have validated the document: a timestamp makes a bad seal no better.

    Args:
        document: A document this package sealed.
        timestamp_authority: Who timestamps it; its certificate should last longer than the last.
        gatherer: Fetches the revocation proofs.
        at: Now, aware.

    Raises:
        ArchiveInputError: It is not a document of ours, or bears no timestamp.
        CertificateRevokedError: A certificate is revoked.
        RevocationUnavailableError: Proofs cannot be had.
        TimestampError: No timestamp could be had.
    """
    material = gatherer.gather(read_archive_state(document).chains, at=at)
    archived, _ = add_archive_timestamp(
        document, timestamp_authority=timestamp_authority, material=material
    )
    return archived


def _read(document: bytes) -> DocumentFacts:
    if read_layout(document) is None:
        raise ArchiveInputError(reason="foreign-layout")
    try:
        return read_facts(document, whole_ends=(len(document),))
    except UnreadableDocumentError as error:
        raise ArchiveInputError(reason="unreadable") from error


def _parse(facts: SignatureFacts) -> ParsedCms:
    return parse_cms(cut_container(facts.contents), content_type="data")


def _parse_token(token: bytes) -> ParsedCms:
    return parse_cms(token, content_type="tst_info")


def _lasts_until(certificate: x509.Certificate) -> datetime:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _STRONG_RSA_BITS:
        return min(certificate.not_valid_after_utc, _RSA_2048_ENDS)
    return certificate.not_valid_after_utc
