"""Another timestamp authority steps in, and the seal's material follows."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.uri import open_key
from signing.errors import (
    LevelUnreachableError,
    RevocationUnavailableError,
)
from signing.levels import Level
from signing.report import Verdict
from signing.revocation.statuses import RevocationProof
from signing.revocation.validation_material import MaterialGatherer
from signing.sealing import Sealer
from signing.timestamps.authority import TimestampAuthority
from signing.trust import TrustStore
from signing.validation import validate_document
from tests.support.changing_authority import ChangingAuthority
from tests.support.revocation_proofs import make_list
from tests.support.seal_certificates import Issued, Wish, issue
from tests.support.seals import (
    NOW,
    demonstration_pki,
    make_authority,
    revocation_source,
    sample_document,
    seal_spec,
    timestamp_authority,
    validate,
)

_HOUR = timedelta(hours=1)


def _second_authority() -> tuple[TimestampAuthority, Issued, Issued]:
    root = issue(Wish(name="另一时间戳根", ca=True))
    purposes = (ExtendedKeyUsageOID.TIME_STAMPING,)
    stamping = issue(Wish(name="另一时间戳", purposes=purposes, purposes_critical=True), root)
    return make_authority(stamping.key, [stamping.certificate]), stamping, root


class _Either:
    """Two issuers' lists."""

    def __init__(self, other: Issued, *, knows_other: bool = True) -> None:
        self._other, self.knows_other = other, knows_other

    def fetch(self, certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationProof:
        if issuer == self._other.certificate and self.knows_other:
            return make_list(issuer, self._other.private_key)
        return revocation_source().fetch(certificate, issuer)


@pytest.mark.parametrize(("level", "turn"), [(Level.B_LT, 1), (Level.B_LTA, 1), (Level.B_LTA, 2)])
def test_another_authority_steps_in(level: Level, turn: int) -> None:
    """Its certificate is not in the material yet, so the document is sealed once more."""
    other, stamping, root = _second_authority()
    authority = ChangingAuthority(*[timestamp_authority()] * turn, other)
    identity = demonstration_pki().seals["p256"]
    roots = [demonstration_pki().root, root.certificate]
    sealer = Sealer(
        key=open_key(identity.key_uri),
        chain=identity.chain,
        level=level,
        timestamp_authority=authority,
        gatherer=MaterialGatherer(source=_Either(root), roots=roots),
    )
    report = validate_document(_seal(sealer), trust=TrustStore(roots=tuple(roots)), at=NOW)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.seals[0].level is level
    names = str(report.check("timestamp").evidence["authority"])
    assert stamping.certificate.subject.rfc4514_string() == f"CN={names}"


def test_another_authority_without_material_lowers_nothing() -> None:
    other, _, root = _second_authority()
    identity = demonstration_pki().seals["p256"]
    sealer = Sealer(
        key=open_key(identity.key_uri),
        chain=identity.chain,
        level=Level.B_LT,
        timestamp_authority=ChangingAuthority(timestamp_authority(), other),
        gatherer=MaterialGatherer(
            source=_Either(root, knows_other=False),
            roots=[demonstration_pki().root, root.certificate],
        ),
    )
    with pytest.raises(RevocationUnavailableError):
        _seal(sealer)


def test_authorities_that_change_at_every_turn_are_an_error() -> None:
    several = [_second_authority() for _ in range(12)]
    identity = demonstration_pki().seals["p256"]
    issuers = {root.certificate: root for _, _, root in several}

    class Source:
        def fetch(self, certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationProof:
            if issuer in issuers:
                return make_list(issuer, issuers[issuer].private_key)
            return revocation_source().fetch(certificate, issuer)

    sealer = Sealer(
        key=open_key(identity.key_uri),
        chain=identity.chain,
        level=Level.B_LT,
        timestamp_authority=ChangingAuthority(*(authority for authority, _, _ in several)),
        gatherer=MaterialGatherer(source=Source(), roots=[demonstration_pki().root, *issuers]),
    )
    with pytest.raises(LevelUnreachableError):
        _seal(sealer)


def test_an_authority_that_is_no_longer_used_is_forgotten() -> None:
    """Its certificate may be revoked or end; that concerns no seal made without it."""
    other, _, root = _second_authority()
    later = NOW + 2 * _HOUR
    gone = ChangingAuthority(other, other, timestamp_authority(at=later))
    either = _Either(root)
    identity = demonstration_pki().seals["p256"]
    sealer = Sealer(
        key=open_key(identity.key_uri),
        chain=identity.chain,
        level=Level.B_LT,
        timestamp_authority=gone,
        gatherer=MaterialGatherer(
            source=either, roots=[demonstration_pki().root, root.certificate]
        ),
    )
    _seal(sealer)
    either.knows_other = False
    assert validate(_seal(sealer, at=later), at=later).seals[0].level is Level.B_LT


def _seal(sealer: Sealer, *, at: datetime = NOW) -> bytes:
    return sealer.seal(sample_document(), seal_spec(), signed_at=at)
