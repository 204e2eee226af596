"""Making and destroying keys where a URI says; for custodians, never for the service.

* A key is made where it stays: on the token, or in a file that is encrypted from its first octet.
* Nothing here reads a private key out; a remote service makes and destroys its own.
* What is there is never overwritten.
"""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from keys.algorithms import SignatureAlgorithm
from keys.errors import (
    KeyExistsError,
    KeyLockedError,
    KeyNotFoundError,
    KeyUnreadableError,
    KeyUriInvalidError,
)
from keys.file_uri import FileUri, parse_file_uri
from keys.generation import generate_private_key
from keys.passphrases import AskedPassphrase, AskSecret, NoPassphrase
from keys.pkcs11_uri import SCHEME as PKCS11
from keys.pkcs11_uri import Pkcs11Uri, parse_pkcs11_uri
from keys.signing_key import PublicKey
from keys.token_administration import TokenAdministration
from keys.whole_files import sweep, write_whole

_OBJECT = re.compile(r"(?<=[:;])object=[^;?]*")


@dataclass(frozen=True, kw_only=True)
class MadeKey:
    """A key that was just made."""

    public_key: PublicKey
    place: dict[str, str]
    """Where it is: what the token says of itself, or the file."""


def make_key(uri: str, algorithm: SignatureAlgorithm, *, ask: AskSecret | None = None) -> MadeKey:
    """Make a key pair.

    Args:
        uri: Where it will be opened; a token's key must be named by ``object``.
        algorithm: Its kind.
        ask: Asks for the PIN or passphrase, where the URI does not say whence it comes.

    Raises:
        KeyUriInvalidError: The URI is malformed, or no key can be made there.
        KeyExistsError: Something is there already.
        KeyLockedError: There is no PIN or passphrase.
        SigningKeyError: The provider failed.
    """
    place = check_place(uri, algorithm)
    if isinstance(place, FileUri):
        return _make_file(place, algorithm, ask)
    with _administration(place, ask) as administration:
        made = administration.generate(algorithm, label=place.label, key_id=place.key_id or None)
        token = administration.token
        return MadeKey(public_key=made, place=vars(token) if token else {})


def check_place(uri: str, algorithm: SignatureAlgorithm) -> Pkcs11Uri | FileUri:
    """Accept a URI where a key of this kind can be made; nothing is opened.

    Raises:
        KeyUriInvalidError: It is malformed, names no key, or another padding.
    """
    place = parse_pkcs11_uri(uri) if uri.startswith(PKCS11) else _file(uri)
    if isinstance(place, Pkcs11Uri) and not place.label:
        raise KeyUriInvalidError(reason="object")
    if place.pss != algorithm.is_pss:
        raise KeyUriInvalidError(reason="padding")
    return place


def store_certificate(
    uri: str, certificate: x509.Certificate, *, ask: AskSecret | None = None
) -> None:
    """Lay a certificate beside its key on a token; other providers keep none.

    Raises:
        SigningKeyError: The token failed.
    """
    if uri.startswith(PKCS11):
        parsed = parse_pkcs11_uri(uri)
        with _administration(parsed, ask) as administration:
            administration.import_certificate(certificate, label=parsed.label, key_id=parsed.key_id)


def destroy_key(uri: str, *, ask: AskSecret | None = None) -> None:
    """Destroy a key; copies that somebody made of a key file live on.

    Raises:
        KeyUriInvalidError: The URI is malformed, or the key is a remote service's.
        SigningKeyError: The key is not there, or the provider failed.
    """
    if uri.startswith(PKCS11):
        parsed = parse_pkcs11_uri(uri)
        if not parsed.label and not parsed.key_id:
            raise KeyUriInvalidError(reason="object")
        with _administration(parsed, ask) as administration:
            administration.destroy(label=parsed.label, key_id=parsed.key_id)
        return
    path = _file(uri).path
    try:
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError as error:
        raise KeyNotFoundError(name=path.name) from error
    except OSError as error:
        raise KeyUnreadableError(name=path.name) from error


def sibling_uri(uri: str, name: str) -> str:
    """The URI of another key at the same place.

    Raises:
        KeyUriInvalidError: The place holds no other keys that we could make.
    """
    if uri.startswith(PKCS11):
        path, mark, query = uri.partition("?")
        named, count = _OBJECT.subn(f"object={quote(name, safe='')}", path)
        if not count:
            named = f"{path};object={quote(name, safe='')}".replace(f"{PKCS11};", PKCS11)
        # CKA_ID is each key's own.
        kept = [part for part in named.removeprefix(PKCS11).split(";") if part[:3] != "id="]
        return f"{PKCS11}{';'.join(kept)}{mark}{query}"
    file = _file(uri)
    _, mark, query = uri.partition("?")
    return f"file:{quote(str(file.path.with_name(f'{name}{file.path.suffix}')))}{mark}{query}"


def _administration(uri: Pkcs11Uri, ask: AskSecret | None) -> TokenAdministration:
    pin = uri.pin or (AskedPassphrase(ask) if ask else NoPassphrase())
    return TokenAdministration(uri.address, pin=pin, name=uri.name)


def _file(uri: str) -> FileUri:
    if not uri.startswith("file:"):
        raise KeyUriInvalidError(reason="made-elsewhere")
    parsed = parse_file_uri(uri)
    if parsed.path.suffix in (".p12", ".pfx"):
        raise KeyUriInvalidError(reason="path")
    return parsed


def _make_file(file: FileUri, algorithm: SignatureAlgorithm, ask: AskSecret | None) -> MadeKey:
    name = file.path.name
    source = file.passphrase or (AskedPassphrase(ask) if ask else None)
    if source is None:
        raise KeyLockedError(name=name)
    secret = source.read(name=name)
    key = generate_private_key(algorithm)
    content = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret or b"")
    )
    try:
        _write_new(file.path, content)
    except FileExistsError as error:
        raise KeyExistsError(name=name) from error
    except (OSError, ValueError) as error:
        raise KeyUnreadableError(name=name) from error
    return MadeKey(public_key=key.public_key(), place={"file": name})


def _write_new(path: Path, content: bytes) -> None:
    write_whole(path, [content])
    with suppress(OSError):  # a folder that may be written need not be one that may be read
        sweep(path.parent)
