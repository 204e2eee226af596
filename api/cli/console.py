"""How the command speaks: results to standard output, everything else to standard error.

- Nothing that is printed can steer the terminal: a control or format character, in a file's name
  or a seal's, is written as an escape of JSON, and no name can begin a line of its own.
"""

import json
import os
import sys
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import typer
from rich import console as rich_console
from typing_extensions import override

from api.shared.language import parse_language
from api.shared.sentences import KnownError, Params, sentence
from certsvc.foundation.messages.catalogue import Language
from keys.development_key import DevelopmentWarning

VARIABLE = "CERTSVC_LANG"
LANGUAGE_OPTION = "--lang"


_STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_NAMES_OF_FILES = {"file", "folder", "home", "kept"}


def harmless(text: str) -> str:
    """Write characters that steer a terminal, or cannot be written, as JSON escapes."""
    return "".join(
        json.dumps(letter)[1:-1] if unicodedata.category(letter) in _STEERING else letter
        for letter in text
    )


def plain_name(name: str) -> str:
    """Write the name of a file so that nobody can spell out what looks like an escape of ours."""
    return harmless(name.replace("\\", "\\\\"))


def _plainly(params: Params) -> Params:
    """The parameters of a sentence, the names of files among them made plain."""
    return {
        key: plain_name(value) if key in _NAMES_OF_FILES and isinstance(value, str) else value
        for key, value in params.items()
    }


class HarmlessConsole(rich_console.Console):
    """A terminal to which nobody else's text can do anything."""

    @override
    def print(self, *objects: Any, **options: Any) -> None:
        """Print objects, texts among them without anything that steers."""
        super().print(
            *(harmless(part) if isinstance(part, str) else part for part in objects), **options
        )


def _console(*, stderr: bool) -> HarmlessConsole:
    # Values are printed as they are: nothing in them is markup, and long ones are not cut.
    return HarmlessConsole(
        stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True
    )


@dataclass(frozen=True, kw_only=True)
class Console:
    """Says things in the language of whoever runs the command."""

    language: Language
    """Their language."""
    out: HarmlessConsole = field(default_factory=lambda: _console(stderr=False))
    """For results."""
    err: HarmlessConsole = field(default_factory=lambda: _console(stderr=True))
    """For progress, notes and errors."""

    def text(self, code: str, /, **params: str | int) -> str:
        """Return a sentence."""
        return sentence(code, self.language, _plainly(params))

    def say(self, code: str, /, **params: str | int) -> None:
        """Print a sentence as a result."""
        self.out.print(self.text(code, **params))

    def say_json(self, value: object) -> None:
        """Print a value as one line of JSON, and nothing else as a result."""
        # Where the terminal has no Chinese, its escapes must be those of JSON.
        plain = "utf" not in self.out.encoding.lower()
        self.out.print(json.dumps(value, ensure_ascii=plain))

    def note(self, code: str, /, **params: str | int) -> None:
        """Print a sentence beside the results."""
        self.err.print(self.text(code, **params))

    def refuse(self, error: KnownError) -> None:
        """Print an error: its code and one sentence."""
        self.complain(error.code, sentence(error.code, self.language, _plainly(error.params)))

    def complain(self, code: str, text: str | None = None, params: Params | None = None) -> None:
        """Print that something is wrong."""
        text = text if text is not None else sentence(code, self.language, params)
        self.err.print(self.text("cli.error", code=code, text=text), style="red")

    @contextmanager
    def calm_about_stand_ins(self) -> Iterator[None]:
        """Say once that stand-ins are in use, instead of one warning for each."""
        said = False

        def show(message: Warning | str, *_: object, **__: object) -> None:
            nonlocal said
            if isinstance(message, DevelopmentWarning) and not said:
                said = True
                self.note("cli.stand-ins")

        with warnings.catch_warnings():
            warnings.simplefilter("always", DevelopmentWarning)
            warnings.showwarning = show
            yield


def take_language(arguments: Sequence[str]) -> tuple[Language, list[str]]:
    """Take `--lang` out of the arguments, wherever it is; Chinese unless told.

    Raises:
        typer.BadParameter: the service does not speak that language.
    """
    rest: list[str] = []
    chosen = os.environ.get(VARIABLE, "")
    remaining = iter(arguments)
    for argument in remaining:
        name, is_joined, value = argument.partition("=")
        if argument == "--":
            rest += [argument, *remaining]
        elif name == LANGUAGE_OPTION:
            chosen = value if is_joined else next(remaining, "")
            if parse_language(chosen) is None:
                raise typer.BadParameter(chosen, param_hint=LANGUAGE_OPTION)
        else:
            rest.append(argument)
    return parse_language(chosen) or Language.ZH, rest


def both(code: str) -> str:
    """Return a text in both languages, for help that is written before a language is known."""
    return f"{sentence(code, Language.ZH)} · {sentence(code, Language.EN)}"


def console_of(context: typer.Context) -> Console:
    """Return the console of this run."""
    console: Console = context.obj
    return console


def accept_any_terminal() -> None:
    """Never fail because a terminal cannot show a character."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")
