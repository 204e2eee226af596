"""`certsvc storage`: the sealed files themselves."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Console, both, console_of
from api.cli.installation import installation
from certsvc.certificates.extraction.stored_files import (
    FAULTS,
    FileState,
    StoredFile,
    check_files,
    copy_files,
)
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.foundation.storage.folder import FolderObjectStore

app = typer.Typer(no_args_is_help=True)


@app.command("check", help=both("cli.storage.check.help"))
def check(context: typer.Context) -> None:
    """Read every published file; exit code 1 if one is missing or damaged."""
    with installation() as services:
        require_current_schema(services.database)
        services.store.check()
        _tell(check_files(services.database, services.store), console_of(context))


@app.command("copy", help=both("cli.storage.copy.help"))
def copy(
    context: typer.Context,
    source: Annotated[
        Path,
        typer.Option("--from", exists=True, file_okay=False, help=both("cli.option.storage-from")),
    ],
) -> None:
    """Copy every published file from a folder into the store of the settings."""
    with installation() as services:
        require_current_schema(services.database)
        services.store.check()
        files = copy_files(
            services.database, source=FolderObjectStore(source), target=services.store
        )
        _tell(files, console_of(context))


def _tell(files: Iterable[StoredFile], console: Console) -> None:
    """Name each fault as it is found, and count at the end."""
    counted: Counter[FileState] = Counter()
    for file in files:
        counted[file.state] += 1
        if file.state in FAULTS:
            code = f"cli.storage.{file.state}"
            console.note(code, number=file.copy_number, digest=file.digest)
    console.say(
        "cli.storage.counted",
        whole=counted[FileState.WHOLE],
        copied=counted[FileState.COPIED],
        missing=counted[FileState.MISSING],
        damaged=counted[FileState.DAMAGED],
    )
    if any(counted[fault] for fault in FAULTS):
        raise typer.Exit(1)
