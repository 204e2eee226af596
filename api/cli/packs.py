"""`certsvc packs`: the template packs."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.table import Table

from api.cli.errors import NoPacksError
from api.cli.installation import home_folder, installed_settings, is_initialised, opened
from api.cli.speaker import both, speaker_of
from certsvc.bootstrap import Services
from certsvc.messages.catalogue import Language
from certsvc.settings import read_settings
from templates.errors import TemplateError
from templates.pack_checking import check_pack

app = typer.Typer(no_args_is_help=True)


@contextmanager
def _parts() -> Iterator[Services]:
    # Packs need no keys, seals or database: they can be checked before anything is set up.
    settings = (
        installed_settings()
        if is_initialised()
        else read_settings(home_folder(), mode="demonstration")
    )
    with opened(settings) as services:
        if not len(services.pack_folder):
            raise NoPacksError(folder=str(settings.packs_dir))
        yield services


@app.command("list", help=both("cli.packs.list.help"))
def list_packs(context: typer.Context) -> None:
    """List the packs."""
    speaker = speaker_of(context)
    table = Table(box=None, show_header=False, pad_edge=False)
    with _parts() as services:
        for pack in services.pack_folder:
            title = pack.title.zh if speaker.language is Language.ZH else pack.title.en
            table.add_row(pack.code, pack.version, title, pack.digest[:12])
    speaker.out.print(table)


@app.command("check", help=both("cli.packs.check.help"))
def check_packs(context: typer.Context) -> None:
    """Render and check the samples of every pack."""
    speaker, fine = speaker_of(context), True
    with _parts() as services:
        for pack in services.pack_folder:
            try:
                check_pack(pack, services.renderer)
            except TemplateError as error:
                fine = False
                speaker.out.print(speaker.text("cli.packs.bad", pack=pack.code), style="red")
                speaker.refuse(error)
            else:
                speaker.say("cli.packs.fine", pack=pack.code, version=pack.version)
    if not fine:
        raise typer.Exit(1)
