"""Works on batches until it is killed or none is at work; run by test_batch_crash.py.

`later_s` is how many seconds after the tests' instant its clock begins, `issuer` is `real` or
`light`.
"""

import time
import warnings
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from certsvc.bootstrap import Services
from certsvc.certificates.batches.chunks import ChunkIssuer
from certsvc.certificates.batches.records import Batch
from certsvc.certificates.batches.rules import WORKING
from certsvc.foundation.settings import read_settings
from tests.support.batches import light_worker
from tests.support.light_issuer import LightIssuer
from tests.support.world import NOW, shared_renderer


class LaterClock:
    """A clock that begins at an instant and goes on as any other."""

    def __init__(self, begins_at: datetime) -> None:
        self._begins_at = begins_at
        self._started_s = time.monotonic()

    def now(self) -> datetime:
        return self._begins_at + timedelta(seconds=time.monotonic() - self._started_s)


def fail(error: Exception) -> None:
    print(f"fault {type(error).__name__}: {error}", flush=True)  # noqa: T201  read by the test


def main(home: Path, fonts: Path, database_url: str, later_s: int, issuer: str) -> None:
    warnings.simplefilter("ignore")
    clock = LaterClock(NOW + timedelta(seconds=later_s))
    services = Services(read_settings(home, fonts_dir=fonts, database_url=database_url), clock)
    services.__dict__["renderer"] = shared_renderer()
    database = services.database
    light = LightIssuer(database, clock, services.hidden_keys)
    chunks = ChunkIssuer(
        database=database,
        clock=clock,
        issuer=light if issuer == "light" else services.issuer,
        on_defect=fail,
    )
    worker = light_worker(services, chunks)
    worker.start()
    at_work = select(Batch.id).where(Batch.state.in_(WORKING))
    while True:
        with database.reading() as session:
            if session.scalars(at_work).first() is None:
                break
        time.sleep(0.2)
    worker.close(patience_s=10)
