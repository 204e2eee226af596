"""Issues one certificate and is killed on the way; run by test_batch_issuers.py.

`issuer` is `real` or `light`; it dies before so many commits have been carried out, or, with 0,
after everything and before it could tell anybody.
"""

import os
import signal
import warnings
from pathlib import Path
from typing import NoReturn

from sqlalchemy import event

from certsvc.bootstrap import Services
from certsvc.demonstration.district import APPROVAL_BUREAU
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.settings import read_settings
from certsvc.people.accounts.service import staff_actor
from tests.support.batches import request_of_row
from tests.support.light_issuer import LightIssuer
from tests.support.world import NOW, shared_renderer


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def main(home: Path, fonts: Path, issuer: str, commit: int) -> None:
    warnings.simplefilter("ignore")
    services = Services(read_settings(home, fonts_dir=fonts), FixedClock(NOW))
    services.__dict__["renderer"] = shared_renderer()
    light = LightIssuer(services.database, services.clock, services.hidden_keys)
    with services.database.reading() as session:
        actor = staff_actor(session, "clerk.wang")
    begun = 0

    def count(_: object) -> None:
        nonlocal begun
        begun += 1
        if begun == commit:
            die()

    event.listen(services.database.engine, "commit", count)
    issues = light if issuer == "light" else services.issuer
    issues.issue(request_of_row(1, unit_code=APPROVAL_BUREAU), actor=actor)
    if commit == 0:
        die()
