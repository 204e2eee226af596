"""Was a certificate of the path revoked, when the seal was made and now (EN 319 102-1 5.2.6).

* Without a proof that speaks for the time asked about, the answer is *not checked*, not *good*;
  but one known revocation suffices, whatever is not known of the other certificates.
* A certificate revoked after a proven time was good when it was used.
* Who claims to have signed after the revocation was certainly not entitled to; else it is open.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from asn1crypto import x509 as asn1_x509

from signing.checklist import Evidence, StepFailedError, StepNotPossibleError
from signing.cms.certificate_types import to_x509
from signing.report import SubIndication
from signing.revocation.statuses import CertificateStatus, RevocationProof, find_status

Path = Sequence[asn1_x509.Certificate]


def check_status_then(
    path: Path,
    proofs: Iterable[RevocationProof],
    *,
    at: datetime,
    now: datetime,
    claimed: datetime | None,
) -> Evidence:
    """No certificate of the path was revoked when the seal was made.

    Args:
        path: Root first.
        proofs: All that are at hand.
        at: When the seal is known to have existed.
        now: The time of validation.
        claimed: When its signer claims to have made it.

    Raises:
        StepFailedError: One was revoked.
        StepNotPossibleError: None is known to have been, but of one of them nothing is known.
    """
    statuses = _statuses(path, proofs, at=at, now=now)
    for index, status in reversed(list(enumerate(statuses, 1))):
        if status is None or status.revoked_at is None or status.revoked_at > at:
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
    known = [status for status in statuses if status is not None]
    if len(known) < len(statuses) or not known:
        unknown = path[statuses.index(None) + 1] if statuses else path[-1]
        raise StepNotPossibleError("no-data", serial=_serial(unknown))
    oldest = min(known, key=lambda status: status.this_update)
    kinds = ", ".join(sorted({status.kind.value for status in known}))
    return {"at": at.isoformat(), "proofs": kinds, "known": oldest.this_update.isoformat()}


def is_proven(
    path: Path, proofs: Iterable[RevocationProof], *, at: datetime, now: datetime
) -> bool:
    """Whether there is a proof for every certificate of the path but the root."""
    return None not in _statuses(path, proofs, at=at, now=now)


def find_revocation(
    path: Path, proofs: Iterable[RevocationProof], *, at: datetime
) -> CertificateStatus | None:
    """The earliest revocation of a certificate of the path in force at a time, if one is known."""
    known = [
        (status.revoked_at, status)
        for status in _statuses(path, proofs, at=at, now=at)
        if status is not None and status.revoked_at is not None and status.revoked_at <= at
    ]
    return min(known, key=lambda pair: pair[0])[1] if known else None


def _statuses(
    path: Path, proofs: Iterable[RevocationProof], *, at: datetime, now: datetime
) -> list[CertificateStatus | None]:
    """What is known of each certificate below the root."""
    proofs = tuple(proofs)
    certificates = [to_x509(certificate) for certificate in path]
    return [
        find_status(proofs, certificate=certificate, issuer=issuer, at=at, now=now)
        for issuer, certificate in pairwise(certificates)
    ]


def _serial(certificate: asn1_x509.Certificate) -> str:
    return f"{certificate.serial_number:x}"
