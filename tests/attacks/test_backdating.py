"""A document timestamp lends its time to nothing that was added after it."""

from datetime import timedelta
from functools import cache
from io import BytesIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfTimeStamper

from certsvc.foundation.clock import SystemClock
from certsvc.verification.authenticity.offline import check_file_offline
from certsvc.verification.authenticity.rules import AuthenticityAnswer, conclude
from signing.levels import Level
from signing.report import ValidationReport, Verdict
from signing.revocation.statuses import ProofKind, RevocationProof
from signing.validation import validate_document
from tests.support.foreign_pki import TODAY, foreign_pki
from tests.support.foreign_seals import Wishes, blank_document, sign

_REVOKED_AT = TODAY + timedelta(days=10)
_NOW = TODAY + timedelta(days=12)


@cache
def _stamped() -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(blank_document()))
    stamper = PdfTimeStamper(foreign_pki().authority.timestamper())
    stamped: BytesIO = stamper.timestamp_pdf(writer, "sha256")
    return stamped.getvalue()


def _list_of_the_signers_issuer() -> RevocationProof:
    pki = foreign_pki()
    issuer, signer = pki.issuers[-1], pki.signers["p256"].certificate
    entry = x509.RevokedCertificateBuilder(signer.serial_number, _REVOKED_AT).build()
    builder = x509.CertificateRevocationListBuilder(
        issuer.certificate.subject, _NOW, _NOW + timedelta(days=1)
    )
    revocations = builder.add_revoked_certificate(entry).sign(issuer.key, hashes.SHA256())
    return RevocationProof(kind=ProofKind.CRL, encoded=revocations.public_bytes(Encoding.DER))


def _validate(document: bytes) -> ValidationReport:
    proofs = [_list_of_the_signers_issuer()]
    return validate_document(document, trust=foreign_pki().trust, at=_NOW, fresh_proofs=proofs)


def test_a_revoked_key_used_after_the_timestamp() -> None:
    report = _validate(sign(_stamped(), Wishes(kind="p256")))
    assert report.check("archive-timestamps").code == "validation.archive-timestamps.passed"
    assert report.check("certificate-chain").evidence["at"] == _NOW.isoformat()
    assert report.check("revocation").code == "validation.revocation.revoked"
    assert report.verdict is not Verdict.TOTAL_PASSED
    assert report.seals[0].level is Level.B_B


def test_the_same_key_used_before_it() -> None:
    writer = IncrementalPdfFileWriter(BytesIO(sign(blank_document(), Wishes(kind="p256"))))
    stamper = PdfTimeStamper(foreign_pki().authority.timestamper())
    archived: BytesIO = stamper.timestamp_pdf(writer, "sha256")
    report = _validate(archived.getvalue())
    assert report.check("certificate-chain").evidence["at"] != _NOW.isoformat()
    assert report.check("revocation-now").code == "validation.revocation-now.later"
    assert report.verdict is not Verdict.TOTAL_FAILED


def test_only_the_seal_that_the_timestamp_covers_profits() -> None:
    first = sign(blank_document(), Wishes(kind="p256"))
    stamper = PdfTimeStamper(foreign_pki().authority.timestamper())
    archived: BytesIO = stamper.timestamp_pdf(IncrementalPdfFileWriter(BytesIO(first)), "sha256")
    report = _validate(sign(archived.getvalue(), Wishes(kind="p256", field="Later")))
    moments = [report.check("certificate-chain", seal=index).evidence["at"] for index in (0, 1)]
    assert moments[0] != _NOW.isoformat()
    assert moments[1] == _NOW.isoformat()
    assert report.check("revocation", seal=1).code == "validation.revocation.revoked"


def test_the_steps_of_a_seal_bear_its_own_number() -> None:
    report = _validate(sign(_stamped(), Wishes(kind="p256")))
    assert {check.seal for check in report.checks} == {None, 0}
    assert [seal.verdict for seal in conclude(report, ())] == [report.verdict]


def test_a_seal_behind_a_timestamp_is_answered() -> None:
    document = sign(_stamped(), Wishes(kind="p256", timestamped=True))
    # The authority tells the real time, which is later than TODAY by as long as the tests have run.
    now = SystemClock().now() + timedelta(minutes=3)
    report = check_file_offline(document, trust=foreign_pki().trust, now=now)
    assert report.answer is AuthenticityAnswer.AUTHENTIC
