"""Passing the settings of a process to a child process through a pipe.

A child that read file and variables again would miss what its parent was told otherwise, the
address that it serves first of all. A pipe, since the settings hold secrets: arguments are for
every eye on the machine.
"""

import json
from pathlib import Path

from pydantic import SecretStr

from certsvc.foundation.settings import Settings


def settings_as_line(settings: Settings) -> bytes:
    """Write every setting as one line, secrets included."""
    values = {name: getattr(settings, name) for name in Settings.model_fields}
    return json.dumps(values, default=_plain).encode() + b"\n"


def settings_of_line(line: bytes) -> Settings:
    """Read settings that another process of ours has written; file and variables are not asked."""
    return Settings(**json.loads(line))


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)
