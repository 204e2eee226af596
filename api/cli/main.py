"""The command `certsvc`.

- An error is one sentence and a code; exit code 1, or 2 for a command that was not understood.
- What no error class describes is told by its kind alone: a message may hold personal data.
- Only the sub-command that is called is imported; the others are known by name and help text.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from api.cli.console import Console, accept_any_terminal, both, take_language
from api.cli.usage import UsageError, explain_usage
from api.shared.sentences import KNOWN_ERRORS
from certsvc.foundation.messages.catalogue import Language

_FAILED, _MISUNDERSTOOD, _INTERRUPTED = 1, 2, 130


@dataclass(frozen=True)
class Part:
    """A sub-command, or a group of them, and the module of its code."""

    name: str
    """As it is typed."""
    module: str
    """Module of `api.cli` that holds it."""
    attribute: str
    """Its function there, or `app` for a group."""
    text: str
    """Message code of its help text."""

    def add_to(self, app: typer.Typer) -> None:
        """Import it and add it."""
        found: Any = getattr(import_module(f"api.cli.{self.module}"), self.attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=self.name, help=both(self.text))
        else:
            app.command(self.name, help=both(self.text))(found)

    def announce_in(self, app: typer.Typer) -> None:
        """Add its name and help text alone."""
        app.command(self.name, help=both(self.text))(_announced)


PARTS = (
    Part("init", "installing", "init", "cli.init.help"),
    Part("serve", "serving", "serve", "cli.serve.help"),
    Part("issue", "issuing", "issue", "cli.issue.help"),
    Part("batch", "batches", "batch", "cli.batches.help"),
    Part("work", "workers", "work", "cli.worker.help"),
    Part("verify", "verifying", "verify", "cli.verify.help"),
    Part("archive", "archiving", "archive", "cli.archive.help"),
    Part("seal-image", "seal_images", "seal_image", "cli.seal-image.help"),
    Part("seals", "seals", "app", "cli.seals.help"),
    Part("jobs", "jobs", "app", "cli.jobs.help"),
    Part("sources", "sources", "app", "cli.sources.help"),
    Part("records", "records", "app", "cli.records.help"),
    Part("packs", "packs", "app", "cli.packs.help"),
    Part("clients", "clients", "app", "cli.clients.help"),
    Part("webhooks", "webhooks", "app", "cli.webhooks.help"),
    Part("identities", "identities", "app", "cli.identities.help"),
    Part("keys", "keys", "app", "cli.keys.help"),
    Part("db", "database", "app", "cli.db.help"),
    Part("storage", "storage", "app", "cli.storage.help"),
    Part("demo", "demonstration", "demo", "cli.demo.help"),
)
"""In the order in which the help lists them."""


def build_app(called: str | None) -> typer.Typer:
    """Build the command with one part imported.

    Args:
        called: Name of the part to import; of the others only name and help text are known.
    """
    app = typer.Typer(
        name="certsvc",
        help=both("cli.description"),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(common)
    for part in PARTS:
        if part.name == called:
            part.add_to(app)
        else:
            part.announce_in(app)
    return app


def common(
    lang: str = typer.Option("zh", "--lang", envvar="CERTSVC_LANG", help=both("cli.option.lang")),
) -> None:
    """Stand for `--lang` in the help; it is taken out of the arguments before they come here."""
    del lang


def _announced() -> None:
    raise AssertionError("a part that was called is imported")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    accept_any_terminal()
    # What the command writes holds personal data: nobody else on the machine may read it.
    os.umask(0o077)
    console = Console(language=Language.ZH)
    try:
        given = sys.argv[1:] if arguments is None else arguments
        language, rest = take_language(given)
        console = Console(language=language)
        with console.calm_about_stand_ins():
            called = next((word for word in rest if not word.startswith("-")), None)
            result = get_command(build_app(called))(
                args=rest, prog_name="certsvc", standalone_mode=False, obj=console
            )
    except UsageError as error:
        explain_usage(console, error)
        return _MISUNDERSTOOD
    except KNOWN_ERRORS as error:
        console.refuse(error)
        return _FAILED
    except KeyboardInterrupt:
        console.note("cli.interrupted")
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001  the last net: no stack trace reaches a person
        console.complain("http.unexpected", params={"request": type(error).__name__})
        console.err.print(f"({type(error).__name__})")
        return _FAILED
    if result == _INTERRUPTED:
        console.note("cli.interrupted")
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
