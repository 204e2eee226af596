"""What the validator says of revocation and time, years later, and what it needs for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.levels import Level
from signing.long_term.archive_timestamps import add_archive_timestamp
from signing.report import Outcome, SubIndication, ValidationReport, Verdict
from signing.revocation.statuses import RevocationProof
from signing.revocation.validation_material import MaterialGatherer, ValidationMaterial
from signing.sealing import Sealer
from signing.timestamps.authority import TimestampAuthority
from signing.trust import TrustStore
from signing.validation import validate_document
from tests.support.revocation_proofs import ListWish, make_list
from tests.support.seal_certificates import Issued, Wish, issue
from tests.support.seals import (
    NOW,
    demonstration_pki,
    make_authority,
    revocation_source,
    sample_document,
    seal_spec,
    sealed_document,
    validate,
)

_DAY, _YEAR = timedelta(days=1), timedelta(days=365)
_FAR = NOW + 50 * _YEAR
_ROOT = issue(Wish(name="长久的根", ca=True, ends_at=_FAR))
_CA = issue(Wish(name="签发机构", ca=True, ends_at=_FAR), _ROOT)
_SEAL = issue(Wish(ends_at=NOW + _YEAR), _CA)
_TRUST = TrustStore(roots=(_ROOT.certificate,))


@dataclass(frozen=True, kw_only=True)
class _Stamping:
    """A timestamp authority's certificate, and its tokens of a time."""

    issued: Issued

    def at(self, moment: datetime) -> TimestampAuthority:
        return make_authority(self.issued.key, [self.issued.certificate], at=moment)

    @property
    def serial(self) -> int:
        return self.issued.certificate.serial_number


def _stamping(starts_at: datetime = NOW - _DAY, *, years: int) -> _Stamping:
    wish = Wish(
        name=f"时间戳 {starts_at.year}",
        purposes=(ExtendedKeyUsageOID.TIME_STAMPING,),
        purposes_critical=True,
        starts_at=starts_at,
        ends_at=starts_at + years * _YEAR,
    )
    return _Stamping(issued=issue(wish, _ROOT))


_FIRST = _stamping(years=2)


def _lists(at: datetime, revoked: dict[int, datetime] | None = None) -> tuple[RevocationProof, ...]:
    """The lists of both issuers as of a time."""
    wish = ListWish(this_update=at, next_update=at + 7 * _DAY, revoked=revoked or {})
    return tuple(make_list(one.certificate, one.private_key, wish) for one in (_ROOT, _CA))


class _Source:
    def __init__(self, at: datetime) -> None:
        self._lists = dict(zip((_ROOT.certificate, _CA.certificate), _lists(at), strict=True))

    def fetch(self, certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationProof:
        assert certificate != issuer
        return self._lists[issuer]


def _seal(level: Level, *, stamping: _Stamping = _FIRST) -> bytes:
    sealer = Sealer(
        key=_SEAL.key,
        chain=[_SEAL.certificate, _CA.certificate],
        level=level,
        timestamp_authority=stamping.at(NOW),
        gatherer=MaterialGatherer(source=_Source(NOW), roots=[_ROOT.certificate]),
    )
    return sealer.seal(sample_document(), seal_spec(), signed_at=NOW)


def _judge(
    document: bytes, *, at: datetime = NOW, fresh: tuple[RevocationProof, ...] = ()
) -> ValidationReport:
    return validate_document(document, trust=_TRUST, at=at, fresh_proofs=fresh)


def _archived(document: bytes, stamping: _Stamping, *, at: datetime) -> bytes:
    """The file with one more archive timestamp, and the proofs as of then."""
    extended, _ = add_archive_timestamp(
        document,
        timestamp_authority=stamping.at(at),
        material=ValidationMaterial(proofs=_lists(at)),
    )
    return extended


_SERIAL = _SEAL.certificate.serial_number
_CA_SERIAL = _CA.certificate.serial_number


@pytest.mark.parametrize("level", [Level.B_B, Level.B_T, Level.B_LT, Level.B_LTA])
def test_good_then_and_now(level: Level) -> None:
    report = _judge(_seal(level), fresh=_lists(NOW))
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.check("revocation").outcome is Outcome.PASSED
    assert report.check("revocation-now").code == "validation.revocation-now.passed"
    assert report.seals[0].level is level


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
def test_revoked_before_it_was_sealed(level: Level) -> None:
    fresh = _lists(NOW + 30 * _DAY, {_SERIAL: NOW - _DAY})
    report = _judge(_seal(level), at=NOW + 30 * _DAY, fresh=fresh)
    assert (report.verdict, report.sub_indication) == (
        Verdict.TOTAL_FAILED,
        SubIndication.REVOKED,
    )
    assert report.check("revocation-now").outcome is Outcome.FAILED


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
def test_revoked_later(level: Level) -> None:
    fresh = _lists(NOW + 30 * _DAY, {_SERIAL: NOW + 10 * _DAY})
    report = _judge(_seal(level), at=NOW + 30 * _DAY, fresh=fresh)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.check("revocation-now").code == "validation.revocation-now.later"


def test_revoked_later_without_a_timestamp_is_open() -> None:
    fresh = _lists(NOW + 30 * _DAY, {_SERIAL: NOW + 10 * _DAY})
    report = _judge(_seal(Level.B_B), at=NOW + 30 * _DAY, fresh=fresh)
    assert (report.verdict, report.sub_indication) == (
        Verdict.INDETERMINATE,
        SubIndication.REVOKED_NO_POE,
    )


def test_a_revoked_issuer() -> None:
    fresh = _lists(NOW, {_CA_SERIAL: NOW - _DAY})
    report = _judge(_seal(Level.B_T), fresh=fresh)
    assert (report.verdict, report.sub_indication) == (
        Verdict.INDETERMINATE,
        SubIndication.REVOKED_CA_NO_POE,
    )
    both = _lists(NOW, {_CA_SERIAL: NOW - _DAY, _SERIAL: NOW - _DAY})
    assert _judge(_seal(Level.B_T), fresh=both).sub_indication is SubIndication.REVOKED


@pytest.mark.parametrize("whose", ["seal", "issuer"])
def test_one_revocation_suffices_whatever_else_is_unknown(whose: str) -> None:
    of_root, of_issuer = _lists(NOW, {_SERIAL: NOW - _DAY, _CA_SERIAL: NOW - _DAY})
    report = _judge(_seal(Level.B_T), fresh=(of_issuer if whose == "seal" else of_root,))
    assert report.verdict is not Verdict.TOTAL_PASSED
    assert report.check("revocation").code == "validation.revocation.revoked"
    assert report.check("revocation-now").outcome is Outcome.FAILED


def test_an_unknown_status_is_not_called_good() -> None:
    root_only = _lists(NOW)[:1]
    report = _judge(_seal(Level.B_T), fresh=root_only)
    assert report.check("revocation").outcome is Outcome.NOT_CHECKED
    assert report.check("revocation-now").code == "validation.revocation-now.not-asked"
    stale = _lists(NOW - 30 * _DAY)
    assert _judge(_seal(Level.B_T), fresh=stale).check("revocation").outcome is Outcome.NOT_CHECKED


def test_lists_from_the_future_are_not_believed() -> None:
    report = _judge(_seal(Level.B_T), fresh=_lists(NOW + _DAY))
    assert report.check("revocation").outcome is Outcome.NOT_CHECKED
    assert report.check("revocation-now").outcome is Outcome.NOT_CHECKED


def test_a_seal_outlives_its_certificate() -> None:
    report = _judge(_seal(Level.B_LT), at=NOW + 600 * _DAY)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.seals[0].level is Level.B_LT


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
def test_after_the_end_of_the_authority_s_certificate_nothing_is_proven(level: Level) -> None:
    report = _judge(_seal(level), at=NOW + 3 * _YEAR)
    assert (report.verdict, report.sub_indication) == (
        Verdict.INDETERMINATE,
        SubIndication.OUT_OF_BOUNDS_NO_POE,
    )


def _renewed(gaps_years: tuple[int, ...] = (1, 4, 7)) -> bytes:
    """Archived again and again, each time by a new authority before the last one's end."""
    document = _seal(Level.B_LTA)
    for years in gaps_years:
        moment = NOW + years * _YEAR
        document = _archived(document, _stamping(moment - _DAY, years=4), at=moment)
    return document


def test_it_passes_years_later_by_a_chain_of_archive_timestamps() -> None:
    report = _judge(_renewed(), at=NOW + 10 * _YEAR)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.seals[0].level is Level.B_LTA
    assert report.seals[0].timestamp_at == NOW
    evidence = report.check("archive-timestamps").evidence
    assert evidence["count"] == 4
    assert report.check("one-revision").evidence["revisions"] == 5


def test_a_chain_of_levels_that_was_begun_later() -> None:
    for level in (Level.B_T, Level.B_LT):
        document = _archived(_seal(level), _stamping(NOW + _YEAR - _DAY, years=4), at=NOW + _YEAR)
        report = _judge(document, at=NOW + 3 * _YEAR)
        assert report.verdict is Verdict.TOTAL_PASSED, level


def test_a_chain_that_has_ended() -> None:
    report = _judge(_renewed(), at=NOW + 12 * _YEAR)
    assert report.sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE
    assert report.check("archive-timestamps").code == "validation.archive-timestamps.ended"


def test_a_link_that_came_too_late() -> None:
    report = _judge(_renewed((1, 6)), at=NOW + 7 * _YEAR)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.check("archive-timestamps").code == "validation.archive-timestamps.ended"


def test_the_first_link_came_too_late() -> None:
    document = _archived(_seal(Level.B_LT), _stamping(NOW + 3 * _YEAR, years=4), at=NOW + 4 * _YEAR)
    report = _judge(document, at=NOW + 5 * _YEAR)
    assert report.check("archive-timestamps").outcome is Outcome.PASSED
    assert report.check("timestamp").code == "validation.timestamp.ended"
    assert report.sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE


@pytest.mark.parametrize(("days", "verdict"), [(-1, "revoked"), (400, "passed")])
def test_a_link_whose_authority_was_revoked(days: int, verdict: str) -> None:
    """Before the next one was made, it breaks the chain; afterwards it does not matter."""
    second = _stamping(NOW + _YEAR - _DAY, years=4)
    document = _seal(Level.B_LTA)
    document = _archived(document, second, at=NOW + _YEAR)
    end = NOW + 2 * _YEAR
    document = _archived(document, _stamping(end - _DAY, years=4), at=end)
    fresh = _lists(end + 500 * _DAY, {second.serial: end + days * _DAY})
    report = _judge(document, at=end + 500 * _DAY, fresh=fresh)
    assert report.check("archive-timestamps").code == f"validation.archive-timestamps.{verdict}"
    assert (report.verdict is Verdict.TOTAL_PASSED) is (verdict == "passed")


def test_a_revoked_authority_of_the_seal_s_own_timestamp() -> None:
    fresh = _lists(NOW + 2 * _DAY, {_FIRST.serial: NOW + _DAY})
    for level, verdict in ((Level.B_LT, "revoked"), (Level.B_LTA, "revoked")):
        report = _judge(_seal(level), at=NOW + 2 * _DAY, fresh=fresh)
        assert report.check(
            "timestamp" if level is Level.B_LT else "archive-timestamps"
        ).code.endswith(verdict)
        assert report.verdict is Verdict.INDETERMINATE
    saved = _archived(_seal(Level.B_LT), _stamping(years=4), at=NOW + _DAY / 2)
    assert _judge(saved, at=NOW + 2 * _DAY, fresh=fresh).verdict is Verdict.TOTAL_PASSED


@pytest.mark.parametrize("left_out", [0, 1])
def test_a_store_that_lacks_something_is_no_long_term_material(left_out: int) -> None:
    proofs = tuple(proof for index, proof in enumerate(_lists(NOW)) if index != left_out)
    document, _ = add_archive_timestamp(
        _seal(Level.B_T),
        timestamp_authority=_FIRST.at(NOW),
        material=ValidationMaterial(proofs=proofs),
    )
    report = _judge(document)
    assert report.check("long-term-material").code == "validation.long-term-material.incomplete"
    assert report.seals[0].level is Level.B_T


def test_a_store_without_word_of_the_authority_is_no_long_term_material() -> None:
    root = issue(Wish(name="另一根", ca=True))
    purposes = (ExtendedKeyUsageOID.TIME_STAMPING,)
    stamping = _Stamping(
        issued=issue(Wish(name="时间戳", purposes=purposes, purposes_critical=True), root)
    )
    document = _archived(_seal(Level.B_T, stamping=stamping), stamping, at=NOW)
    both = TrustStore(roots=(_ROOT.certificate, root.certificate))
    report = validate_document(document, trust=both, at=NOW)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.check("long-term-material").code == "validation.long-term-material.incomplete"
    assert report.seals[0].level is Level.B_T


def test_proofs_added_by_the_archive_are_long_term_material() -> None:
    document = _archived(_seal(Level.B_T), _FIRST, at=NOW)
    report = _judge(document)
    assert report.seals[0].level is Level.B_LTA


def test_the_demonstration_s_own_lists() -> None:
    serial = demonstration_pki().seals["p256"].chain[0].serial_number
    certificate, issuer = demonstration_pki().seals["p256"].chain
    fresh = revocation_source(revoked={serial: NOW - _DAY}).fetch(certificate, issuer)
    report = validate(sealed_document(level=Level.B_LT), fresh_proofs=[fresh])
    assert report.sub_indication is SubIndication.REVOKED
