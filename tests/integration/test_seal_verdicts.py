"""What the validator says of good, foreign, damaged and hostile files."""

import time
import zlib
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.levels import Level
from signing.report import Outcome, SubIndication, ValidationReport, Verdict
from signing.sealing import seal_document
from signing.timestamps.http_timestamps import HttpTimestampAuthority
from signing.trust import TrustStore
from signing.validation import validate_document
from tests.support.hostile_files import judge_within_bounds
from tests.support.http_out import HTTP
from tests.support.openssl_tsa import OpensslTsa, serve
from tests.support.seal_certificates import Issued, Wish, issue
from tests.support.seals import (
    ALGORITHMS,
    NOW,
    demonstration_pki,
    make_pki,
    sample_document,
    seal,
    seal_spec,
    sealed_document,
    timestamp_authority,
    trust,
    validate,
)


def _failed(report: ValidationReport) -> dict[str, str]:
    return {c.name: c.code for c in report.checks if c.outcome is Outcome.FAILED}


@pytest.mark.parametrize("slug", sorted(ALGORITHMS))
def test_our_own_seal_passes(slug: str) -> None:
    report = validate(sealed_document(slug))
    assert (report.verdict, report.sub_indication) == (Verdict.TOTAL_PASSED, None)
    gaps = {c.name for c in report.checks if c.outcome is Outcome.NOT_CHECKED}
    assert gaps == {"archive-timestamps", "revocation", "revocation-now", "long-term-material"}
    (found,) = report.seals
    assert found.signer_name == "示范区电子证明核实信息专用章（演示）"
    assert found.organisation == "示范区人民政府"
    assert found.level is Level.B_T
    assert found.timestamp_at == found.claimed_at == NOW
    serial = demonstration_pki().seals[slug].chain[0].serial_number
    assert int(found.certificate_serial, 16) == serial
    assert found.reason == "证明"


def test_a_timestamp_keeps_an_expired_seal_valid() -> None:
    years_later = NOW + timedelta(days=3 * 365)
    assert validate(sealed_document(), at=years_later).verdict is Verdict.TOTAL_PASSED


def _seal_with(
    issued: Issued, *chain: x509.Certificate, timestamped: bool = True, at: datetime = NOW
) -> bytes:
    return seal_document(
        sample_document(),
        seal_spec(),
        key=issued.key,
        chain=[issued.certificate, *chain],
        level=Level.B_T if timestamped else Level.B_B,
        timestamp_authority=timestamp_authority(at=at),
        signed_at=at,
    )


def _judge(document: bytes, root: x509.Certificate, *, at: datetime = NOW) -> ValidationReport:
    store = TrustStore(roots=(root,), timestamp_roots=(demonstration_pki().root,))
    return validate_document(document, trust=store, at=at)


ROOT = issue(Wish(name="根", ca=True))


def test_without_a_timestamp_it_says_so() -> None:
    document = _seal_with(issue(Wish(), ROOT), timestamped=False)
    report = _judge(document, ROOT.certificate)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.check("timestamp").code == "validation.timestamp.absent"
    assert report.check("timestamp").outcome is Outcome.NOT_CHECKED
    assert report.seals[0].level is Level.B_B
    assert report.seals[0].timestamp_at is None
    later = _judge(document, ROOT.certificate, at=NOW + timedelta(days=366))
    assert (later.verdict, later.sub_indication) == (Verdict.INDETERMINATE, SubIndication.EXPIRED)


def test_a_foreign_root() -> None:
    report = _judge(sealed_document(), ROOT.certificate)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert _failed(report) == {"certificate-chain": "validation.certificate-chain.untrusted"}


def test_an_untrusted_timestamp_authority() -> None:
    store = TrustStore(roots=(demonstration_pki().root,), timestamp_roots=(ROOT.certificate,))
    report = validate_document(sealed_document(), trust=store, at=NOW)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.check("timestamp").code == "validation.timestamp.untrusted"
    assert report.seals[0].timestamp_at is None


def test_nobody_is_trusted() -> None:
    report = validate_document(sealed_document(), trust=TrustStore(roots=()), at=NOW)
    assert report.verdict is Verdict.INDETERMINATE


def test_before_it_was_sealed() -> None:
    report = validate(sealed_document(), at=NOW - timedelta(days=1))
    assert report.verdict is Verdict.INDETERMINATE
    assert report.sub_indication is SubIndication.TIMESTAMP_ORDER_FAILURE


def test_certificates_that_name_a_revocation_source_are_not_called_checked() -> None:
    document = _seal_with(issue(Wish(revocation_url="http://crl.invalid/x.crl"), ROOT))
    report = _judge(document, ROOT.certificate)
    assert report.check("revocation").code == "validation.revocation.no-data"
    assert report.check("revocation").outcome is Outcome.NOT_CHECKED


def test_an_unsealed_document() -> None:
    report = validate(sample_document())
    assert report.verdict is Verdict.INDETERMINATE
    assert report.sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND
    assert report.check("seal-present").code == "validation.seal-present.none"
    assert report.seals == ()


def test_a_changed_document_is_failed_by_its_digest() -> None:
    document = sealed_document().replace(b"/Lang (zh-CN)", b"/Lang (en-GB)", 1)
    report = validate(document)
    assert (report.verdict, report.sub_indication) == (
        Verdict.TOTAL_FAILED,
        SubIndication.HASH_FAILURE,
    )
    assert report.seals[0].level is None


def test_a_real_authority_over_http(tmp_path: Path) -> None:
    tsa = OpensslTsa(tmp_path)
    root = x509.load_pem_x509_certificate(tsa.root_pem)
    now = datetime.fromtimestamp(time.time(), NOW.tzinfo)
    issued = issue(Wish(ends_at=now + timedelta(days=1)))
    with serve(tsa.answer) as url:
        document = seal_document(
            sample_document(),
            seal_spec(),
            key=issued.key,
            chain=[issued.certificate],
            timestamp_authority=HttpTimestampAuthority(http=HTTP, url=url, roots=[root]),
            signed_at=now,
        )
    store = TrustStore(roots=(issued.certificate,), timestamp_roots=(root,))
    report = validate_document(document, trust=store, at=now)
    assert report.check("timestamp").outcome is Outcome.PASSED
    assert report.seals[0].level is Level.B_T


def _pyhanko_signer(issued: Issued) -> SimpleSigner:
    key = issued.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    certificate = asn1_x509.Certificate.load(issued.certificate.public_bytes(Encoding.DER))
    return SimpleSigner(
        signing_cert=certificate,
        signing_key=PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]  # pyHanko's own
    )


def _sign_foreign(document: bytes, issued: Issued, field: str) -> bytes:
    metadata = PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES)
    writer = IncrementalPdfFileWriter(BytesIO(document))
    output: BytesIO = sign_pdf(writer, metadata, _pyhanko_signer(issued))
    return output.getvalue()


def test_a_foreign_seal_is_judged_by_what_it_promises() -> None:
    issued = issue(Wish(), ROOT)
    document = _sign_foreign(sample_document(), issued, "Foreign")
    report = _judge(document, ROOT.certificate)
    assert report.verdict is Verdict.TOTAL_PASSED
    not_checked = {c.name for c in report.checks if c.outcome is Outcome.NOT_CHECKED}
    assert not_checked == {
        "one-revision",
        "archive-timestamps",
        "certification",
        "timestamp",
        "revocation",
        "revocation-now",
        "long-term-material",
    }
    assert report.seals[0].level is Level.B_B
    assert _judge(document, demonstration_pki().root).verdict is Verdict.INDETERMINATE


def test_two_seals_are_reported_one_by_one() -> None:
    first = _sign_foreign(sample_document(), issue(Wish(), ROOT), "First")
    second = _sign_foreign(first, issue(Wish(name="另一枚"), ROOT), "Second")
    report = _judge(second, ROOT.certificate)
    assert [found.field_name for found in report.seals] == ["First", "Second"]
    assert report.check("whole-file", seal=0).code == "validation.whole-file.signed-again"
    assert report.check("whole-file", seal=1).code == "validation.whole-file.passed"
    assert report.verdict is Verdict.TOTAL_PASSED


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "empty"),
        (b"\x00" * 1000, "not-pdf"),
        (b"PK\x03\x04rest of a zip", "zip"),
        (b"hello", "not-pdf"),
        (b"%PDF-", "damaged"),
        (b"%PDF-1.7\n" + b"\x00" * 5000, "damaged"),
        (b"%PDF-1.7\nstartxref\n0\n%%EOF\n", "damaged"),
        (b"\n%PDF-1.7\n", "bytes-before"),
    ],
)
def test_what_is_no_pdf(document: bytes, reason: str) -> None:
    report = validate(document)
    assert report.check("file-structure").code == f"validation.file-structure.{reason}"
    assert (report.verdict, report.sub_indication) == (
        Verdict.TOTAL_FAILED,
        SubIndication.FORMAT_FAILURE,
    )


def test_a_truncated_file() -> None:
    whole = sealed_document()
    for size in (10, len(whole) // 2, len(whole) - 1000, len(whole) - 8):
        assert validate(whole[:size]).verdict is Verdict.TOTAL_FAILED


def _pages(count: int) -> bytes:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        for _ in range(count - 1):
            pdf.pages.append(page)
        out = BytesIO()
        pdf.save(out)
        return out.getvalue()


def _object_stream_bomb(size: int = 1 << 30) -> bytes:
    """A valid file of 1 MB whose catalog lies in an object stream of a gigabyte."""
    catalog = b"1 0 2 60 << /Type /Catalog /Pages 2 0 R >>".ljust(9 + 60)
    packer = zlib.compressobj(9)
    packed = packer.compress(catalog + b"<< /Type /Pages /Kids [] /Count 0 >>")
    for _ in range(size >> 20):
        packed += packer.compress(bytes([32]) * (1 << 20))
    packed += packer.flush()
    head = b"%PDF-1.7\n"
    stream = b"5 0 obj\n<< /Type /ObjStm /N 2 /First 9 /Filter /FlateDecode /Length %d >>\nstream\n"
    body = head + stream % len(packed) + packed + b"\nendstream\nendobj\n"
    places = [(0, 0, 255), (2, 5, 0), (2, 5, 1), (0, 0, 0), (0, 0, 0)]
    places += [(1, len(head), 0), (1, len(body), 0)]
    table = b"".join(bytes([kind]) + at.to_bytes(3) + bytes([last]) for kind, at, last in places)
    body += b"6 0 obj\n<< /Type /XRef /Size 7 /W [ 1 3 1 ] /Root 1 0 R /Length %d >>\n" % len(table)
    at = body.rindex(b"6 0 obj")
    return body + b"stream\n" + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % at


def test_the_bomb_is_a_readable_file_when_it_is_small() -> None:
    report = validate(_object_stream_bomb(1 << 20))
    assert report.check("file-structure").outcome is Outcome.PASSED


def _looping_references() -> bytes:
    body = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    body += b"2 0 obj\n<< /Type /Pages /Kids [2 0 R] /Count 1 >>\nendobj\n"
    at = len(body)
    table = b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \n"
    return (
        body
        + table
        + b"trailer << /Size 3 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            at,
            at,
        )
    )


def _deeply_nested() -> bytes:
    body = b"%PDF-1.7\n1 0 obj\n" + b"[" * 2_000_000 + b"]" * 2_000_000 + b"\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
    return body + table + b"trailer << /Size 2 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(body)


@pytest.mark.parametrize(
    ("make", "verdict"),
    [
        (lambda: _pages(10_000), "INDETERMINATE"),  # more than are looked at is no fault of it
        (_object_stream_bomb, "TOTAL-FAILED"),
        (_looping_references, "TOTAL-FAILED"),
        (_deeply_nested, "TOTAL-FAILED"),
        (lambda: sealed_document() * 200, "TOTAL-FAILED"),
        (lambda: b"%PDF-1.7\n" + b"startxref\n" * 1_000_000, "TOTAL-FAILED"),
    ],
    ids=["pages", "bomb", "loop", "nested", "repeated", "startxref"],
)
def test_hostile_files_stay_within_bounds(make: object, verdict: str) -> None:
    assert callable(make)
    judged = judge_within_bounds(make(), at=NOW)
    assert judged.verdict == verdict, judged
    assert judged.peak_mib < 256


def test_a_trust_store_from_files(tmp_path: Path) -> None:
    path = tmp_path / "root.pem"
    path.write_bytes(demonstration_pki().root.public_bytes(Encoding.PEM))
    store = TrustStore.from_pem([path])
    assert store == trust()
    report = validate_document(sealed_document(), trust=store, at=NOW)
    assert report.verdict is Verdict.TOTAL_PASSED


def test_two_demonstration_authorities_do_not_trust_each_other(tmp_path: Path) -> None:
    document = seal(sample_document(), pki=make_pki(tmp_path))
    assert validate(document).verdict is Verdict.INDETERMINATE
