"""Attacks on who sealed and when: other certificates, other roots, other timestamps."""

import hashlib

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from keys.algorithms import SignatureAlgorithm
from keys.uri import open_key
from signing.cms_writer import CmsWriter
from signing.levels import Level
from signing.report import SubIndication, ValidationReport, Verdict
from signing.sealing import seal_document
from signing.trust import TrustStore
from signing.validation import validate_document
from tests.support.seal_certificates import Issued, Wish, issue
from tests.support.seals import (
    NOW,
    demonstration_pki,
    make_authority,
    sample_document,
    seal_spec,
    timestamp_authority,
    validate,
)

_ROOT = issue(Wish(name="真正的根", ca=True))
_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")


class _ForgedAuthority:
    """Hands out a token made for something else."""

    token_size_limit = 4096

    def __init__(self, token: bytes) -> None:
        self._token = token

    def timestamp(self, digest: bytes) -> bytes:
        assert digest
        return self._token


def _seal(issued: Issued, *chain: x509.Certificate, token: bytes | None = None) -> bytes:
    authority = _ForgedAuthority(token) if token else timestamp_authority()
    return seal_document(
        sample_document(),
        seal_spec(),
        key=issued.key,
        chain=[issued.certificate, *chain],
        timestamp_authority=authority,
        signed_at=NOW,
    )


def _judge(document: bytes) -> ValidationReport:
    roots = (demonstration_pki().root,)
    store = TrustStore(roots=(_ROOT.certificate,), timestamp_roots=roots)
    return validate_document(document, trust=store, at=NOW)


def test_the_honest_case_passes() -> None:
    assert _judge(_seal(issue(Wish(), _ROOT))).verdict is Verdict.TOTAL_PASSED
    purposes = (_DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
    honest = issue(Wish(purposes=purposes), _ROOT)
    assert _judge(_seal(honest)).verdict is Verdict.TOTAL_PASSED


def test_a_self_made_root_with_the_same_name() -> None:
    impostor = issue(Wish(name="真正的根", ca=True))
    for chain in ((), (impostor.certificate,)):
        report = _judge(_seal(issue(Wish(), impostor), *chain))
        assert report.verdict is Verdict.INDETERMINATE
        assert report.check("certificate-chain").code.split(".")[-1] in {"untrusted", "broken"}


def test_a_self_signed_seal() -> None:
    report = _judge(_seal(issue(Wish())))
    assert report.verdict is Verdict.INDETERMINATE
    assert report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_a_seal_certificate_that_issues_another() -> None:
    honest = issue(Wish(), _ROOT)
    report = _judge(_seal(issue(Wish(name="副印"), honest), honest.certificate))
    assert report.verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize(
    "wish",
    [
        Wish(purposes=(ExtendedKeyUsageOID.TIME_STAMPING,), purposes_critical=True),
        Wish(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)),
        Wish(purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,)),
    ],
    ids=["timestamping", "server", "client"],
)
def test_a_certificate_for_another_purpose(wish: Wish) -> None:
    report = _judge(_seal(issue(wish, _ROOT)))
    assert report.verdict is Verdict.INDETERMINATE
    assert report.sub_indication is SubIndication.CHAIN_CONSTRAINTS_FAILURE


def _container(document: bytes) -> tuple[int, int, bytes]:
    """Where the hexadecimal digits of the CMS lie, and what they say."""
    start = document.index(b"/Contents <", document.index(b"/ByteRange")) + 11
    end = document.index(b">", start)
    return start, end, bytes.fromhex(document[start:end].decode())


def _put(document: bytes, encoded: bytes) -> bytes:
    start, end, _ = _container(document)
    digits = encoded.hex().encode().ljust(end - start, b"0")
    assert len(digits) == end - start
    return document[:start] + digits + document[end:]


def _signer(document: bytes) -> cms.SignerInfo:
    return cms.ContentInfo.load(_container(document)[2])["content"]["signer_infos"][0]


def test_another_key_under_the_honest_certificate() -> None:
    honest = issue(Wish(), _ROOT)
    document = _seal(honest)
    writer = CmsWriter(SignatureAlgorithm.P_256, [honest.certificate])
    attributes = b"\x31" + _signer(document)["signed_attrs"].dump()[1:]
    signature = issue(Wish(), _ROOT).key.sign(attributes)
    token = timestamp_authority().timestamp(hashlib.sha256(signature).digest())
    report = _judge(_put(document, writer.assemble(attributes, signature, token=token)))
    assert (report.verdict, report.sub_indication) == (
        Verdict.TOTAL_FAILED,
        SubIndication.SIG_CRYPTO_FAILURE,
    )


def test_a_substituted_certificate_of_the_same_key() -> None:
    # Same key, issuer and serial number, but another subject: only ESS tells them apart.
    honest = issue(Wish(), _ROOT)
    document = _seal(honest)
    wish = Wish(name="另一枚印章", serial=honest.certificate.serial_number)
    false = issue(wish, _ROOT, key=honest.private_key)
    writer = CmsWriter(SignatureAlgorithm.P_256, [false.certificate])
    signer = _signer(document)
    attributes = b"\x31" + signer["signed_attrs"].dump()[1:]
    report = _judge(_put(document, writer.assemble(attributes, signer["signature"].native)))
    assert report.check("signer-binding").code == "validation.signer-binding.substituted"
    assert report.verdict is Verdict.TOTAL_FAILED


def test_the_digest_algorithm_is_downgraded() -> None:
    document = _seal(issue(Wish(), _ROOT))
    sha256, sha224 = (
        bytes.fromhex("0609608648016503040201"),
        bytes.fromhex("0609608648016503040204"),
    )
    encoded = _container(document)[2].replace(sha256, sha224, 2)  # the unsigned places
    report = _judge(_put(document, encoded))
    assert report.verdict is Verdict.TOTAL_FAILED
    assert report.check("algorithms").code == "validation.algorithms.weak"


def test_a_stray_certificate_is_not_carried_along() -> None:
    stranger = issue(Wish(name="陌生"))
    report = _judge(_seal(issue(Wish(), _ROOT), stranger.certificate))
    assert report.verdict is Verdict.INDETERMINATE
    assert report.check("certificate-chain").code.endswith(".stray-certificates")


def _token_of(data: bytes) -> bytes:
    return timestamp_authority().timestamp(hashlib.sha256(data).digest())


def test_a_timestamp_from_another_file() -> None:
    report = _judge(_seal(issue(Wish(), _ROOT), token=_token_of(b"another signature")))
    assert report.verdict is Verdict.INDETERMINATE
    assert report.check("timestamp").code == "validation.timestamp.imprint"
    assert report.seals[0].timestamp_at is None
    assert report.seals[0].level is Level.B_B


def test_a_token_that_is_no_token() -> None:
    report = _judge(_seal(issue(Wish(), _ROOT), token=b"\x30\x03\x02\x01\x01"))
    assert report.verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize(
    "wish",
    [
        Wish(),
        Wish(purposes=(ExtendedKeyUsageOID.TIME_STAMPING,)),
        Wish(
            purposes=(ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CLIENT_AUTH),
            purposes_critical=True,
        ),
    ],
    ids=["a seal", "not critical", "not alone"],
)
def test_a_timestamp_by_whoever_may_not_give_it(wish: Wish) -> None:
    false = issue(wish, _ROOT)
    authority = make_authority(false.key, [false.certificate])
    issued = issue(Wish(), _ROOT)
    document = seal_document(
        sample_document(),
        seal_spec(),
        key=issued.key,
        chain=[issued.certificate],
        timestamp_authority=authority,
        signed_at=NOW,
    )
    report = validate_document(document, trust=TrustStore(roots=(_ROOT.certificate,)), at=NOW)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.check("timestamp").code == "validation.timestamp.wrong-usage"


def test_the_timestamp_authority_seals_documents() -> None:
    identity = demonstration_pki().timestamp
    document = seal_document(
        sample_document(),
        seal_spec(),
        key=open_key(identity.key_uri),
        chain=identity.chain,
        timestamp_authority=timestamp_authority(),
        signed_at=NOW,
    )
    report = validate(document)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.check("key-usage").code == "validation.key-usage.wrong"


def test_the_timestamp_is_taken_off() -> None:
    # What is left is an honest B-B seal, and is called nothing more.
    honest = issue(Wish(), _ROOT)
    document = _seal(honest)
    signer = _signer(document)
    writer = CmsWriter(SignatureAlgorithm.P_256, [honest.certificate])
    attributes = b"\x31" + signer["signed_attrs"].dump()[1:]
    report = _judge(_put(document, writer.assemble(attributes, signer["signature"].native)))
    assert report.seals[0].level is Level.B_B
    assert report.seals[0].timestamp_at is None
    assert report.check("timestamp").code == "validation.timestamp.absent"
