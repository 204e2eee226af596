"""A seal reaches the level asked for or is not made at all; its material is kept and renewed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.uri import open_key
from signing.errors import (
    CertificateRevokedError,
    LevelUnreachableError,
    RevocationUnavailableError,
    SigningError,
    TimestampUnreachableError,
)
from signing.levels import Level
from signing.report import Outcome, Verdict
from signing.revocation.revocation_sources import RevocationSource
from signing.revocation.statuses import ProofKind, RevocationProof
from signing.revocation.validation_material import MaterialGatherer
from signing.sealing import Sealer
from signing.timestamps.authority import TimestampAuthority
from signing.trust import TrustStore
from signing.validation import validate_document
from tests.support.changing_authority import ChangingAuthority
from tests.support.revocation_proofs import ListWish, ResponseWish, make_list, make_response
from tests.support.seal_certificates import Issued, Wish, issue
from tests.support.seals import (
    ALGORITHMS,
    NOW,
    demonstration_pki,
    make_authority,
    material_gatherer,
    revocation_source,
    sample_document,
    seal,
    seal_spec,
    sealed_document,
    timestamp_authority,
    validate,
)

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_LONG_TERM = (Level.B_LT, Level.B_LTA)


class _Source:
    """The demonstration lists; counts, and fails or revokes when told to."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.failing = False
        self.at = NOW
        self.revoked: dict[int, datetime] = {}

    def fetch(self, certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationProof:
        self.asked.append(certificate.serial_number)
        if self.failing:
            raise RevocationUnavailableError(serial="", reason="unreachable")
        source = revocation_source(at=self.at, revoked=self.revoked)
        return source.fetch(certificate, issuer)


class _NoAuthority:
    token_size_limit = 4096

    def timestamp(self, digest: bytes) -> bytes:
        raise TimestampUnreachableError(authority=f"nowhere, {len(digest)}", status=0)


def _sealer(
    source: RevocationSource,
    *,
    level: Level = Level.B_LT,
    authority: TimestampAuthority | None = None,
    slug: str = "p256",
) -> Sealer:
    identity = demonstration_pki().seals[slug]
    return Sealer(
        key=open_key(identity.key_uri),
        chain=identity.chain,
        level=level,
        timestamp_authority=authority or timestamp_authority(),
        gatherer=material_gatherer(source=source),
    )


def _seal(sealer: Sealer, *, at: datetime = NOW) -> bytes:
    return sealer.seal(sample_document(), seal_spec(), signed_at=at)


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("slug", ALGORITHMS)
def test_each_level_for_every_algorithm(slug: str, level: Level) -> None:
    report = validate(sealed_document(slug, level))
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.seals[0].level is level
    archived = report.check("archive-timestamps").outcome is Outcome.PASSED
    assert archived is (level is Level.B_LTA)
    material = report.check("long-term-material").outcome is Outcome.PASSED
    assert material is (level in _LONG_TERM)


@pytest.mark.parametrize(
    ("level", "needs"),
    [
        (Level.B_T, "timestamp-authority"),
        (Level.B_LT, "timestamp-authority"),
        (Level.B_LTA, "timestamp-authority"),
    ],
)
def test_a_level_without_an_authority(level: Level, needs: str) -> None:
    identity = demonstration_pki().seals["p256"]
    with pytest.raises(LevelUnreachableError) as caught:
        Sealer(
            key=open_key(identity.key_uri),
            chain=identity.chain,
            level=level,
            gatherer=material_gatherer(),
        )
    assert caught.value.params == {"level": level.value, "needs": needs}


@pytest.mark.parametrize("level", _LONG_TERM)
def test_a_level_without_a_source(level: Level) -> None:
    identity = demonstration_pki().seals["p256"]
    with pytest.raises(LevelUnreachableError) as caught:
        Sealer(
            key=open_key(identity.key_uri),
            chain=identity.chain,
            level=level,
            timestamp_authority=timestamp_authority(),
        )
    assert caught.value.params["needs"] == "revocation-source"


@pytest.mark.parametrize("level", [Level.B_T, *_LONG_TERM])
def test_an_authority_that_is_down(level: Level) -> None:
    with pytest.raises(TimestampUnreachableError):
        seal(sample_document(), level=level, authority=_NoAuthority())


@pytest.mark.parametrize("level", _LONG_TERM)
def test_a_source_that_is_down(level: Level) -> None:
    source = _Source()
    source.failing = True
    sealer = _sealer(source, level=level)
    with pytest.raises(RevocationUnavailableError):
        _seal(sealer)
    source.failing = False
    assert validate(_seal(sealer)).seals[0].level is level


def _serials() -> dict[str, int]:
    pki = demonstration_pki()
    seal_certificate, issuer = pki.seals["p256"].chain
    return {
        "seal": seal_certificate.serial_number,
        "issuer": issuer.serial_number,
        "authority": pki.timestamp.chain[0].serial_number,
    }


@pytest.mark.parametrize("whose", ["seal", "issuer", "authority"])
def test_a_revoked_certificate(whose: str) -> None:
    source = _Source()
    source.revoked = {_serials()[whose]: NOW - _DAY}
    with pytest.raises(CertificateRevokedError) as caught:
        _seal(_sealer(source))
    assert caught.value.params["serial"] == f"{_serials()[whose]:x}"


@pytest.mark.parametrize("made_at", [NOW - 8 * _DAY, NOW + _HOUR])
def test_a_list_of_another_time(made_at: datetime) -> None:
    source = _Source()
    source.at = made_at
    with pytest.raises(RevocationUnavailableError) as caught:
        _seal(_sealer(source))
    assert caught.value.params["reason"] == "stale"


def test_material_is_gathered_once_an_hour() -> None:
    source = _Source()
    sealer = _sealer(source)
    for minutes in (0, 1, 30, 59):
        _seal(sealer, at=NOW + minutes * _MINUTE)
    # The root's list, fetched for the issuer, speaks for the authority too.
    assert source.asked == [_serials()["seal"], _serials()["issuer"]]
    source.at = NOW + _HOUR
    document = _seal(sealer, at=NOW + _HOUR)
    assert len(source.asked) == 4
    status = validate(document, at=NOW + _HOUR).check("revocation").evidence
    assert datetime.fromisoformat(str(status["known"])) == NOW + _HOUR


def test_a_failed_renewal_does_no_harm_while_the_material_is_current() -> None:
    source, authority = _Source(), ChangingAuthority()
    sealer = _sealer(source, authority=authority)
    _seal(sealer)
    source.failing = True
    authority.at = later = NOW + 6 * _DAY
    assert validate(_seal(sealer, at=later), at=later).seals[0].level is Level.B_LT
    asked = len(source.asked)
    _seal(sealer, at=later + timedelta(seconds=30))
    assert len(source.asked) == asked  # a source that is down is left alone for a minute
    _seal(sealer, at=later + 2 * _MINUTE)
    assert len(source.asked) > asked
    with pytest.raises(RevocationUnavailableError):
        _seal(sealer, at=NOW + 8 * _DAY)


def test_after_word_of_a_revocation_nothing_kept_serves() -> None:
    source = _Source()
    sealer = _sealer(source)
    _seal(sealer)
    source.revoked, source.at = {_serials()["seal"]: NOW}, NOW + 2 * _HOUR
    with pytest.raises(CertificateRevokedError):
        _seal(sealer, at=NOW + 2 * _HOUR)
    source.failing = True
    with pytest.raises(RevocationUnavailableError):
        _seal(sealer, at=NOW + 2 * _HOUR)


def test_material_that_ends_within_the_hour_is_renewed_in_time() -> None:
    root, issued, authority = _small_pki()
    until = {"at": NOW + 10 * _MINUTE}

    class Source:
        def fetch(self, certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationProof:
            assert certificate.issuer == issuer.subject
            wish = ListWish(this_update=until["at"] - 10 * _MINUTE, next_update=until["at"])
            return make_list(root.certificate, root.private_key, wish)

    sealer = _own_sealer(
        issued, MaterialGatherer(source=Source(), roots=[root.certificate]), authority
    )
    _seal(sealer)
    later = NOW + 20 * _MINUTE
    with pytest.raises(RevocationUnavailableError):
        _seal(sealer, at=later)
    until["at"] = later + 5 * _MINUTE
    _seal(sealer, at=later)


def _small_pki() -> tuple[Issued, Issued, TimestampAuthority]:
    root = issue(Wish(name="根", ca=True))
    purposes = (ExtendedKeyUsageOID.TIME_STAMPING,)
    stamping = issue(Wish(name="时间戳", purposes=purposes, purposes_critical=True), root)
    return root, issue(Wish(), root), make_authority(stamping.key, [stamping.certificate])


def _own_sealer(
    issued: Issued,
    gatherer: MaterialGatherer,
    authority: TimestampAuthority,
    *above: x509.Certificate,
) -> Sealer:
    return Sealer(
        key=issued.key,
        chain=[issued.certificate, *above],
        level=Level.B_LT,
        timestamp_authority=authority,
        gatherer=gatherer,
    )


def test_a_responder_that_carries_its_issuer_proves_nothing_of_it() -> None:
    """The issuer's own certificate comes along with its answers; it needs a proof nevertheless."""
    root, _, authority = _small_pki()
    above = issue(Wish(name="签发机构", ca=True), root)
    issued = issue(Wish(), above)
    asked: list[x509.Certificate] = []

    class Source:
        def fetch(self, certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationProof:
            asked.append(certificate)
            if issuer == root.certificate:
                return make_list(issuer, root.private_key)
            wish = ResponseWish(carried=(issuer,))
            return make_response(certificate, issuer, issuer, above.private_key, wish)

    gatherer = MaterialGatherer(source=Source(), roots=[root.certificate])
    document = _seal(_own_sealer(issued, gatherer, authority, above.certificate))
    assert above.certificate in asked
    report = validate_document(document, trust=TrustStore(roots=(root.certificate,)), at=NOW)
    assert report.seals[0].level is Level.B_LT
    assert report.check("revocation").evidence["proofs"] == f"{ProofKind.CRL.value}, ocsp"


def test_a_chain_whose_issuer_is_not_known() -> None:
    root, issued, authority = _small_pki()
    stranger = issue(Wish(name="旁人", ca=True))
    gatherer = MaterialGatherer(source=revocation_source(), roots=[stranger.certificate])
    with pytest.raises(RevocationUnavailableError) as caught:
        _seal(_own_sealer(issued, gatherer, authority))
    assert caught.value.params["reason"] == "issuer"
    assert root.certificate != stranger.certificate


def test_many_threads_share_one_gathering() -> None:
    source, started = _Source(), threading.Barrier(4)
    sealer = _sealer(source, level=Level.B_LTA)

    def work(_: int) -> bytes:
        started.wait()
        return _seal(sealer)

    with ThreadPoolExecutor(4) as pool:
        documents = list(pool.map(work, range(4)))
    assert len(source.asked) == 2
    assert {validate(document).seals[0].level for document in documents} == {Level.B_LTA}


def test_every_refusal_has_a_stable_code() -> None:
    with pytest.raises(SigningError) as caught:
        _seal(_sealer(_Source(), authority=_NoAuthority()))
    assert caught.value.code == "signing.timestamp-unreachable"
