"""`certsvc batch`: one file, a certificate for each row; checked, confirmed, watched, fetched."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.cli.console import Console, both, console_of
from api.cli.errors import OutKindError, UnitMissingError, WhatToDoError
from api.cli.files import check_writable, read_bounded, write_pieces, write_whole
from api.cli.installation import installation, machine_operator
from api.shared.sentences import sentence
from api.shared.views.batch_results import MEDIA_TYPES, open_result
from api.shared.views.batches import failed_table, people_first, sum_up
from certsvc.bootstrap import Services
from certsvc.catalogue.uses.service import list_permitted_uses
from certsvc.certificates.batches.blanks import blank_csv, blank_xlsx
from certsvc.certificates.batches.reading import list_problems, progress_of
from certsvc.certificates.batches.records import Batch
from certsvc.certificates.batches.rules import WORKING, BatchState
from certsvc.certificates.batches.rules import Progress as Counted
from certsvc.certificates.batches.service import (
    Submission,
    cancel_batch,
    confirm_batch,
    get_batch,
    list_batches,
    resume_batch,
    submit_batch,
)
from certsvc.foundation.clock import CHINA_TIME, rfc3339
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.foundation.jobs.rules import Lane
from certsvc.foundation.tables.safe_tables import csv_table
from certsvc.foundation.tables.safe_workbooks import xlsx_table

_LOOK_EVERY_S = 0.5
_PATIENCE_S = 20
_FAILED, _INTERRUPTED = 1, 130


def batch(  # noqa: PLR0913  one option each
    context: typer.Context,
    *,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help=both("cli.batches.file"))
    ] = None,
    unit: Annotated[str, typer.Option("--unit", help=both("cli.batches.unit"))] = "",
    valid_rows: Annotated[
        bool, typer.Option("--issue-valid-rows", help=both("cli.batches.valid-rows"))
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=both("cli.batches.yes"))] = False,
    confirm: Annotated[str, typer.Option("--confirm", help=both("cli.batches.confirm"))] = "",
    failed: Annotated[str, typer.Option("--failed", help=both("cli.batches.failed"))] = "",
    resume: Annotated[str, typer.Option("--resume", help=both("cli.batches.resume"))] = "",
    list_all: Annotated[bool, typer.Option("--list", help=both("cli.batches.list"))] = False,
    cancel: Annotated[str, typer.Option("--cancel", help=both("cli.batches.cancel"))] = "",
    result: Annotated[str, typer.Option("--result", help=both("cli.batches.result"))] = "",
    template: Annotated[
        Path | None, typer.Option("--template", help=both("cli.batches.template"))
    ] = None,
    type_code: Annotated[str | None, typer.Option("--type", help=both("cli.batches.type"))] = None,
    out: Annotated[Path | None, typer.Option("--out", help=both("cli.batches.out"))] = None,
    key: Annotated[
        str | None, typer.Option("--idempotency-key", help=both("cli.option.idempotency-key"))
    ] = None,
    force: Annotated[bool, typer.Option("--force", help=both("cli.option.force"))] = False,
) -> int:
    """Issue the rows of a file, or do one of the other things with batches."""
    console = console_of(context)
    with installation() as services:
        require_current_schema(services.database)
        acts: tuple[tuple[object, Callable[[], int]], ...] = (
            (template, lambda: _template(services, console, template, unit, type_code, force)),
            (list_all, lambda: _list(services, console)),
            (cancel, lambda: _cancel(services, console, cancel)),
            (result, lambda: _write_result(services, console, result, out, force=force)),
            (failed, lambda: _write_failed(services, console, failed, out, force=force)),
            (confirm, lambda: _confirm(services, console, confirm, out, force=force)),
            (resume, lambda: _resume(services, console, resume, out, force=force)),
        )
        for asked, act in acts:
            if asked:
                return act()
        if file is None:
            raise WhatToDoError
        if out is not None:
            _kind_of(out)
            check_writable(out, force=force)
        submission = Submission(
            content=read_bounded(file),
            unit_code=_required(unit),
            idempotency_key=key,
            issues_valid_rows=valid_rows,
            waits_for_confirmation=not yes,
            file_name=file.name,
        )
        return _begin(services, console, submission, out, force=force)


def _required(unit: str) -> str:
    if not unit:
        raise UnitMissingError
    return unit


def _begin(
    services: Services, console: Console, submission: Submission, out: Path | None, *, force: bool
) -> int:
    actor, now = machine_operator(), services.clock.now()
    begun = submit_batch(
        services.database, submission, keys=services.hidden_keys, actor=actor, now=now
    )
    if begun.state == BatchState.REJECTED:
        console.note("cli.batches.rejected", errors=begun.problem_count)
        _tell_problems(services, console, begun)
        return _FAILED
    _tell_problems(services, console, begun)
    if begun.state == BatchState.CHECKED:
        _tell_sum(services, console, begun)
        if not (sys.stdin.isatty() and typer.confirm(console.text("cli.batches.ask"))):
            console.say("cli.batches.kept", id=begun.id)
            return 0
        return _confirm(services, console, begun.id, out, force=force)
    console.say("cli.batches.accepted", id=begun.id, rows=begun.row_count)
    return _work(services, console, begun.id, out, force=force)


def _tell_sum(services: Services, console: Console, of: Batch) -> None:
    with services.database.reading() as session:
        summed = sum_up(session, of, console.language)
    wrong = summed.rows - summed.good
    console.say(
        "cli.batches.sum",
        rows=summed.rows,
        good=summed.good,
        wrong=wrong,
        minutes=max(summed.minutes, 1),
    )


def _confirm(
    services: Services, console: Console, batch_id: str, out: Path | None, *, force: bool
) -> int:
    with services.database.transaction() as session:
        begun = confirm_batch(session, batch_id, actor=machine_operator(), now=services.clock.now())
        rows = begun.row_count
    console.say("cli.batches.accepted", id=batch_id, rows=rows)
    return _work(services, console, batch_id, out, force=force)


def _write_failed(
    services: Services, console: Console, batch_id: str, out: Path | None, *, force: bool
) -> int:
    path = out or Path(f"failed-{batch_id}.xlsx")
    kind = _kind_of(path)
    if kind == "zip":
        raise OutKindError(file=str(path))
    check_writable(path, force=force)
    lines = failed_table(services, batch_id, actor=machine_operator(), language=console.language)
    write_whole(path, (csv_table if kind == "csv" else xlsx_table)(lines), force=force)
    console.say("cli.batches.written", file=str(path))
    return 0


def _resume(
    services: Services, console: Console, batch_id: str, out: Path | None, *, force: bool
) -> int:
    actor = machine_operator()
    with services.database.reading() as session:
        known = get_batch(session, batch_id, actor=actor)
    # One that is at work needs no new jobs: a worker takes over what is left of it.
    if known.state == BatchState.STOPPED:
        with services.database.transaction() as session:
            resume_batch(session, batch_id, actor=actor, now=services.clock.now())
    console.say("cli.batches.accepted", id=known.id, rows=known.row_count)
    return _work(services, console, batch_id, out, force=force)


def _tell_problems(services: Services, console: Console, of: Batch) -> None:
    with services.database.reading() as session:
        problems = list_problems(session, of)
    for problem in problems:
        name = f"batches.column.{problem.column}" if problem.column else "page.batch.whole-row"
        console.note(
            "cli.batches.problem",
            row=problem.row,
            column=console.text(name),
            text=sentence(problem.code, console.language, problem.params),
            code=problem.code,
        )


def _work(
    services: Services, console: Console, batch_id: str, out: Path | None, *, force: bool
) -> int:
    """Work on batches in this process until this one is at rest."""
    worker = services.job_worker(lanes=(Lane.WORK,))
    worker.start()
    try:
        ended = _watch(services, console, batch_id)
    except KeyboardInterrupt:
        worker.close(patience_s=_PATIENCE_S)
        console.note("cli.batches.interrupted", id=batch_id)
        return _INTERRUPTED
    worker.close(patience_s=_PATIENCE_S)
    _tell_end(services, console, batch_id)
    if out is not None:
        _write_result(services, console, batch_id, out, force=force)
    return 0 if ended is BatchState.DONE else _FAILED


def _watch(services: Services, console: Console, batch_id: str) -> BatchState:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console.err,
        transient=True,
    )
    told: str | None = None
    with bar:
        task = bar.add_task("", total=None)
        while True:
            found, counted = _look(services, batch_id)
            bar.update(task, total=counted.rows, completed=counted.settled)
            if found.state not in WORKING:
                return BatchState(found.state)
            if found.reason_code != told and found.reason_code is not None:
                why = sentence(found.reason_code, console.language, found.reason_params or {})
                console.note("cli.batches.paused", why=why)
            told = found.reason_code
            time.sleep(_LOOK_EVERY_S)


def _look(services: Services, batch_id: str) -> tuple[Batch, Counted]:
    with services.database.reading() as session:
        found = get_batch(session, batch_id, actor=machine_operator())
        return found, progress_of(session, found)


def _tell_end(services: Services, console: Console, batch_id: str) -> None:
    found, counted = _look(services, batch_id)
    console.say(
        "cli.batches.ended",
        id=found.id,
        state=console.text(f"batches.batch-state.{found.state}"),
        issued=counted.issued,
        refused=counted.refused,
        cancelled=counted.cancelled,
        rows=counted.rows,
    )


def _list(services: Services, console: Console) -> int:
    with services.database.reading() as session:
        found = list_batches(session, actor=machine_operator()).items
        counted = [progress_of(session, each) for each in found]
    if not found:
        console.say("cli.batches.none")
    for each, count in zip(found, counted, strict=True):
        console.say(
            "cli.batches.line",
            id=each.id,
            created=rfc3339(each.created_at),
            state=console.text(f"batches.batch-state.{each.state}"),
            issued=count.issued,
            rows=each.row_count,
        )
    return 0


def _cancel(services: Services, console: Console, batch_id: str) -> int:
    with services.database.transaction() as session:
        cancel_batch(session, batch_id, actor=machine_operator(), now=services.clock.now())
    _tell_end(services, console, batch_id)
    return 0


def _write_result(
    services: Services, console: Console, batch_id: str, out: Path | None, *, force: bool
) -> int:
    path = out or Path(f"batch-{batch_id}.zip")
    kind = _kind_of(path)
    check_writable(path, force=force)
    file = open_result(
        services, batch_id, kind, actor=machine_operator(), language=console.language
    )
    write_pieces(path, file.pieces, force=force)
    console.say("cli.batches.written", file=str(path))
    return 0


def _kind_of(path: Path) -> str:
    kind = path.suffix.lower().removeprefix(".")
    if kind not in MEDIA_TYPES:
        raise OutKindError(file=str(path))
    return kind


def _template(
    services: Services,
    console: Console,
    path: Path | None,
    unit: str,
    type_code: str | None,
    force: bool,  # noqa: FBT001  private, one caller
) -> int:
    if path is None:
        raise WhatToDoError
    kind = _kind_of(path)
    if kind == "zip":
        raise OutKindError(file=str(path))
    check_writable(path, force=force)
    today = services.clock.now().astimezone(CHINA_TIME).date()
    with services.database.reading() as session:
        found = list_permitted_uses(session, unit_code=_required(unit), on=today)
        uses = people_first(services, found)
    make = blank_csv if kind == "csv" else blank_xlsx
    write_whole(path, make(uses, type_code), force=force)
    console.say("cli.batches.written", file=str(path))
    return 0
