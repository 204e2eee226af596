"""The validation material of a seal: what a later reader needs that it cannot fetch any more.

* Every certificate below a trusted root has a proof that is current and says *good*; where one
  cannot be had there is no material, and so no seal of that level.
* Gathered before sealing, so that the seal itself covers it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from signing.cms.certificate_types import to_der
from signing.errors import CertificateRevokedError, RevocationUnavailableError
from signing.revocation.ocsp_responses import responder_certificates
from signing.revocation.revocation_errors import UnusableProofError
from signing.revocation.revocation_sources import RevocationSource
from signing.revocation.statuses import CertificateStatus, ProofKind, RevocationProof, read_status


@dataclass(frozen=True, kw_only=True)
class ValidationMaterial:
    """Certificates and revocation proofs, as a document carries them (EN 319 142-1 5.4.2)."""

    certificates: tuple[bytes, ...] = ()
    """DER, each once."""

    proofs: tuple[RevocationProof, ...] = ()
    """CRLs and OCSP responses, each once."""

    current_until: datetime | None = None
    """Until when every proof is current; ``None`` if nobody promised."""

    def joined(self, other: "ValidationMaterial") -> "ValidationMaterial":
        """What both have."""
        ends = [end for end in (self.current_until, other.current_until) if end is not None]
        return ValidationMaterial(
            certificates=tuple(dict.fromkeys((*self.certificates, *other.certificates))),
            proofs=tuple(dict.fromkeys((*self.proofs, *other.proofs))),
            current_until=min(ends, default=None),
        )


NO_MATERIAL = ValidationMaterial()
"""What most documents carry."""


class MaterialGatherer:
    """Gathers what the level B-LT needs; from one source, up to the given roots."""

    def __init__(self, *, source: RevocationSource, roots: Sequence[x509.Certificate]) -> None:
        """Take note of the source.

        Args:
            source: Knows the status of certificates.
            roots: Trust anchors of seals and of timestamp authorities; they need no proof.
        """
        self._source = source
        self._roots = tuple(roots)

    def gather(
        self, chains: Iterable[Sequence[x509.Certificate]], *, at: datetime
    ) -> ValidationMaterial:
        """The material for certificate chains.

        Args:
            chains: Each from an end certificate to the last one below a root.
            at: Now, aware.

        Raises:
            RevocationUnavailableError: Of some certificate no current proof can be had, or its
                issuer is not known.
            CertificateRevokedError: One of them is revoked.
        """
        material, proven = ValidationMaterial(), set(self._roots)
        for chain in chains:
            for certificate in chain:
                if certificate in proven:
                    continue
                issuer = self._issuer(certificate, chain)
                if not _is_listed(material.proofs, certificate, issuer):
                    material = material.joined(self._prove(certificate, issuer, at))
                own = ValidationMaterial(certificates=(to_der(certificate),))
                material = material.joined(own)
                proven.add(certificate)
        return material

    def _issuer(
        self, certificate: x509.Certificate, chain: Sequence[x509.Certificate]
    ) -> x509.Certificate:
        for candidate in (*chain, *self._roots):
            if candidate.subject != certificate.issuer or candidate == certificate:
                continue
            try:
                certificate.verify_directly_issued_by(candidate)
            except (InvalidSignature, ValueError, TypeError):
                continue
            return candidate
        raise RevocationUnavailableError(serial=f"{certificate.serial_number:x}", reason="issuer")

    def _prove(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> ValidationMaterial:
        serial = f"{certificate.serial_number:x}"
        proof = self._source.fetch(certificate, issuer)
        try:
            status = read_status(proof, certificate=certificate, issuer=issuer)
        except UnusableProofError as error:
            raise RevocationUnavailableError(serial=serial, reason=error.reason) from error
        if status.revoked_at is not None:
            raise CertificateRevokedError(serial=serial, since=status.revoked_at.isoformat())
        _require_current(status, serial, at)
        responders: tuple[bytes, ...] = ()
        if proof.kind is ProofKind.OCSP:
            responders = tuple(map(to_der, responder_certificates(proof.encoded)))
        return ValidationMaterial(
            certificates=responders,
            proofs=(proof,),
            current_until=status.next_update,
        )


def _is_listed(
    proofs: Iterable[RevocationProof], certificate: x509.Certificate, issuer: x509.Certificate
) -> bool:
    """Whether a list that was fetched for another certificate says that this one is good."""
    for proof in proofs:
        try:
            status = read_status(proof, certificate=certificate, issuer=issuer)
        except UnusableProofError:
            continue
        return status.revoked_at is None
    return False


def _require_current(status: CertificateStatus, serial: str, at: datetime) -> None:
    if not status.is_current(at):
        raise RevocationUnavailableError(serial=serial, reason="stale")
