"""`certsvc work`: a process that does jobs, on its own or beside `certsvc serve`.

- It is nice to everybody else: interactive requests come first wherever both want the processor.
- A worker that `serve` began ends with it, however it ends: its standard input closes. Before that
  it has the settings of `serve` from there: what it issues leads to the address that is served.
"""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Annotated

import typer

from api.cli.console import Console, both, console_of
from api.cli.installation import installed_settings, opened
from certsvc.bootstrap import Services
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.foundation.jobs.rules import Lane
from certsvc.foundation.settings import Settings
from certsvc.foundation.settings_handover import settings_as_line, settings_of_line
from certsvc.housekeeping.kinds import JobListeners
from certsvc.sealing.register.rules import StopReasonCode

_NICENESS = 10
_PATIENCE_S = 5
_END_S = 15
_WITH_PARENT = "--with-parent"


def work(
    context: typer.Context,
    *,
    with_parent: Annotated[
        bool, typer.Option(_WITH_PARENT, hidden=True, help=both("cli.worker.with-parent"))
    ] = False,
) -> None:
    """Do jobs until stopped; what is cut off is taken over by the next process."""
    console, ended = console_of(context), Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    settings = _settings_of_parent() if with_parent else installed_settings()
    if settings is None:
        return
    if settings.mode == "demonstration" and "public_url" not in settings.model_fields_set:
        console.note("cli.worker.address", public=settings.public_url)
    if with_parent:
        Thread(target=_wait_for_parent, args=(ended,), daemon=True).start()
    os.nice(_NICENESS)
    logging.basicConfig(format="%(asctime)s %(message)s")
    with opened(settings) as services:
        require_current_schema(services.database)
        services.require_fit_for_mode()
        works = services.job_worker(listeners(console))
        works.start()
        console.note("cli.worker.started")
        ended.wait()
        works.close(patience_s=_PATIENCE_S)


def _settings_of_parent() -> Settings | None:
    """Return the settings that the parent process sent; None if it is gone already."""
    line = sys.stdin.buffer.readline()
    return settings_of_line(line) if line else None


def _wait_for_parent(ended: Event) -> None:
    with suppress(OSError):
        sys.stdin.buffer.read()
    ended.set()


def listeners(console: Console) -> JobListeners:
    """Print which seals the jobs stopped; failures are logged."""

    def tell(stopped: dict[str, StopReasonCode]) -> None:
        for seal, reason_code in stopped.items():
            why = console.text(f"cli.seals.stop-reason-code.{reason_code.value}")
            console.note("cli.seals.stopped", seal=seal, why=why)

    return JobListeners(on_stopped=tell)


@contextmanager
def keeping_time(services: Services, console: Console) -> Iterator[None]:
    """Do timers and chores in this process too, for as long as the block lasts.

    So they are done even where no other process works.
    """
    works = services.job_worker(listeners(console), (Lane.TIMER, Lane.CHORE, Lane.SENDING))
    works.start()
    try:
        yield
    finally:
        works.close(patience_s=_PATIENCE_S)


@contextmanager
def working_beside(count: int, settings: Settings) -> Iterator[None]:
    """Run so many workers as processes of their own, for as long as the block lasts.

    Args:
        count: How many.
        settings: What the caller works with; the workers get the same.
    """
    command = [sys.executable, "-m", "api.cli.main", "work", _WITH_PARENT]
    workers = [
        subprocess.Popen(  # noqa: S603  our own command
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        for _ in range(count)
    ]
    try:
        for each in workers:
            _hand_on(settings, each)
        yield
    finally:
        for each in workers:
            if each.stdin is not None:
                each.stdin.close()
        for each in workers:
            try:
                each.wait(timeout=_END_S)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


def _hand_on(settings: Settings, to: subprocess.Popen[bytes]) -> None:
    if to.stdin is not None:
        with suppress(BrokenPipeError):  # it ended at once, and says why itself
            to.stdin.write(settings_as_line(settings))
            to.stdin.flush()
