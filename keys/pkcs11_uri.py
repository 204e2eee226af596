"""PKCS#11 URIs (RFC 7512): which token and which key of it.

* The PIN may be named by ``pin-source`` or ``x-pin-env``; ``pin-value`` is refused, because
  URIs stand in registers, settings and logs.
* An attribute that is unknown, repeated or empty is refused rather than passed over.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from keys.errors import KeyUriInvalidError
from keys.passphrases import PassphraseFile, PassphraseSource, PassphraseVariable

SCHEME = "pkcs11:"
_TOKEN_ATTRIBUTES = {"token", "serial", "manufacturer", "model", "slot-id"}
_OBJECT_ATTRIBUTES = {"object", "id", "type"}
_QUERY_ATTRIBUTES = {
    "module-path",
    "pin-source",
    "x-pin-env",
    "x-rsa-padding",
    "x-sessions",
    "x-timeout-s",
}
_MOST_SESSIONS, _LONGEST_TIMEOUT_S = 64, 120


@dataclass(frozen=True, kw_only=True)
class TokenAddress:
    """Where a token is."""

    module_path: str
    """The shared library of the token's maker."""

    token: tuple[tuple[str, str], ...]
    """What must be true of the token: ``token`` (its label), ``serial``, ``slot-id`` …"""


@dataclass(frozen=True, kw_only=True)
class TokenLimits:
    """Limits for sessions and time limits of a token."""

    sessions: int = 4
    """Most sessions at once; each is a process of its own."""

    timeout_s: float = 5.0
    """Longest time for one signature, waiting for a free session included."""

    open_timeout_s: float = 15.0
    """Longest time to load the library, open a session and log in."""


@dataclass(frozen=True, kw_only=True)
class Pkcs11Uri:
    """A parsed URI."""

    address: TokenAddress
    label: str
    """Label of the key (CKA_LABEL); empty if the URI names none."""

    key_id: str
    """CKA_ID, hexadecimal; empty if the URI names none."""

    pin: PassphraseSource | None
    """Where the PIN comes from; None if the URI does not say."""

    limits: TokenLimits
    pss: bool
    """Whether an RSA key signs with PSS."""

    @property
    def name(self) -> str:
        """What a custodian calls the key, or the token if the URI names no key."""
        token = dict(self.address.token).get("token", "")
        return "/".join(filter(None, (token, self.label or self.key_id))) or "pkcs11"


def parse_pkcs11_uri(uri: str) -> Pkcs11Uri:
    """Parse a PKCS#11 URI.

    Raises:
        KeyUriInvalidError: It is malformed, holds a PIN, or names no library.
    """
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    where = _attributes(path, ";", _TOKEN_ATTRIBUTES | _OBJECT_ATTRIBUTES)
    how = _attributes(query, "&", _QUERY_ATTRIBUTES)
    if unquote(where.get("type", "private")) != "private":
        raise KeyUriInvalidError(reason="parameters")
    module = unquote(how.get("module-path", ""))
    if not module.startswith("/"):
        raise KeyUriInvalidError(reason="module")
    token = {name: unquote(where[name]) for name in sorted(_TOKEN_ATTRIBUTES & where.keys())}
    return Pkcs11Uri(
        address=TokenAddress(module_path=module, token=tuple(token.items())),
        label=unquote(where.get("object", "")),
        key_id=unquote_to_bytes(where.get("id", "")).hex(),
        pin=_pin_source(how),
        limits=_limits(how),
        pss=_is_pss(unquote(how.get("x-rsa-padding", "pkcs1"))),
    )


def _attributes(text: str, separator: str, known: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(separator) if text else []:
        name, _, value = part.partition("=")
        if name == "pin-value":
            raise KeyUriInvalidError(reason="secret")
        if name not in known or name in found or not value or "#" in value:
            raise KeyUriInvalidError(reason="parameters")
        found[name] = value
    return found


def _pin_source(how: dict[str, str]) -> PassphraseSource | None:
    source, variable = unquote(how.get("pin-source", "")), unquote(how.get("x-pin-env", ""))
    if source and variable:
        raise KeyUriInvalidError(reason="parameters")
    if variable:
        return PassphraseVariable(variable=variable)
    if not source:
        return None
    # RFC 7512 2.4 also allows a command after a bar; a register that runs commands is a back door.
    path = unquote(urlsplit(source).path) if source.startswith("file:") else source
    if not path.startswith("/"):
        raise KeyUriInvalidError(reason="parameters")
    return PassphraseFile(path=Path(path))


def _limits(how: dict[str, str]) -> TokenLimits:
    usual = TokenLimits()
    sessions = _number(how.get("x-sessions"), usual.sessions, _MOST_SESSIONS)
    timeout_s = _number(how.get("x-timeout-s"), usual.timeout_s, _LONGEST_TIMEOUT_S)
    return TokenLimits(
        sessions=int(sessions),
        timeout_s=timeout_s,
        open_timeout_s=max(timeout_s, usual.open_timeout_s) if how.get("x-timeout-s") else 15.0,
    )


def _number(text: str | None, usual: float, most: int) -> float:
    if text is None:
        return usual
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= most:
        raise KeyUriInvalidError(reason="parameters")
    return int(text)


def _is_pss(padding: str) -> bool:
    if padding not in ("pkcs1", "pss"):
        raise KeyUriInvalidError(reason="parameters")
    return padding == "pss"
