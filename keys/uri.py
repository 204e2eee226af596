"""Open a key by its URI, so that settings name keys and never hold them.

* The scheme chooses the provider; an unknown scheme or parameter is refused.
* A URI may say where the passphrase is; it may not contain it.
"""

from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from keys.errors import KeyUriInvalidError
from keys.file_key import FileKey
from keys.passphrases import NoPassphrase, PassphraseFile, PassphraseSource, PassphraseVariable
from keys.signing_key import SigningKey

_FILE_PARAMETERS = {"passphrase-file", "passphrase-env", "rsa-padding"}
_PADDINGS = ("pkcs1", "pss")


def open_key(uri: str) -> SigningKey:
    """Open the key a URI names.

    Args:
        uri: ``file:/path/seal.key``, with ``?passphrase-file=/path`` or
            ``?passphrase-env=NAME`` when the file is encrypted, and ``rsa-padding=pss`` when an
            RSA key is to sign with PSS. PKCS#8, or PKCS#12 if the path ends in ``.p12`` or
            ``.pfx``.

    Raises:
        KeyUriInvalidError: The URI is malformed, or of a scheme no provider serves.
        SigningKeyError: What :meth:`keys.file_key.FileKey.load` raises.
    """
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise KeyUriInvalidError(reason="malformed") from error
    if parts.scheme != "file":
        raise KeyUriInvalidError(reason="scheme")
    if parts.netloc not in ("", "localhost") or not parts.path or parts.fragment:
        raise KeyUriInvalidError(reason="path")
    parameters = _parameters(parts)
    padding = parameters.pop("rsa-padding", "pkcs1")
    if padding not in _PADDINGS:
        raise KeyUriInvalidError(reason="parameters")
    return FileKey.load(
        Path(unquote(parts.path)),
        passphrase=_passphrase_source(parameters),
        pss=padding == "pss",
    )


def _parameters(parts: SplitResult) -> dict[str, str]:
    try:
        found = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise KeyUriInvalidError(reason="parameters") from error
    once = {name: values[0] for name, values in found.items() if len(values) == 1 and values[0]}
    if not found.keys() <= _FILE_PARAMETERS or len(once) != len(found):
        raise KeyUriInvalidError(reason="parameters")
    return once


def _passphrase_source(parameters: dict[str, str]) -> PassphraseSource:
    if not parameters:
        return NoPassphrase()
    if len(parameters) > 1:
        raise KeyUriInvalidError(reason="parameters")
    name, value = next(iter(parameters.items()))
    if name == "passphrase-file":
        return PassphraseFile(path=Path(value))
    return PassphraseVariable(variable=value)
