"""Logging in: the token, the lock against guessing, and what is kept of it."""

import hashlib
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select, text

from certsvc.demonstration.district import PASSWORD
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.foundation.log_in_secret import SECRET_FILE, LogInSecret, LogInSecretUnusableError
from certsvc.people.accounts.records import HolderAccount, LogInFailures
from certsvc.people.accounts.service import (
    LOG_IN_LIFETIME,
    LogInRefusedError,
    NotLoggedInError,
    authenticate,
    log_out,
    register_holder_account,
)
from certsvc.people.accounts.throttle import (
    FAILURES_BEFORE_LOCK,
    FAILURES_REMEMBERED,
    LogInLockedError,
)
from tests.support.world import NOW, World


def log_ins_kept(world: World) -> int:
    with world.services.database.reading() as session:
        return int(session.scalar(text("SELECT count(*) FROM log_ins")) or 0)


class TestLogIn:
    def test_a_token_stands_for_its_bearer_until_it_ends(self, world: World) -> None:
        token = world.log_in("clerk.wang", PASSWORD)
        with world.services.database.transaction() as session:
            assert authenticate(session, token=token, now=NOW).id == "staff:clerk.wang"
            with pytest.raises(NotLoggedInError):
                authenticate(session, token=token, now=NOW + LOG_IN_LIFETIME)
            log_out(session, token)
            with pytest.raises(NotLoggedInError):
                authenticate(session, token=token, now=NOW)

    @pytest.mark.parametrize(
        ("name", "password"),
        [
            ("clerk.wang", "wrong"),
            ("nobody", PASSWORD),
            ("", ""),
            ("clerk.wang", "\0" * 1000),
            ("clerk.wang", "\ud800"),
        ],
    )
    def test_wrong_is_refused(self, world: World, name: str, password: str) -> None:
        with pytest.raises(LogInRefusedError):
            world.log_in(name, password)

    def test_neither_token_nor_password_is_stored(self, world: World) -> None:
        token = world.log_in("clerk.wang", PASSWORD)
        with world.services.database.reading() as session:
            kept = str(session.execute(text("SELECT * FROM log_ins")).all())
            kept += str(session.execute(text("SELECT * FROM staff")).all())
        assert token not in kept
        assert PASSWORD not in kept
        assert "$argon2id$" in kept

    def test_five_wrong_passwords_lock_for_a_while(self, world: World) -> None:
        for _ in range(FAILURES_BEFORE_LOCK):
            with pytest.raises(LogInRefusedError):
                world.log_in("clerk.wang", "wrong")
        with pytest.raises(LogInLockedError):
            world.log_in("clerk.wang", PASSWORD)
        assert world.log_in("clerk.wang", PASSWORD, now=NOW + timedelta(minutes=16))

    def test_guesses_at_the_same_time_are_counted_one_by_one(self, world: World) -> None:
        guesses = ["wrong"] * 13 + [PASSWORD]
        together = Barrier(len(guesses))

        def guess(password: str) -> str:
            together.wait()
            try:
                world.log_in("clerk.wang", password)
            except (LogInRefusedError, LogInLockedError) as error:
                return error.code
            return "in"

        with ThreadPoolExecutor(len(guesses)) as threads:
            answers = Counter(threads.map(guess, guesses))
        assert answers.total() == len(guesses)
        if answers["in"]:  # the right one came before five wrong ones, and began the count anew
            assert answers[LogInRefusedError.code] <= 2 * FAILURES_BEFORE_LOCK - 1
        else:
            assert answers[LogInRefusedError.code] == FAILURES_BEFORE_LOCK
        with pytest.raises(LogInLockedError):
            world.log_in("clerk.wang", PASSWORD)

    def test_the_right_password_forgets_the_failures(self, world: World) -> None:
        for password in ("wrong", "wrong", "wrong", "wrong", PASSWORD, "wrong", PASSWORD):
            if password == PASSWORD:
                assert world.log_in("clerk.wang", password)
            else:
                with pytest.raises(LogInRefusedError):
                    world.log_in("clerk.wang", password)

    def test_capitals_and_small_letters_are_one_name_to_the_lock(self, world: World) -> None:
        for name in ("clerk.wang", "CLERK.WANG", "Clerk.Wang", "clerk.WANG", "CLERK.wang"):
            with pytest.raises(LogInRefusedError):
                world.log_in(name, "wrong")
        with pytest.raises(LogInLockedError):
            world.log_in("clerk.wang", PASSWORD)

    def test_what_has_run_out_is_forgotten_at_the_next_log_in(self, world: World) -> None:
        world.log_in("clerk.wang", PASSWORD)
        with pytest.raises(LogInRefusedError):
            world.log_in("somebody", "wrong")
        world.log_in("clerk.wang", PASSWORD, now=NOW + LOG_IN_LIFETIME - timedelta(seconds=1))
        assert log_ins_kept(world) == 2
        world.log_in("clerk.wang", PASSWORD, now=NOW + LOG_IN_LIFETIME)
        assert log_ins_kept(world) == 2
        with world.services.database.reading() as session:
            # For the name, and for the name with the address.
            assert session.scalar(text("SELECT count(*) FROM log_in_failures")) == 2
        world.log_in("clerk.wang", PASSWORD, now=NOW + FAILURES_REMEMBERED)
        with world.services.database.reading() as session:
            assert session.scalar(text("SELECT count(*) FROM log_in_failures")) == 0

    def test_a_number_tried_in_vain_cannot_be_found_in_the_database(self, world: World) -> None:
        number = world.resident.identity_number
        with pytest.raises(LogInRefusedError):
            world.log_in(number, "wrong")
        with world.services.database.reading() as session:
            kept = set(session.scalars(select(LogInFailures.subject_hmac)))
        secret = world.home / SECRET_FILE
        digests = LogInSecret(secret.read_bytes())
        assert hashlib.sha256(number.encode()).hexdigest() not in kept
        assert kept == {digests.digest_of(number), digests.digest_of_parts("source", number, "")}
        assert secret.stat().st_mode & 0o777 == 0o600

    def test_a_small_x_is_the_same_number(self, world: World) -> None:
        holder = HolderCode(value="99010119900307099X")
        with world.services.database.transaction() as session:
            register_holder_account(session, holder=holder, name="青小禾", password="right")
        assert world.log_in("99010119900307099x", "right")

    def test_one_code_of_two_kinds_means_the_identity_number(self, world: World) -> None:
        for kind in (HolderCodeType.CREDIT_CODE, HolderCodeType.IDENTITY_NUMBER):
            with world.services.database.transaction() as session:
                holder = HolderCode(value="990101199003070999", kind=kind)
                register_holder_account(session, holder=holder, name="青", password=kind.value)
        assert world.log_in("990101199003070999", HolderCodeType.IDENTITY_NUMBER.value)
        with pytest.raises(LogInRefusedError):
            world.log_in("990101199003070999", HolderCodeType.CREDIT_CODE.value)

    def test_nobody_waits_while_passwords_are_judged(self, world: World) -> None:
        database, waits = world.services.database, []

        def guess(number: int) -> None:
            with pytest.raises(LogInRefusedError):
                world.log_in(f"nobody-{number}", "wrong")

        with ThreadPoolExecutor(8) as threads:
            guesses = [threads.submit(guess, number) for number in range(24)]
            while not all(each.done() for each in guesses):
                began = time.perf_counter()
                with database.transaction() as session:
                    session.execute(text("SELECT 1"))
                waits.append(time.perf_counter() - began)
                time.sleep(0.01)
            for each in guesses:
                each.result()
        # Judging takes some 50 ms each on one thread; held in line, it would be seconds.
        assert max(waits) < 1


def test_a_password_costs_whoever_guesses_it_what_rfc_9106_asks(sqlite_world: World) -> None:
    holder = HolderCode(value="99010119900307099X")
    with sqlite_world.services.database.transaction() as session:
        register_holder_account(session, holder=holder, name="青小禾", password="right")
    with sqlite_world.services.database.reading() as session:
        of_holder = HolderAccount.holder_code == holder.value
        stored = session.scalars(select(HolderAccount.password_hash).where(of_holder)).one()
    # 64 MiB three times over: the second recommended choice of section 4.
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


class TestLogInSecret:
    def test_two_that_start_at_once_have_the_same(self, tmp_path: Path) -> None:
        together = Barrier(8)

        def start(_: int) -> str:
            together.wait()
            return LogInSecret.read_or_make(tmp_path / SECRET_FILE).digest_of("somebody")

        with ThreadPoolExecutor(8) as threads:
            assert len(set(threads.map(start, range(8)))) == 1
        assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]

    def test_a_file_that_is_no_secret_is_told(self, tmp_path: Path) -> None:
        file = tmp_path / SECRET_FILE
        file.write_bytes(b"short")
        with pytest.raises(LogInSecretUnusableError):
            LogInSecret.read_or_make(file)

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(LogInSecretUnusableError):
            LogInSecret.read_or_make(tmp_path / "nowhere" / SECRET_FILE)


def test_a_number_is_one_account_however_it_is_typed(world: World) -> None:
    number = world.resident.identity_number
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in number)
    for typed in (f" {number[:6]} {number[6:]}", wide):
        assert world.log_in(typed, PASSWORD)
    for typed in (number, wide, f"{number[:3]} {number[3:]}", number, wide):
        with pytest.raises(LogInRefusedError):
            world.log_in(typed, "wrong")
    with pytest.raises(LogInLockedError):
        world.log_in(number, PASSWORD)
