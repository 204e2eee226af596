"""For which times a proof speaks, and which of several counts."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.revocation.statuses import CertificateStatus, ProofKind, find_status
from tests.support.revocation_proofs import ListWish, make_list
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import NOW

_DAY = timedelta(days=1)
_END = NOW + 100 * _DAY
_CA = issue(Wish(name="签发机构", ca=True))
_SEAL = issue(Wish(ends_at=_END), _CA)
_SERIAL = _SEAL.certificate.serial_number
_days = st.integers(-200, 200).map(lambda days: NOW + days * _DAY)


def _status(
    *,
    made: datetime = NOW,
    until: datetime | None = NOW + 7 * _DAY,
    revoked: datetime | None = None,
) -> CertificateStatus:
    return CertificateStatus(
        kind=ProofKind.CRL,
        this_update=made,
        next_update=until,
        revoked_at=revoked,
        expires_at=_END,
    )


@pytest.mark.parametrize(
    ("status", "at", "speaks"),
    [
        (_status(), NOW - 30 * _DAY, True),
        (_status(), NOW, True),
        (_status(), NOW + 7 * _DAY, True),
        (_status(), NOW + 8 * _DAY, False),
        (_status(until=None), NOW, True),
        (_status(until=None), NOW + timedelta(seconds=1), False),
        (_status(made=_END + _DAY), _END - _DAY, False),
        (_status(made=_END + _DAY, revoked=_END - 2 * _DAY), _END - _DAY, True),
        (_status(made=NOW - _DAY, revoked=NOW - 2 * _DAY), NOW + 90 * _DAY, True),
    ],
)
def test_times(status: CertificateStatus, at: datetime, *, speaks: bool) -> None:
    assert status.speaks_for(at, now=NOW + 150 * _DAY) is speaks


def test_a_proof_from_the_future_promises_nothing() -> None:
    early = _status(made=NOW + _DAY)
    assert not early.speaks_for(NOW, now=NOW)
    assert early.speaks_for(NOW, now=NOW + _DAY)
    assert _status(made=NOW + _DAY, revoked=NOW).speaks_for(NOW, now=NOW)


@given(made=_days, at=_days, now=_days, revoked=_days)
def test_a_revocation_in_force_is_never_overlooked(
    made: datetime, at: datetime, now: datetime, revoked: datetime
) -> None:
    speaks = _status(made=made, until=None, revoked=revoked).speaks_for(at, now=now)
    assert speaks or revoked > at


@given(made=_days, at=_days, now=_days)
def test_good_is_said_only_of_what_was_known(made: datetime, at: datetime, now: datetime) -> None:
    status = _status(made=made, until=made + 7 * _DAY)
    if status.speaks_for(at, now=now):
        assert made - timedelta(minutes=5) <= now
        assert at <= made + 7 * _DAY + timedelta(minutes=5)


@pytest.mark.parametrize("days", [(-3, 0), (0, -3)])
def test_the_earliest_revocation_counts(days: tuple[int, int]) -> None:
    first, second = (
        make_list(
            _CA.certificate,
            _CA.private_key,
            ListWish(this_update=NOW + index * _DAY, revoked={_SERIAL: NOW + offset * _DAY}),
        )
        for index, offset in enumerate(days)
    )
    status = find_status(
        [first, second],
        certificate=_SEAL.certificate,
        issuer=_CA.certificate,
        at=NOW,
        now=NOW + 2 * _DAY,
    )
    assert status is not None
    assert status.revoked_at == NOW - 3 * _DAY


def test_of_good_ones_the_newest_counts_and_useless_ones_do_not() -> None:
    stranger = issue(Wish(name="旁人", ca=True))
    proofs = [
        make_list(_CA.certificate, _CA.private_key, ListWish(this_update=NOW - _DAY)),
        make_list(_CA.certificate, _CA.private_key, ListWish(this_update=NOW)),
        make_list(stranger.certificate, stranger.private_key, ListWish(revoked={_SERIAL: NOW})),
        make_list(_CA.certificate, stranger.private_key, ListWish(revoked={_SERIAL: NOW})),
    ]
    certificates = {"certificate": _SEAL.certificate, "issuer": _CA.certificate}
    status = find_status(proofs, **certificates, at=NOW, now=NOW)
    assert status is not None
    assert (status.this_update, status.revoked_at) == (NOW, None)
    assert find_status(proofs[2:], **certificates, at=NOW, now=NOW) is None
