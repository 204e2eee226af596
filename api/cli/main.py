"""The command `certsvc`.

- An error is one sentence and a code; exit code 1, or 2 for a command that was not understood.
- What no error class describes is told by its kind alone: a message may hold personal data.
"""

import os
import sys
from collections.abc import Sequence

import typer
from typer.main import get_command

from api.cli import (
    archiving,
    batches,
    clients,
    database,
    demonstration,
    identities,
    installing,
    issuing,
    keys,
    packs,
    records,
    seal_images,
    seals,
    serving,
    sources,
    storage,
    verifying,
    workers,
)
from api.cli.speaker import Speaker, accept_any_terminal, both, take_language
from api.cli.usage import UsageError, explain_usage
from api.sentences import KNOWN_ERRORS
from certsvc.messages.catalogue import Language

_FAILED, _MISUNDERSTOOD, _INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="certsvc",
    help=both("cli.description"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("init", help=both("cli.init.help"))(installing.init)
app.command("serve", help=both("cli.serve.help"))(serving.serve)
app.command("issue", help=both("cli.issue.help"))(issuing.issue)
app.command("batch", help=both("cli.batches.help"))(batches.batch)
app.command("worker", help=both("cli.worker.help"))(workers.worker)
app.command("verify", help=both("cli.verify.help"))(verifying.verify)
app.command("archive", help=both("cli.archive.help"))(archiving.archive)
app.command("seal-image", help=both("cli.seal-image.help"))(seal_images.seal_image)
app.add_typer(seals.app, name="seals", help=both("cli.seals.help"))
app.add_typer(sources.app, name="sources", help=both("cli.sources.help"))
app.add_typer(records.app, name="records", help=both("cli.records.help"))
app.add_typer(packs.app, name="packs", help=both("cli.packs.help"))
app.add_typer(clients.app, name="clients", help=both("cli.clients.help"))
app.add_typer(identities.app, name="identities", help=both("cli.identities.help"))
app.add_typer(keys.app, name="keys", help=both("cli.keys.help"))
app.add_typer(database.app, name="db", help=both("cli.db.help"))
app.add_typer(storage.app, name="storage", help=both("cli.storage.help"))
app.command("demo", help=both("cli.demo.help"))(demonstration.demo)


@app.callback()
def common(
    lang: str = typer.Option("zh", "--lang", envvar="CERTSVC_LANG", help=both("cli.option.lang")),
) -> None:
    """Stand for `--lang` in the help; it is taken out of the arguments before they come here."""
    del lang


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    accept_any_terminal()
    # What the command writes holds personal data: nobody else on the machine may read it.
    os.umask(0o077)
    speaker = Speaker(language=Language.ZH)
    try:
        given = sys.argv[1:] if arguments is None else arguments
        language, rest = take_language(given)
        speaker = Speaker(language=language)
        with speaker.calm_about_stand_ins():
            result = get_command(app)(
                args=rest, prog_name="certsvc", standalone_mode=False, obj=speaker
            )
    except UsageError as error:
        explain_usage(speaker, error)
        return _MISUNDERSTOOD
    except KNOWN_ERRORS as error:
        speaker.refuse(error)
        return _FAILED
    except KeyboardInterrupt:
        speaker.note("cli.interrupted")
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001  the last net: no stack trace reaches a person
        speaker.complain("http.unexpected", params={"request": type(error).__name__})
        speaker.err.print(f"({type(error).__name__})")
        return _FAILED
    if result == _INTERRUPTED:
        speaker.note("cli.interrupted")
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
