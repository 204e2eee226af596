"""`certsvc packs`: making, checking and looking at template packs, and their versions."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli import pack_versions
from api.cli.console import Console, both, console_of
from api.cli.errors import NoPacksError, SampleFileInvalidError
from api.cli.files import check_writable, read_bounded, write_whole
from api.cli.installation import home_folder, installed_settings, is_initialised, opened
from api.shared.sentences import sentence
from certsvc.bootstrap import Services
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.settings import read_settings
from templates.defects import Finding
from templates.errors import PackUnknownError
from templates.pack_checking import sample_text
from templates.pack_linting import lint_folder
from templates.pack_making import NewPack, accept_text, make_pack
from templates.packs import Wording, load_pack
from templates.samples import face_from_lines, sample_face

app = typer.Typer(no_args_is_help=True)
PackArgument = Annotated[str, typer.Argument(metavar="PACK", help=both("cli.packs.option.pack"))]
ForceOption = Annotated[bool, typer.Option("--force", help=both("cli.option.force"))]


@contextmanager
def _parts() -> Iterator[Services]:
    # Packs need no keys, seals or database: they can be checked before anything is set up.
    settings = (
        installed_settings()
        if is_initialised()
        else read_settings(home_folder(), mode="demonstration")
    )
    with opened(settings) as services:
        yield services


@app.command("list", help=both("cli.packs.list.help"))
def list_packs(context: typer.Context) -> None:
    """List the packs that lie in the folder."""
    console = console_of(context)
    table = Table(box=None, show_header=False, pad_edge=False)
    with _parts() as services:
        for pack in map(load_pack, _folders("", services.settings.packs_dir)):
            title = pack.title.zh if console.language is Language.ZH else pack.title.en
            table.add_row(pack.code, pack.version, title, pack.digest[:12])
    console.out.print(table)


@app.command("check", help=both("cli.packs.check.help"))
def check_packs(
    context: typer.Context,
    pack: Annotated[str, typer.Argument(metavar="PACK", help=both("cli.packs.option.some"))] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help=both("cli.option.json"))] = False,
) -> None:
    """Lint every pack, one pack, or the packs in another folder."""
    console = console_of(context)
    with _parts() as services:
        folders = _folders(pack, services.settings.packs_dir)
        answers = [_check(folder, services, console) for folder in folders]
    if as_json:
        console.say_json({"packs": answers})
    else:
        for answer in answers:
            _tell(answer, console)
    if any(answer["findings"] for answer in answers):
        raise typer.Exit(1)


def _check(folder: Path, services: Services, console: Console) -> dict[str, Any]:
    pack, findings = lint_folder(folder, services.renderer)
    return {
        "pack": folder.resolve().name,
        "version": pack.version if pack else None,
        "digest": pack.digest if pack else None,
        "findings": [_as_told(finding, console) for finding in findings],
    }


def _as_told(finding: Finding, console: Console) -> dict[str, str]:
    text = sentence(finding.code, console.language, finding.params)
    return {"code": finding.code, "file": finding.file, "text": text}


def _tell(answer: dict[str, Any], console: Console) -> None:
    if not answer["findings"]:
        console.say("cli.packs.fine", pack=answer["pack"], version=answer["version"])
        return
    count = len(answer["findings"])
    console.out.print(
        console.text("cli.packs.bad", pack=answer["pack"], count=count), style="bold red"
    )
    table = Table(pad_edge=False)
    for column in ("file", "defect", "code"):
        table.add_column(
            console.text(f"cli.packs.column.{column}"), overflow="fold", no_wrap=column != "defect"
        )
    for finding in answer["findings"]:
        table.add_row(finding["file"], finding["text"], finding["code"])
    console.out.print(table, soft_wrap=False)


def _folders(named: str, packs_dir: Path) -> list[Path]:
    """Find what is meant: all packs, a pack by its code or folder, or a folder of packs.

    Raises:
        PackUnknownError: nothing of this name.
        NoPacksError: there are no packs.
    """
    if named and (packs_dir / named / "pack.toml").is_file() and "/" not in named:
        return [packs_dir / named]
    root = Path(named) if named else packs_dir
    if named and (root / "pack.toml").is_file():
        return [root]
    if named and not root.is_dir():
        raise PackUnknownError(pack=named)
    found = sorted(path.parent for path in root.glob("*/pack.toml"))
    if not found:
        raise NoPacksError(folder=str(root))
    return found


def _folder(named: str, packs_dir: Path) -> Path:
    found = _folders(named, packs_dir)
    if len(found) != 1:
        raise PackUnknownError(pack=named)
    return found[0]


@app.command("new", help=both("cli.packs.new.help"))
def new_pack(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help=both("cli.packs.option.code"))],
    *,
    title: Annotated[
        str,
        typer.Option(prompt=both("cli.packs.option.title"), help=both("cli.packs.option.title")),
    ],
    title_en: Annotated[
        str,
        typer.Option(
            prompt=both("cli.packs.option.title-en"), help=both("cli.packs.option.title-en")
        ),
    ],
    legal_basis: Annotated[
        str,
        typer.Option(
            prompt=both("cli.packs.option.legal-basis"), help=both("cli.packs.option.legal-basis")
        ),
    ],
    validity_days: Annotated[int, typer.Option(help=both("cli.packs.option.validity-days"))] = 30,
    into: Annotated[Path | None, typer.Option(help=both("cli.packs.option.into"))] = None,
) -> None:
    """Make a pack from the skeleton."""
    console = console_of(context)
    new = NewPack(
        code=code,
        title=Wording(zh=title, en=title_en),
        legal_basis=tuple(rule.strip() for rule in legal_basis.split(";") if rule.strip()),
        validity_days=validity_days,
    )
    with _parts() as services:
        parent = into if into is not None else services.settings.packs_dir
        make_pack(new, parent, services.renderer)
    console.say("cli.packs.made", pack=code, folder=str(parent / code))


@app.command("accept", help=both("cli.packs.accept.help"))
def accept(context: typer.Context, pack: PackArgument) -> None:
    """Write what the ordinary sample says now into expected.txt, and print it."""
    console = console_of(context)
    with _parts() as services:
        folder = _folder(pack, services.settings.packs_dir)
        accepted = accept_text(folder, services.renderer)
        for line in sample_text(accepted, services.renderer).splitlines():
            console.out.print(line)
    console.note("cli.packs.accepted", file=str(folder / "expected.txt"))


@app.command("preview", help=both("cli.packs.preview.help"))
def preview(
    context: typer.Context,
    pack: PackArgument,
    *,
    out: Annotated[Path, typer.Option("--out", help=both("cli.packs.option.out"))],
    data: Annotated[Path | None, typer.Option("--data", help=both("cli.packs.option.data"))] = None,
    hard: Annotated[bool, typer.Option("--hard", help=both("cli.packs.option.hard"))] = False,
    force: ForceOption = False,
) -> None:
    """Set a sample, or data of one's own, without any seal."""
    console = console_of(context)
    check_writable(out, force=force)
    with _parts() as services:
        loaded = load_pack(_folder(pack, services.settings.packs_dir))
        if data is not None:
            face = face_from_lines(loaded, _lines_of(data), named=data.name)
        else:
            face = sample_face(loaded, "sample-hard" if hard else "sample")
        write_whole(out, services.renderer.render(loaded, face).pdf, force=force)
    console.say("cli.packs.previewed", file=str(out))


def _lines_of(path: Path) -> dict[str, Any]:
    try:
        lines = json.loads(read_bounded(path))
    except (ValueError, RecursionError) as error:
        raise SampleFileInvalidError(file=str(path)) from error
    if not isinstance(lines, dict):
        raise SampleFileInvalidError(file=str(path))
    return lines


app.command("versions", help=both("cli.packs.versions.help"))(pack_versions.versions)
app.command("propose", help=both("cli.packs.propose.help"))(pack_versions.propose)
app.command("approve", help=both("cli.packs.approve.help"))(pack_versions.approve)
app.command("reject", help=both("cli.packs.reject.help"))(pack_versions.reject)
app.command("withdraw", help=both("cli.packs.withdraw.help"))(pack_versions.withdraw)
