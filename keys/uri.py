"""Open a key by its URI, so that settings name keys and never hold them.

* The scheme chooses the provider; an unknown scheme or parameter is refused.
* A URI may say where the passphrase is; it may not contain it.
"""

from keys.csc_uri import SCHEMES as REMOTE
from keys.csc_uri import parse_csc_uri
from keys.errors import KeyUriInvalidError
from keys.file_uri import open_file_key, parse_file_uri
from keys.passphrases import AskSecret
from keys.pkcs11_uri import SCHEME as PKCS11
from keys.pkcs11_uri import parse_pkcs11_uri
from keys.remote_key import RemoteKey
from keys.signing_key import SigningKey
from keys.token_key import TokenKey


def open_key(uri: str, *, ask: AskSecret | None = None) -> SigningKey:
    """Open the key a URI names.

    Args:
        uri: ``file:…`` (:mod:`keys.file_uri`), ``pkcs11:…`` (:mod:`keys.pkcs11_uri`),
            ``csc+https:…`` (:mod:`keys.csc_uri`).
        ask: Asks whoever sits at the terminal for the passphrase or PIN, where the URI does not
            say whence it comes; without it such a key stays locked.

    Raises:
        KeyUriInvalidError: The URI is malformed, or of a scheme no provider serves.
        SigningKeyError: The key cannot be opened.
    """
    if uri.startswith("file:"):
        return open_file_key(uri, ask=ask)
    if uri.startswith(PKCS11):
        return TokenKey.open(parse_pkcs11_uri(uri), ask=ask)
    if uri.startswith(REMOTE):
        return RemoteKey.open(parse_csc_uri(uri))
    raise KeyUriInvalidError(reason="scheme")


def require_key_uri(uri: str) -> None:
    """Accept a URI that a provider serves, without touching what it names.

    Raises:
        KeyUriInvalidError: The URI is malformed, or of a scheme no provider serves.
    """
    if uri.startswith("file:"):
        parse_file_uri(uri)
    elif uri.startswith(PKCS11):
        parse_pkcs11_uri(uri)
    elif uri.startswith(REMOTE):
        parse_csc_uri(uri)
    else:
        raise KeyUriInvalidError(reason="scheme")
