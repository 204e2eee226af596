"""Explaining that a command was not understood, in the reader's language."""

from enum import Enum

import typer
from typer.exceptions import TyperException

from api.cli.console import LANGUAGE_OPTION, Console
from certsvc.foundation.messages.catalogue import Language

UsageError: type[TyperException] = typer.BadParameter.__mro__[1]
"""Base of all errors of usage; typer exports only this one subclass."""


def explain_usage(console: Console, error: TyperException) -> None:
    """Say which option is missing, unknown or wrong; help, if no command was given at all."""
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        error.show()  # type: ignore[attr-defined]  # its class is private
        return
    hint, allowed = _option_of(error), _allowed_by(error)
    if kind == "MissingParameter" and hint:
        code = "cli.usage.missing"
    elif kind == "NoSuchOption":
        code = "cli.usage.unknown-option"
    elif isinstance(error, typer.BadParameter) and hint:
        code = "cli.usage.bad-choice" if allowed else "cli.usage.bad-value"
    else:
        code = "cli.usage.other"
    console.complain(code, params={"option": hint, "allowed": allowed})


def _allowed_by(error: TyperException) -> str:
    """Return the values that an option takes, as far as it knows them."""
    if _option_of(error) == LANGUAGE_OPTION:
        return ", ".join(language.value for language in Language)
    parameter = getattr(error, "param", None)
    described = getattr(parameter, "type_descriptor", None)
    annotation = getattr(described, "annotation", None)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(str(choice.value) for choice in annotation)
    low, high = getattr(parameter, "min", None), getattr(parameter, "max", None)
    return f"{low}…{high}" if low is not None and high is not None else ""


def _option_of(error: TyperException) -> str:
    name = getattr(error, "option_name", None) or getattr(error, "param_hint", None)
    parameter = getattr(error, "param", None)
    if name is None and parameter is not None:
        name = next(iter(parameter.opts), parameter.name)
        if not str(name).startswith("-"):
            name = str(name).upper()
    return str(name or "")
