"""`certsvc archive`: renew archive timestamps before they prove nothing any more."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Console, both, console_of
from api.cli.errors import NothingToArchiveError
from api.cli.files import check_writable, read_bounded, write_whole
from api.cli.installation import installation
from api.shared.sentences import KNOWN_ERRORS
from certsvc.certificates.extraction.archiving import Archived, Archivist

_DEFAULT_DAYS = 365
Job = Callable[[], Archived]


def archive(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help=both("cli.option.archive-files"))
    ] = None,
    *,
    stored: Annotated[bool, typer.Option("--stored", help=both("cli.option.stored"))] = False,
    within_days: Annotated[
        int, typer.Option("--within-days", min=0, help=both("cli.option.within-days"))
    ] = _DEFAULT_DAYS,
    out: Annotated[Path | None, typer.Option("--out", help=both("cli.option.archive-out"))] = None,
) -> None:
    """Renew files in place or into a folder, or every copy of the store."""
    console = console_of(context)
    if not files and not stored:
        raise NothingToArchiveError
    within = timedelta(days=within_days)
    with installation() as services:
        archivist = services.archivist
        fine = [_run(*job, console) for job in _jobs(files or [], out, archivist, within)]
        if stored:
            for number in archivist.published_copies():
                job = partial(archivist.archive_copy, number, within=within)
                fine.append(_run(number, job, console))
    if not all(fine):
        raise typer.Exit(1)


def _jobs(
    files: list[Path], out: Path | None, archivist: Archivist, within: timedelta
) -> list[tuple[str, Job]]:
    targets = [out / path.name if out else path for path in files]
    return [
        (str(target), partial(_archive_file, path, target, archivist, within))
        for path, target in zip(files, targets, strict=True)
    ]


def _archive_file(path: Path, target: Path, archivist: Archivist, within: timedelta) -> Archived:
    check_writable(target, force=target == path)
    archived = archivist.archive(read_bounded(path), within=within)
    if archived.is_new or target != path:
        write_whole(target, archived.content, force=target == path)
    return archived


def _run(name: str, job: Job, console: Console) -> bool:
    """Do one; a file that cannot be archived does not keep the others from it."""
    try:
        archived = job()
    except KNOWN_ERRORS as error:
        console.err.print(f"{name}:")
        console.refuse(error)
        return False
    code = "cli.archive.renewed" if archived.is_new else "cli.archive.not-due"
    console.say(code, file=name, date=archived.lasts_until.date().isoformat())
    return True
