"""Sources of passphrases of key files and PINs of tokens.

* A passphrase is never part of a URI, a ``repr``, a log line or an error.
* One from a file or a variable is read when it is needed, and not kept. One that was typed is
  kept in memory, because a token asks again when its session is lost.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from keys.errors import KeyLockedError

_OUR_SETTINGS = "CERTSVC_"  # the address of the database holds a password
_SECRET_VARIABLES: set[str] = set()


def environment_without_secrets() -> dict[str, str]:
    """The environment for a process that runs others' code: no passphrase, no setting of ours."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _SECRET_VARIABLES and not name.startswith(_OUR_SETTINGS)
    }


class PassphraseSource(Protocol):
    """Something that hands over the passphrase, or ``None`` for an unencrypted file."""

    def read(self, *, name: str) -> bytes | None:
        """The passphrase of the key called ``name``.

        Raises:
            KeyLockedError: It cannot be had.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class NoPassphrase:
    """The key file is not encrypted."""

    def read(self, *, name: str) -> bytes | None:
        """Nothing to hand over."""
        del name
        return None


@dataclass(frozen=True, kw_only=True)
class GivenPassphrase:
    """A passphrase someone has just typed."""

    passphrase: str = field(repr=False)
    """The text as typed; encoded as UTF-8."""

    def read(self, *, name: str) -> bytes:
        """The passphrase itself."""
        del name
        return self.passphrase.encode()


@dataclass(frozen=True, kw_only=True)
class PassphraseFile:
    """A file holding the passphrase alone; one trailing line break is ignored."""

    path: Path
    """Where it lies; should be readable by the service's account only."""

    def read(self, *, name: str) -> bytes:
        """The file's content without its line break.

        Raises:
            KeyLockedError: The file is missing, unreadable or empty.
        """
        try:
            passphrase = self.path.read_bytes().removesuffix(b"\n").removesuffix(b"\r")
        except (OSError, ValueError) as error:
            raise KeyLockedError(name=name) from error
        if not passphrase:
            raise KeyLockedError(name=name)
        return passphrase


@dataclass(frozen=True, kw_only=True)
class PassphraseVariable:
    """An environment variable holding the passphrase."""

    variable: str
    """Its name."""

    def __post_init__(self) -> None:
        """Take note of the name, so that no child process inherits the variable."""
        _SECRET_VARIABLES.add(self.variable)

    def read(self, *, name: str) -> bytes:
        """The variable's value.

        Raises:
            KeyLockedError: It is unset or empty.
        """
        value = os.environ.get(self.variable, "")
        if not value:
            raise KeyLockedError(name=name)
        return value.encode()


AskSecret = Callable[[str], str]
"""Asks whoever sits at the terminal for the secret of the key of this name; empty if refused."""


class AskedPassphrase:
    """A passphrase that somebody types when it is first needed."""

    def __init__(self, ask: AskSecret) -> None:
        self._ask = ask
        self._typed: bytes | None = None

    def read(self, *, name: str) -> bytes:
        """What was typed.

        Raises:
            KeyLockedError: Nothing was.
        """
        if self._typed is None:
            self._typed = self._ask(name).encode() or None
        if self._typed is None:
            raise KeyLockedError(name=name)
        return self._typed
