"""Asking for PINs, passphrases and passwords; nothing typed is shown, kept or logged."""

import getpass
import sys

from api.cli.console import Console
from api.cli.errors import NoTerminalError
from keys.passphrases import AskSecret


def terminal_ask(console: Console) -> AskSecret | None:
    """Return something that asks for the PIN or passphrase of a key; None without a terminal."""
    if not sys.stdin.isatty():
        return None
    return lambda name: _type(console.text("cli.keys.ask", key=name))


def require_terminal(console: Console) -> AskSecret:
    """Return something that asks for the PIN or passphrase of a key.

    Raises:
        NoTerminalError: nobody sits there.
    """
    ask = terminal_ask(console)
    if ask is None:
        raise NoTerminalError
    return ask


def read_password(console: Console, login: str) -> str:
    """Ask for a person's password, or read it from standard input where there is no terminal."""
    if sys.stdin.isatty():
        return _type(console.text("cli.keys.ask-password", login=login))
    return sys.stdin.readline().rstrip("\r\n")


def _type(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except (EOFError, OSError):
        return ""
