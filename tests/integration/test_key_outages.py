"""A key that is slow or gone stops its own seal, and nothing else: SoftHSM under a service."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.demonstration.main_job import main_jobs
from certsvc.people.accounts.service import staff_actor
from certsvc.sealing.register.records import Seal
from certsvc.sealing.uses.uses import UseSearch, find_uses
from keys.algorithms import SignatureAlgorithm
from keys.errors import KeyGoneError, KeyLockedError, KeySlowError
from keys.passphrases import AskSecret
from keys.token_pools import POOLS
from tests.support.seal_certificates import certify
from tests.support.soft_token import SoftToken, Trouble
from tests.support.world import NOW, World

P_256 = SignatureAlgorithm.P_256
SEAL = "data-sharing-seal"
SHARING, VERIFICATION = "social-insurance", "no-criminal-record"  # one by each route


@pytest.fixture
def trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trouble:
    return Trouble(tmp_path, monkeypatch)


@pytest.fixture
def token(tmp_path: Path, trouble: Trouble, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    made = SoftToken(tmp_path / "hsm", module=trouble.module)
    made.use(monkeypatch)
    made.generate(P_256)
    return made


def move_to_token(world: World, token: SoftToken, *, timeout_s: int) -> None:
    """Let one seal sign with a key on the token, certified by the same authority as before."""
    uri = token.uri(P_256.value, **{"x-timeout-s": str(timeout_s)})
    with world.services.database.reading() as session:
        seal = session.get_one(Seal, SEAL)
    chain = certify(uri, name=seal.name, beside=seal.key_uri, now=NOW)
    world.alter_seal(SEAL, key_uri=uri, certificate_chain_pem=chain)


def issue(world: World, type_code: str) -> IssuedCopy:
    (job,) = [job for job in main_jobs(world.services) if job.type_code == type_code]
    return job.issue(lambda _: None)


def is_issued(world: World, type_code: str) -> bool:
    try:
        return bool(issue(world, type_code).copy_number)
    except KeyGoneError:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


@pytest.mark.parametrize("kind", ["hang", "hang-login"])
def test_a_slow_key_holds_up_its_own_seal_alone(
    world: World, token: SoftToken, trouble: Trouble, kind: str
) -> None:
    move_to_token(world, token, timeout_s=100)
    POOLS.close()  # so that it has to log in anew
    trouble.begin(kind)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(issue, world, SHARING)
        wait_until(lambda: trouble.hangs > 0)
        other = issue(world, VERIFICATION)
        assert not slow.done(), "the other seal had to wait"
        trouble.end()
        assert slow.result().copy_number != other.copy_number


@pytest.mark.parametrize(
    ("kind", "error"), [("hang", KeySlowError), ("crash", KeyGoneError), ("removed", KeyGoneError)]
)
def test_a_dead_key_fails_its_own_seal_alone(
    world: World,
    token: SoftToken,
    trouble: Trouble,
    kind: str,
    error: type[Exception],
) -> None:
    move_to_token(world, token, timeout_s=1)
    trouble.begin(kind)
    with pytest.raises(error):
        issue(world, SHARING)
    assert issue(world, VERIFICATION).copy_number
    result = world.services.recovery.recover()
    assert (result.finished, result.voided) in {(0, 0), (0, 1)}, "nothing half-sealed is left"


def outcomes(world: World) -> list[str]:
    """What became of each use of the seal, in the words of the custodian's list."""
    with world.services.database.reading() as session:
        custodian = staff_actor(session, "seal.zhao")
        found = find_uses(session, UseSearch(seal_id=SEAL), actor=custodian)
    assert [use.number for use in reversed(found)] == list(range(1, len(found) + 1))
    return [use.outcome for use in found]


@pytest.mark.parametrize("call", ["login", "find", "sign"])
@pytest.mark.parametrize("kind", ["hang", "crash", "removed"])
def test_whatever_call_goes_wrong_the_use_is_explained_and_others_go_on(
    sqlite_world: World, token: SoftToken, trouble: Trouble, call: str, kind: str
) -> None:
    move_to_token(sqlite_world, token, timeout_s=3 if kind == "hang" else 60)
    POOLS.close()
    trouble.begin(kind if call == "sign" else f"{kind}-{call}")
    with pytest.raises(KeySlowError if kind == "hang" else KeyGoneError):
        issue(sqlite_world, SHARING)
    assert issue(sqlite_world, VERIFICATION).copy_number
    assert outcomes(sqlite_world) == ["abandoned"]


@pytest.mark.both_engines
@pytest.mark.parametrize("call", ["login", "find", "sign"])
def test_a_session_killed_in_mid_call_loses_no_use(
    sqlite_world: World, token: SoftToken, trouble: Trouble, call: str
) -> None:
    move_to_token(sqlite_world, token, timeout_s=100)
    POOLS.close()
    trouble.begin("hang" if call == "sign" else f"hang-{call}")
    with ThreadPoolExecutor(1) as threads:
        sealing = threads.submit(issue, sqlite_world, SHARING)
        wait_until(lambda: trouble.hangs > 0)
        trouble.end()
        for session in sessions_of_this_process():
            os.kill(session, signal.SIGKILL)
        sealing.exception()
    assert issue(sqlite_world, VERIFICATION).copy_number
    # Whether the token was asked once more or the paper given up: the log says which.
    assert outcomes(sqlite_world) == ["abandoned" if sealing.exception() else "sealed"]
    # After a failure the token is left alone for some seconds; then a use finds a new session.
    wait_until(lambda: is_issued(sqlite_world, SHARING))


def sessions_of_this_process() -> list[int]:
    """The processes that hold our sessions with tokens."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if b"keys.token_worker" in words and int(parent) == os.getpid():
                found.append(int(folder.name))
    return found


def typing(passphrase: str) -> AskSecret:
    """Somebody at the terminal who knows a passphrase."""
    return lambda _: passphrase.strip()


def test_a_key_is_unlocked_by_whoever_starts_the_service(world: World) -> None:
    with world.services.database.reading() as session:
        seals = session.scalars(select(Seal)).all()
    for seal in seals:
        file, _, source = seal.key_uri.partition("?")
        passphrase = Path(unquote(source.removeprefix("passphrase-file="))).read_text()
        world.alter_seal(seal.id, key_uri=file, ask=typing(passphrase))
    with pytest.raises(KeyLockedError):
        issue(world, SHARING)
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return passphrase.strip()

    world.services.unlock_seals(ask)
    assert len(asked) == 2
    assert issue(world, SHARING).copy_number
    assert len(asked) == 2, "nobody is asked while the service works"
