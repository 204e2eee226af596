"""Asking for PINs, passphrases and passwords; nothing typed is shown, kept or logged."""

import getpass
import sys

from api.cli.errors import NoTerminalError
from api.cli.speaker import Speaker
from keys.passphrases import AskSecret


def terminal_ask(speaker: Speaker) -> AskSecret | None:
    """Return something that asks for the PIN or passphrase of a key; None without a terminal."""
    if not sys.stdin.isatty():
        return None
    return lambda name: _type(speaker.text("cli.keys.ask", key=name))


def require_terminal(speaker: Speaker) -> AskSecret:
    """Return something that asks for the PIN or passphrase of a key.

    Raises:
        NoTerminalError: nobody sits there.
    """
    ask = terminal_ask(speaker)
    if ask is None:
        raise NoTerminalError
    return ask


def read_password(speaker: Speaker, login: str) -> str:
    """Ask for a person's password, or read it from standard input where there is no terminal."""
    if sys.stdin.isatty():
        return _type(speaker.text("cli.keys.ask-password", login=login))
    return sys.stdin.readline().rstrip("\r\n")


def _type(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except (EOFError, OSError):
        return ""
