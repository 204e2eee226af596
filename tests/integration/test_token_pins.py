"""A token's PIN: where it comes from, and that a wrong one is put to the token once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keys.errors import KeyLockedError, KeyPinBlockedError, KeyPinWrongError
from keys.passphrases import PassphraseVariable
from keys.uri import open_key
from tests.support.soft_token import PIN
from tests.support.token_bench import LABEL, SIGN, Bench, token_bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with token_bench(tmp_path, monkeypatch) as made:
        yield made


def test_a_wrong_pin_is_put_to_the_token_once(bench: Bench) -> None:
    pool, logins = bench.pool(), bench.trouble.logins
    bench.token.pin_file.write_text("000000\n")
    for _ in range(5):
        with pytest.raises(KeyPinWrongError):
            pool.ask(SIGN, name="seal")
    assert bench.trouble.logins == logins + 1
    bench.token.pin_file.write_text(PIN + "\n")
    assert pool.ask(SIGN, name="seal")["signature"], "the right PIN needs no restart"


def test_many_callers_put_a_wrong_pin_once(bench: Bench) -> None:
    pool, logins = bench.pool(sessions=8), bench.trouble.logins
    bench.token.pin_file.write_text("000000\n")

    def attempt(_: int) -> None:
        with pytest.raises(KeyPinWrongError):
            pool.ask(SIGN, name="seal")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(attempt, range(8)))
    assert bench.trouble.logins == logins + 1


def test_opening_a_key_again_does_not_put_a_wrong_pin_again(bench: Bench) -> None:
    logins = bench.trouble.logins
    bench.token.pin_file.write_text("000000\n")
    for _ in range(3):
        with pytest.raises(KeyPinWrongError) as caught:
            open_key(bench.token.uri(LABEL))
        assert "000000" not in str(caught.value)
    assert bench.trouble.logins == logins + 1


def test_the_last_try_is_left_to_a_person(bench: Bench) -> None:
    logins = bench.trouble.logins
    bench.trouble.begin("final-try")
    with pytest.raises(KeyPinBlockedError):
        bench.pool().ask(SIGN, name="seal")
    assert bench.trouble.logins == logins


def test_without_a_pin_a_token_stays_locked(bench: Bench) -> None:
    with pytest.raises(KeyLockedError):
        open_key(bench.token.uri(LABEL, **{"pin-source": ""}))
    bench.token.pin_file.unlink()
    with pytest.raises(KeyLockedError):
        open_key(bench.token.uri(LABEL))


def test_a_pin_is_asked_for_once(bench: Bench) -> None:
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return PIN

    key = open_key(bench.token.uri(LABEL, **{"pin-source": ""}), ask=ask)
    key.sign(b"data")
    assert asked == [f"{bench.token.label}/{LABEL}"]
    assert PIN not in repr(key)
    with pytest.raises(KeyLockedError):
        open_key(bench.token.uri(LABEL, **{"pin-source": ""}), ask=lambda _: "")


def test_a_pin_from_the_environment(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAL_PIN", PIN)
    uri = bench.token.uri(LABEL, **{"pin-source": "", "x-pin-env": "SEAL_PIN"})
    assert open_key(uri).sign(b"data")


def test_the_pin_is_not_to_be_seen_from_outside(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The library is its maker's code: it inherits no secret of ours, not even one we were given so.
    monkeypatch.setenv("SEAL_PIN", PIN)
    monkeypatch.setenv("CERTSVC_DATABASE_URL", f"postgresql://certsvc:{PIN}@localhost/certsvc")
    assert PassphraseVariable(variable="SEAL_PIN").read(name="seal") == PIN.encode()
    pool = bench.pool()
    pool.ask(SIGN, name="seal")
    (session,) = pool.process_ids
    for file in ("cmdline", "environ"):
        content = Path(f"/proc/{session}/{file}").read_bytes()
        assert b"python" in content.lower()
        assert PIN.encode() not in content
