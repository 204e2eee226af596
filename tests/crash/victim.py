"""Issues one certificate and kills its own process at a given point; run by test_crash.py.

The point is the number of a step, `uncommitted` (authorised
and intended, in a transaction that never commits), `before-key` (the authorisation is spent, the
key not touched) or `after-put` (the file is stored, not published). After `replace:` the process
dies at that point while it issues a new version of the one certificate there is.
"""

import os
import signal
import warnings
from pathlib import Path
from typing import NoReturn

from sqlalchemy import event, select

from certsvc.bootstrap import Services
from certsvc.certificates.issuance.replacements import ReplaceRequest
from certsvc.certificates.issuance.rules import IssueRequest, Step
from certsvc.certificates.records.records import CertificateRecord
from certsvc.certificates.records.rules import ReasonCode
from certsvc.demonstration.district import APPROVAL_BUREAU, TALENT_MATTER
from certsvc.demonstration.people import make_residents
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.settings import read_settings
from certsvc.foundation.storage.objects import ObjectStore
from certsvc.people.accounts.service import staff_actor
from tests.support.world import NOW, shared_renderer


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


class DyingCredentials:
    """Dies when the credential, and so the key, is asked for."""

    def get(self, _: object) -> NoReturn:
        die()


class DyingStore:
    """Dies as soon as an object is durably stored."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, content: bytes) -> NoReturn:
        self._store.put(content)
        die()


def main(home: Path, fonts: Path, point: str) -> None:
    warnings.simplefilter("ignore")
    services = Services(read_settings(home, fonts_dir=fonts), FixedClock(NOW))
    services.__dict__["renderer"] = shared_renderer()
    is_replacing, point = point.startswith("replace:"), point.removeprefix("replace:")
    if point == "before-key":
        services.__dict__["seal_credentials"] = DyingCredentials()
    if point == "after-put":
        services.__dict__["store"] = DyingStore(services.store)
    with services.database.transaction() as session:
        clerk, handler = staff_actor(session, "clerk.wang"), staff_actor(session, "handler.li")
        there = session.scalar(select(CertificateRecord.identifier))

    def listen(step: Step) -> None:
        if str(step.value) == point:
            die()
        if step is Step.CHECK and point == "uncommitted":
            event.listen(services.database.engine, "commit", lambda _: die())

    if is_replacing:
        services.replacer.replace(
            ReplaceRequest(
                identifier=str(there),
                kind=ReasonCode.REISSUED,
                reason="换发",
                idempotency_key="crash",
            ),
            actor=handler,
            on_step=listen,
        )
        return
    services.issuer.issue(
        IssueRequest(
            type_code="no-criminal-record",
            holder=HolderCode(value=make_residents()[0].identity_number),
            unit_code=APPROVAL_BUREAU,
            matter_code=TALENT_MATTER,
            purpose="申领人才住房补贴",
            idempotency_key="crash",
        ),
        actor=clerk,
        on_step=listen,
    )
