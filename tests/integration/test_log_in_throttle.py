"""A stranger who guesses is slowed down; the owner gets in and is told of it. On each engine."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from certsvc.demonstration.district import PASSWORD
from certsvc.foundation.log_in_secret import LogInSecret
from certsvc.people.accounts.known_devices import LIFETIME, find_device, remember_device
from certsvc.people.accounts.origins import Origin, counted_address, masked_address
from certsvc.people.accounts.service import BegunLogIn, LogInRefusedError, log_in
from certsvc.people.accounts.throttle import (
    FAILURES_BEFORE_LOCK,
    FAILURES_OF_NAME,
    LOCK_DURATION,
    LogInLockedError,
)
from tests.support.world import NOW, World

OWNER, STRANGER = "clerk.wang", "198.51.100.7"


def enter(
    world: World,
    password: str = PASSWORD,
    *,
    name: str = OWNER,
    after: timedelta = timedelta(),
    **origin: str,
) -> BegunLogIn:
    services = world.services
    return log_in(
        services.database,
        secret=services.log_in_secret,
        name=name,
        password=password,
        now=NOW + after,
        origin=Origin(**origin),
    )


def guess(world: World, *, times: int = 1, **origin: str) -> None:
    for _ in range(times):
        with pytest.raises(LogInRefusedError):
            enter(world, "wrong", **origin)


def test_a_stranger_locks_only_their_own_address(world: World) -> None:
    guess(world, times=FAILURES_BEFORE_LOCK, address=STRANGER)
    with pytest.raises(LogInLockedError):
        enter(world, address=STRANGER)
    begun = enter(world, address="203.0.113.9")
    assert begun.tried_in_vain is not None
    assert begun.tried_in_vain.count == FAILURES_BEFORE_LOCK
    assert begun.tried_in_vain.sources == ("198.51.*.*",)
    assert begun.tried_in_vain.last_at == NOW
    assert enter(world, address="203.0.113.9").tried_in_vain is None, "told once"


def test_guessing_from_many_addresses_ends_but_not_for_a_known_device(world: World) -> None:
    known = enter(world).devices
    for number in range(FAILURES_OF_NAME):
        guess(world, address=f"10.{number}.0.1")
    with pytest.raises(LogInLockedError):
        enter(world, address="203.0.113.9")
    begun = enter(world, address="203.0.113.9", devices=known)
    assert begun.tried_in_vain is not None
    assert begun.tried_in_vain.sources == ("10.0.*.*", "10.1.*.*", "10.2.*.*")
    with pytest.raises(LogInLockedError):
        enter(world, address="203.0.113.9")  # the lock of the others stays
    assert enter(world, address="203.0.113.9", after=LOCK_DURATION)


def test_a_known_device_is_counted_apart_and_for_one_person(world: World) -> None:
    known = enter(world).devices
    guess(world, times=FAILURES_BEFORE_LOCK, devices=known, address=STRANGER)
    with pytest.raises(LogInLockedError):
        enter(world, devices=known, address=STRANGER)
    other = enter(world, address=STRANGER)
    both = enter(world, name="clerk.chen", devices=other.devices).devices
    secret = world.services.log_in_secret
    assert find_device(secret, "CLERK.chen", both, now=NOW)
    assert find_device(secret, OWNER, both, now=NOW)
    assert find_device(secret, "seal.zhao", both, now=NOW) is None


def test_of_a_name_that_nobody_has_as_much_is_kept(world: World) -> None:
    with pytest.raises(LogInRefusedError):
        enter(world, "wrong", name="nobody", address=STRANGER)
    guess(world, address=STRANGER)
    with world.services.database.reading() as session:
        for table, rows in (("failed_log_ins", 2), ("log_in_failures", 4)):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == rows  # noqa: S608  ours
    enter(world, after=timedelta(days=2))
    with world.services.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM failed_log_ins")) == 0


class TestKnownDevices:
    secret = LogInSecret(bytes(32))

    def test_ends_and_is_renewed(self) -> None:
        kept = remember_device(self.secret, "a", "", None, now=NOW)
        device = find_device(self.secret, "a", kept, now=NOW + LIFETIME)
        assert device
        assert find_device(self.secret, "a", kept, now=NOW + LIFETIME + timedelta(days=1)) is None
        assert find_device(self.secret, "a", kept, now=NOW - timedelta(days=1)) is None
        renewed = remember_device(self.secret, "a", kept, device, now=NOW + timedelta(days=9))
        assert renewed.count("~") == 0
        assert find_device(self.secret, "a", renewed, now=NOW + LIFETIME) == device

    def test_nothing_but_our_own_is_believed_or_kept(self) -> None:
        kept = remember_device(self.secret, "a", "", None, now=NOW)
        device, day, code = kept.split(".")
        for wrong in (
            f"x.{day}.{code}",
            f"{device}.{int(day) + 1}.{code}",
            "",
            "~~",
            "\0",
            "é" * 9999,
        ):
            assert find_device(self.secret, "a", wrong, now=NOW) is None
        assert find_device(LogInSecret(b"1" * 32), "a", kept, now=NOW) is None
        assert remember_device(self.secret, "b", "<script>~;x=1", None, now=NOW).count("~") == 0

    def test_a_desk_has_a_few(self) -> None:
        kept = ""
        for name in "abcdefghij":
            kept = remember_device(self.secret, name, kept, None, now=NOW)
        known = [name for name in "abcdefghij" if find_device(self.secret, name, kept, now=NOW)]
        assert known == list("cdefghij")
        assert len(kept) < 1000


@pytest.mark.parametrize(
    ("address", "counted", "masked"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.*.*"),
        ("::ffff:203.0.113.9", "203.0.113.9", "203.0.*.*"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:*"),
        ("fe80::1%eth0", "fe80::/64", "fe80:0:*"),
        ("testclient", "testclient", "-"),
        ("", "", "-"),
    ],
)
def test_addresses(address: str, counted: str, masked: str) -> None:
    assert (counted_address(address), masked_address(address)) == (counted, masked)
