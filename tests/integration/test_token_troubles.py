"""A token that hangs, is pulled, loses its session or refuses its PIN; SoftHSM, for real."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from keys.errors import (
    KeyAnswerWrongError,
    KeyGoneError,
    KeyNotFoundError,
    KeySlowError,
    KeyUnsupportedError,
    KeyUriInvalidError,
    SigningKeyError,
)
from keys.pkcs11_uri import parse_pkcs11_uri
from keys.token_key import TokenKey
from keys.uri import open_key
from tests.architecture.tree import ROOT
from tests.support.soft_token import PIN, SO_PIN
from tests.support.token_bench import LABEL, P_256, SIGN, Bench, token_bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with token_bench(tmp_path, monkeypatch) as made:
        yield made


def test_a_hung_token_is_slow_then_fails_at_once_then_works_again(bench: Bench) -> None:
    pool = bench.pool(timeout_s=0.5, sessions=2)
    pool.ask(SIGN, name="seal")
    bench.trouble.begin("hang")
    with pytest.raises(KeySlowError) as caught:
        pool.ask(SIGN, name="seal")
    assert caught.value.params == {"name": "seal", "timeout_s": 0}
    logins = bench.trouble.logins
    for _ in range(50):  # would take half a minute if each waited
        with pytest.raises(KeySlowError):
            pool.ask(SIGN, name="seal")
    assert bench.trouble.logins == logins, "a caller reached the hung token"
    assert pool.process_ids == []
    bench.trouble.end()
    bench.rest()
    assert pool.ask(SIGN, name="seal")["signature"]


def test_those_who_wait_for_a_hung_session_fail_with_it(bench: Bench) -> None:
    pool = bench.pool(timeout_s=2.0, sessions=1)
    bench.trouble.begin("hang")

    def attempt(_: int) -> type[SigningKeyError]:
        try:
            pool.ask(SIGN, name="seal")
        except SigningKeyError as error:
            return type(error)
        return SigningKeyError

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(attempt, range(8))) == {KeySlowError}
    assert bench.trouble.logins == 2, "the key's making and the one session that hung"


def test_after_a_rest_one_caller_tries_and_the_others_go_on_failing(bench: Bench) -> None:
    pool = bench.pool(timeout_s=1.0, sessions=4)
    bench.trouble.begin("hang")
    with pytest.raises(KeySlowError):
        pool.ask(SIGN, name="seal")
    logins = bench.trouble.logins
    bench.rest()

    def attempt(_: int) -> None:
        with suppress(KeySlowError):
            pool.ask(SIGN, name="seal")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(attempt, range(8)))
    assert bench.trouble.logins == logins + 1


def test_a_token_that_hangs_while_logging_in_is_slow(bench: Bench) -> None:
    bench.trouble.begin("hang-login")
    with pytest.raises(KeySlowError):
        bench.pool(open_timeout_s=1.0).ask(SIGN, name="seal")


def test_a_session_closed_under_us_is_replaced_without_anybody_noticing(bench: Bench) -> None:
    pool = bench.pool()
    pool.ask(SIGN, name="seal")
    (session,), logins = pool.process_ids, bench.trouble.logins
    bench.trouble.begin("close-once")
    assert pool.ask(SIGN, name="seal")["signature"]
    assert pool.process_ids not in ([], [session])
    assert bench.trouble.logins == logins + 1


def test_a_token_that_closes_every_session_is_gone(bench: Bench) -> None:
    pool = bench.pool()
    bench.trouble.begin("close")
    with pytest.raises(KeyGoneError):
        pool.ask(SIGN, name="seal")
    bench.trouble.end()
    bench.rest()
    assert pool.ask(SIGN, name="seal")["signature"]


def test_a_killed_session_is_replaced_without_anybody_noticing(bench: Bench) -> None:
    pool = bench.pool()
    pool.ask(SIGN, name="seal")
    (session,) = pool.process_ids
    os.kill(session, signal.SIGKILL)
    assert pool.ask(SIGN, name="seal")["signature"]
    assert pool.process_ids not in ([], [session])


@pytest.mark.parametrize("kind", ["removed", "crash"])
def test_a_token_that_is_removed_or_crashes_is_gone(bench: Bench, kind: str) -> None:
    pool = bench.pool()
    pool.ask(SIGN, name="seal")
    bench.trouble.begin(kind)
    for _ in range(2):
        with pytest.raises(KeyGoneError):
            pool.ask(SIGN, name="seal")
    bench.trouble.end()
    bench.rest()
    assert pool.ask(SIGN, name="seal")["signature"]


def test_a_token_pulled_in_mid_use_is_gone_and_works_when_it_is_back(bench: Bench) -> None:
    pool = bench.pool()
    pool.ask(SIGN, name="seal")
    away = bench.token.folder / "pulled"
    bench.token.tokens.rename(away)
    with pytest.raises(KeyGoneError):
        pool.ask(SIGN, name="seal")
    away.rename(bench.token.tokens)
    bench.rest()
    assert pool.ask(SIGN, name="seal")["signature"]


def test_a_library_that_is_missing_or_none_is_gone(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("no library")
    for path in (tmp_path / "none.so", tmp_path / "text.so"):
        uri = bench.token.uri(LABEL).replace(str(bench.token.module), str(path))
        with pytest.raises(KeyGoneError):
            open_key(uri)


def test_a_key_that_is_not_there(bench: Bench) -> None:
    with pytest.raises(KeyNotFoundError):
        open_key(bench.token.uri("other"))
    with pytest.raises(KeyGoneError):
        open_key(bench.token.uri(LABEL).replace(bench.token.label.split()[1], "other"))


def test_two_tokens_of_one_name_are_ambiguous(bench: Bench) -> None:
    bench.token.run(
        *("--init-token", "--free", "--label", bench.token.label),
        *("--pin", PIN, "--so-pin", SO_PIN),
    )
    with pytest.raises(KeyUriInvalidError) as caught:
        open_key(bench.token.uri(LABEL))
    assert caught.value.params == {"reason": "ambiguous"}


def test_pss_is_for_rsa_alone(bench: Bench) -> None:
    with pytest.raises(KeyUnsupportedError):
        open_key(bench.token.uri(LABEL, **{"x-rsa-padding": "pss"}))


def test_an_answer_that_is_no_signature_is_not_handed_on(bench: Bench) -> None:
    key = open_key(bench.token.uri(LABEL))
    bench.trouble.begin("zeros")
    with pytest.raises(KeyAnswerWrongError):
        key.sign(b"data")
    bench.trouble.end()
    assert key.sign(b"data"), "a wrong answer does not close the way"


def test_a_key_exchanged_under_its_name_cannot_sign(bench: Bench) -> None:
    key = open_key(bench.token.uri(LABEL))
    key.sign(b"data")
    with bench.token.administration() as administration:
        administration.destroy(label=LABEL)
        administration.generate(P_256, label=LABEL)
    with pytest.raises((KeyAnswerWrongError, KeyNotFoundError)):
        key.sign(b"data")


def test_threads_share_a_few_sessions(bench: Bench) -> None:
    pool = bench.pool(sessions=3)
    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(lambda _: pool.ask(SIGN, name="seal"), range(96)))
    assert len({answer["signature"] for answer in answers}) == 96
    assert 1 <= len(pool.process_ids) <= 3


_SIGN_HERE = """
import sys
from keys.uri import open_key
key = open_key(sys.argv[1])
for number in range(50):
    key.sign(str(number).encode())
print("signed")
"""


def test_several_processes_use_one_slot(bench: Bench) -> None:
    command = [sys.executable, "-c", _SIGN_HERE, bench.token.uri(LABEL)]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)  # noqa: S603  no shell
        for _ in range(3)
    ]
    answers = [process.communicate(timeout=120)[0] for process in processes]
    assert answers == [b"signed\n"] * 3


def test_a_forked_child_signs_with_sessions_of_its_own(bench: Bench) -> None:
    key = TokenKey.open(parse_pkcs11_uri(bench.token.uri(LABEL)))
    key.sign(b"data")
    parents = key._pool.process_ids
    child = os.fork()
    if child == 0:
        try:
            for _ in range(20):
                key.sign(b"data")
            os._exit(0 if set(key._pool.process_ids).isdisjoint(parents) else 2)
        finally:
            os._exit(1)
    for _ in range(20):
        key.sign(b"data")
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert key._pool.process_ids == parents


_HANG_HERE = """
import sys
from keys.errors import SigningKeyError
from keys.pkcs11_uri import parse_pkcs11_uri
from keys.token_process import TokenProcess
from keys.token_pool import opening
uri = parse_pkcs11_uri(sys.argv[1])
process = TokenProcess()
process.ask(opening(uri.address, uri.pin.read(name="seal"), writable=False), timeout_s=20)
print(process.pid, flush=True)
process.ask({SIGN}, timeout_s=60)
"""


def test_a_hung_session_ends_with_its_service(bench: Bench) -> None:
    script = _HANG_HERE.replace("{SIGN}", repr(SIGN))
    bench.trouble.begin("hang")
    with subprocess.Popen(  # noqa: S603  no shell
        [sys.executable, "-c", script, bench.token.uri(LABEL)], cwd=ROOT, stdout=subprocess.PIPE
    ) as service:
        assert service.stdout
        session = int(service.stdout.readline())
        service.kill()
    _wait_until(lambda: not Path(f"/proc/{session}/exe").exists())


def _wait_until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
