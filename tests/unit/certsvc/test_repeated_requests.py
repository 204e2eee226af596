"""The one rule for repeated requests, case by case."""

from datetime import UTC, datetime, timedelta

import pytest

from certsvc.foundation.idempotency.rules import (
    KEY_MAX_LENGTH,
    EarlierRequest,
    IdempotencyKeyInvalidError,
    IdempotencyKeyReusedError,
    InProgressError,
    Turn,
    check_idempotency_key,
    settle,
)

NOW = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def turn(earlier: EarlierRequest | None) -> Turn:
    return settle(earlier, fingerprint="asked", now=NOW)


def test_the_first_begins() -> None:
    assert turn(None) is Turn.BEGIN


def test_what_was_done_answers_again() -> None:
    for busy_until in (None, NOW - SECOND, NOW + SECOND):
        done = EarlierRequest(fingerprint="asked", is_done=True, busy_until=busy_until)
        assert turn(done) is Turn.ANSWER


def test_another_request_is_refused_however_the_first_stands() -> None:
    for is_done in (True, False):
        other = EarlierRequest(fingerprint="other", is_done=is_done, busy_until=NOW + SECOND)
        with pytest.raises(IdempotencyKeyReusedError):
            turn(other)


def test_it_waits_until_the_lease_ends_and_no_longer() -> None:
    with pytest.raises(InProgressError):
        turn(EarlierRequest(fingerprint="asked", is_done=False, busy_until=NOW + SECOND))
    for busy_until in (NOW, NOW - SECOND, None):
        left = EarlierRequest(fingerprint="asked", is_done=False, busy_until=busy_until)
        assert turn(left) is Turn.TAKE_OVER


def test_a_key_is_printable_ascii_of_some_length() -> None:
    check_idempotency_key("x" * KEY_MAX_LENGTH)
    for key in ("", "x" * (KEY_MAX_LENGTH + 1), "键", "\x07"):
        with pytest.raises(IdempotencyKeyInvalidError):
            check_idempotency_key(key)


def test_the_errors_have_codes_of_their_own() -> None:
    for kind in (IdempotencyKeyReusedError, InProgressError, IdempotencyKeyInvalidError):
        assert kind.code.startswith("idempotency.")
