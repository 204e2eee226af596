"""Was a certificate of the path revoked, when the seal was made and now (EN 319 102-1 5.2.6).

* Without a proof that speaks for the time asked about, the answer is *not checked*, not *good*.
* A certificate revoked after a proven time was good when it was used.
* Who claims to have signed after the revocation was certainly not entitled to; else it is open.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from asn1crypto import x509 as asn1_x509
from cryptography import x509

from signing.checklist import Evidence, StepFailedError, StepNotPossibleError
from signing.report import SubIndication
from signing.revocation import CertificateStatus, RevocationProof, find_status

_REMEMBERED = 256
Path = Sequence[asn1_x509.Certificate]


def check_status_then(
    path: Path,
    proofs: Iterable[RevocationProof],
    *,
    at: datetime,
    claimed: datetime | None,
) -> Evidence:
    """No certificate of the path was revoked when the seal was made.

    Args:
        path: Root first.
        proofs: All that are at hand.
        at: When the seal is known to have existed.
        claimed: When its signer claims to have made it.

    Raises:
        StepNotPossibleError: Of one of them nothing is known.
        StepFailedError: One was revoked.
    """
    statuses = _statuses(path, proofs, at=at)
    for index, status in enumerate(statuses, 1):
        if status.revoked_at is None or status.revoked_at > at:
            continue
        is_signer = index == len(path) - 1
        definite = is_signer and claimed is not None and claimed >= status.revoked_at
        why = SubIndication.REVOKED_NO_POE if is_signer else SubIndication.REVOKED_CA_NO_POE
        raise StepFailedError(
            "revoked",
            SubIndication.REVOKED if definite else why,
            serial=_serial(path[index]),
            since=status.revoked_at.isoformat(),
        )
    oldest = min(statuses, key=lambda status: status.this_update)
    kinds = ", ".join(sorted({status.kind.value for status in statuses}))
    return {"at": at.isoformat(), "proofs": kinds, "known": oldest.this_update.isoformat()}


def is_proven(path: Path, proofs: Iterable[RevocationProof], *, at: datetime) -> bool:
    """Whether there is a proof for every certificate of the path but the root."""
    try:
        _statuses(path, proofs, at=at)
    except StepNotPossibleError:
        return False
    return True


def find_revocation(
    path: Path, proofs: Iterable[RevocationProof], *, at: datetime
) -> CertificateStatus | None:
    """The revocation of a certificate of the path that was in force at a time, if one is known."""
    for index in range(1, len(path)):
        status = _find_status(path, index, proofs, at=at)
        if status is not None and status.revoked_at is not None and status.revoked_at <= at:
            return status
    return None


def _statuses(
    path: Path, proofs: Iterable[RevocationProof], *, at: datetime
) -> list[CertificateStatus]:
    found, proofs = [], tuple(proofs)
    for index in range(1, len(path)):
        status = _find_status(path, index, proofs, at=at)
        if status is None:
            raise StepNotPossibleError("no-data", serial=_serial(path[index]))
        found.append(status)
    return found


def _find_status(
    path: Path, index: int, proofs: Iterable[RevocationProof], *, at: datetime
) -> CertificateStatus | None:
    certificate, issuer = x509_of(path[index]), x509_of(path[index - 1])
    return find_status(proofs, certificate=certificate, issuer=issuer, at=at)


def x509_of(certificate: asn1_x509.Certificate) -> x509.Certificate:
    """The same certificate in the other library's type; the few of a seal recur in every file."""
    return _parse(certificate.dump())


@lru_cache(_REMEMBERED)
def _parse(encoded: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(encoded)


def _serial(certificate: asn1_x509.Certificate) -> str:
    return f"{certificate.serial_number:x}"
