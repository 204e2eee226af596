"""Writes a file of the installation and is killed when it is written but has no name yet.

Run by test_unfinished_files.py with the folder and the kind of file. What the interpreter tells
its audit hooks comes just before the deed, so nothing of ours is exchanged.
"""

import os
import signal
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from api.cli.files import write_pieces
from certsvc.demonstration.world import write_demonstration_settings
from certsvc.foundation.log_in_secret import SECRET_FILE, LogInSecret
from certsvc.foundation.storage.folder import FolderObjectStore
from keys.algorithms import SignatureAlgorithm
from keys.development import create_development_pki
from keys.installation_key import open_installation_key
from keys.making import make_key

KINDS: dict[str, Callable[[Path], object]] = {
    "object": lambda home: FolderObjectStore(home / "objects").put(b"content"),
    "secret": lambda home: LogInSecret.read_or_make(home / SECRET_FILE),
    "answer-key": lambda home: open_installation_key(home / "answers.key"),
    "settings": write_demonstration_settings,
    "pki": lambda home: create_development_pki(
        home / "pki", names=(), now=datetime(2026, 1, 1, tzinfo=UTC)
    ),
    "seal-key": lambda home: make_key(
        f"file:{home}/seal.key", SignatureAlgorithm.P_256, ask=lambda _: "secret"
    ),
    "out": lambda home: write_pieces(home / "out.pdf", (b"some", b"thing"), force=False),
    "out-again": lambda home: write_pieces(home / "out.pdf", (b"some", b"thing"), force=True),
}


def die(event: str, _: object) -> None:
    if event in {"os.link", "os.rename"}:
        os.kill(os.getpid(), signal.SIGKILL)


def main(home: Path, kind: str) -> None:
    warnings.simplefilter("ignore")
    sys.addaudithook(die)
    KINDS[kind](home)
    raise AssertionError("still alive")
