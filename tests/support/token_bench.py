"""A token that can get into trouble, and pools of sessions with it whose clock can be turned."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from keys.algorithms import SignatureAlgorithm
from keys.circuit_breaker import REST_S, CircuitBreaker
from keys.passphrases import PassphraseFile
from keys.pkcs11_uri import TokenLimits
from keys.raw_signatures import raw_request
from keys.token_pool import TokenPool
from tests.support.soft_token import SoftToken, Trouble

P_256 = SignatureAlgorithm.P_256
LABEL = P_256.value
SIGN = {
    "do": "sign",
    "label": LABEL,
    "mechanism": "ecdsa",
    "data": raw_request(P_256, b"data").data.hex(),
}


@dataclass
class Bench:
    """A token that can get into trouble, a pool of sessions with it, and a clock to turn."""

    token: SoftToken
    trouble: Trouble
    now: float = 0.0
    pools: list[TokenPool] = field(default_factory=list)

    def pool(self, **limits: float) -> TokenPool:
        pool = TokenPool(
            self.token.address,
            pin=PassphraseFile(path=self.token.pin_file),
            limits=TokenLimits(**({"timeout_s": 20.0, "open_timeout_s": 20.0} | limits)),  # type: ignore[arg-type]
            breaker=CircuitBreaker(monotonic=lambda: self.now),
        )
        self.pools.append(pool)
        return pool

    def rest(self) -> None:
        self.now += REST_S


@contextmanager
def token_bench(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Make one with a P-256 key; no session of its pools is left afterwards."""
    trouble = Trouble(folder, monkeypatch)
    token = SoftToken(folder / "hsm", module=trouble.module)
    token.use(monkeypatch)
    token.generate(P_256)
    made = Bench(token, trouble)
    yield made
    for pool in made.pools:
        pool.close()
