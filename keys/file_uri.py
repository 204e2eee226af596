"""Open a key file by its URI.

``file:/path/seal.key``, with ``?passphrase-file=/path`` or ``?passphrase-env=NAME`` when the file
is encrypted, and ``rsa-padding=pss`` when an RSA key is to sign with PSS. PKCS#8, or PKCS#12 if
the path ends in ``.p12`` or ``.pfx``.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from keys.errors import KeyLockedError, KeyUriInvalidError
from keys.file_key import FileKey
from keys.passphrases import (
    AskedPassphrase,
    AskSecret,
    PassphraseFile,
    PassphraseSource,
    PassphraseVariable,
)

_PARAMETERS = {"passphrase-file", "passphrase-env", "rsa-padding"}
_PADDINGS = ("pkcs1", "pss")


@dataclass(frozen=True, kw_only=True)
class FileUri:
    """A parsed URI."""

    path: Path
    passphrase: PassphraseSource | None
    """Where the passphrase comes from; None if the URI does not say."""

    pss: bool
    """Whether an RSA key signs with PSS."""


def parse_file_uri(uri: str) -> FileUri:
    """Parse the URI of a key file.

    Raises:
        KeyUriInvalidError: It is malformed.
    """
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise KeyUriInvalidError(reason="malformed") from error
    if parts.netloc not in ("", "localhost") or not parts.path or parts.fragment:
        raise KeyUriInvalidError(reason="path")
    parameters = _parameters(parts)
    padding = parameters.pop("rsa-padding", "pkcs1")
    if padding not in _PADDINGS:
        raise KeyUriInvalidError(reason="parameters")
    return FileUri(
        path=Path(unquote(parts.path)),
        passphrase=_passphrase_source(parameters),
        pss=padding == "pss",
    )


def open_file_key(uri: str, *, ask: AskSecret | None = None) -> FileKey:
    """Open the key file a URI names.

    Raises:
        KeyUriInvalidError: The URI is malformed.
        SigningKeyError: What :meth:`keys.file_key.FileKey.load` raises.
    """
    file = parse_file_uri(uri)
    try:
        return FileKey.load(file.path, passphrase=file.passphrase, pss=file.pss)
    except KeyLockedError:
        if file.passphrase or ask is None:
            raise
        return FileKey.load(file.path, passphrase=AskedPassphrase(ask), pss=file.pss)


def _parameters(parts: SplitResult) -> dict[str, str]:
    try:
        found = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise KeyUriInvalidError(reason="parameters") from error
    once = {name: values[0] for name, values in found.items() if len(values) == 1 and values[0]}
    if not found.keys() <= _PARAMETERS or len(once) != len(found):
        raise KeyUriInvalidError(reason="parameters")
    return once


def _passphrase_source(parameters: dict[str, str]) -> PassphraseSource | None:
    if not parameters:
        return None
    if len(parameters) > 1:
        raise KeyUriInvalidError(reason="parameters")
    name, value = next(iter(parameters.items()))
    if name == "passphrase-file":
        return PassphraseFile(path=Path(value))
    return PassphraseVariable(variable=value)
