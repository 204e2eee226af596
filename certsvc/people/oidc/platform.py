"""HTTP client of the identity platform; it validates no tokens.

- The platform is believed about its addresses only under its own issuer (Discovery 1.0 §4.3).
- Every answer has a limit of time and size; what a call may cost besides, and that no redirect is
  followed, is for whoever carries it (`certsvc/foundation/net`).
- What it publishes is kept for an hour; its keys are asked for anew when a token names another.
- No request waits for another's question, and few codes are exchanged at a time: a platform that
  hangs cannot take all the threads of this system with it.
"""

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from certsvc.foundation.net.bulkheads import Bulkhead, NoPlaceError
from certsvc.people.oidc.remembered import Remembered
from certsvc.people.oidc.rules import PlatformRefusedError, PlatformUnavailableError
from keys.http_port import HttpExchange, HttpFailedError, HttpRequest

_LARGEST = 256 * 1024
_EXCHANGES_AT_ONCE = 8
_DISCOVERY = "/.well-known/openid-configuration"
_SIGNING_KEYS = {"RSA", "EC"}


@dataclass(frozen=True, kw_only=True)
class PlatformSettings:
    """How the platform knows this installation."""

    issuer: str
    """Its issuer, exactly as it stands in its tokens."""
    client_id: str
    """Our name there."""
    client_secret: str = field(repr=False)
    """Our secret there."""
    redirect_uri: str
    """Where it sends people back to."""


@dataclass(frozen=True, kw_only=True)
class PlatformAddresses:
    """What the platform publishes of itself."""

    authorization: str
    """Where people log in."""
    token: str
    """Where codes are exchanged."""
    keys: str
    """Where its keys are."""
    end_session: str | None
    """Where people log out there."""
    names_itself: bool
    """Whether its answers bear `iss` (RFC 9207)."""


@dataclass(frozen=True, kw_only=True)
class Exchanged:
    """What a code was exchanged for."""

    id_token: str = field(repr=False)
    """Who logged in, unjudged."""
    access_token: str = field(repr=False)
    """Not used, but named in the ID token."""


class HttpPlatform:
    """The identity platform, over HTTP."""

    def __init__(
        self,
        settings: PlatformSettings,
        http: HttpExchange,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        timeout_s: float = 10.0,
    ) -> None:
        self.settings = settings
        self._http, self._timeout_s = http, timeout_s
        self._addresses = Remembered[PlatformAddresses](now=now, monotonic=monotonic)
        self._keys = Remembered[KeySet](now=now, monotonic=monotonic)
        self._exchanges = Bulkhead(at_once=_EXCHANGES_AT_ONCE, waiting=0)

    def addresses(self) -> PlatformAddresses:
        """Return what the platform publishes of itself.

        Raises:
            PlatformUnavailableError: it does not answer, or speaks for another issuer.
        """
        return self._addresses.get(self._discover)

    def keys(self, *, afresh: bool = False) -> KeySet:
        """Return the platform's keys for signatures.

        Raises:
            PlatformUnavailableError: it does not answer, or publishes none.
        """
        address = self.addresses().keys
        return self._keys.get(lambda: _key_set(_read(self._ask(address))), afresh=afresh)

    def exchange_code(self, code: str, *, verifier: str) -> Exchanged:
        """Exchange a code for tokens (Core §3.1.3), proving that we asked for it (PKCE).

        Raises:
            PlatformRefusedError: the platform does not accept the code.
            PlatformUnavailableError: it does not answer, or too many codes are being exchanged.
        """
        pair = f"{quote_plus(self.settings.client_id)}:{quote_plus(self.settings.client_secret)}"
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.redirect_uri,
            "code_verifier": verifier,
        }
        headers = {
            "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        address = self.addresses().token
        try:
            with self._exchanges.hold(limit_s=0):
                answer = _read(self._ask(address, urlencode(form).encode(), headers))
        except NoPlaceError as error:
            raise PlatformUnavailableError from error
        return Exchanged(
            id_token=_text(answer, "id_token"), access_token=str(answer.get("access_token", ""))
        )

    def _ask(
        self, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        request = HttpRequest(
            url=url,
            method="GET" if body is None else "POST",
            headers={"Accept": "application/json", **(headers or {})},
            body=body,
            timeout_s=self._timeout_s,
            answer_limit=_LARGEST,
        )
        try:
            answer = self._http.exchange(request)
        except HttpFailedError as error:
            raise PlatformUnavailableError from error
        if body is not None and answer.status in {400, 401, 403}:
            raise PlatformRefusedError
        if answer.status != HTTPStatus.OK:
            raise PlatformUnavailableError
        return answer.body

    def _discover(self) -> PlatformAddresses:
        issuer = self.settings.issuer
        found = _read(self._ask(issuer.rstrip("/") + _DISCOVERY))
        if found.get("issuer") != issuer:
            raise PlatformUnavailableError
        end_session = found.get("end_session_endpoint")
        return PlatformAddresses(
            authorization=self._address(found, "authorization_endpoint"),
            token=self._address(found, "token_endpoint"),
            keys=self._address(found, "jwks_uri"),
            end_session=self._address(found, "end_session_endpoint") if end_session else None,
            names_itself=found.get("authorization_response_iss_parameter_supported") is True,
        )

    def _address(self, found: Mapping[str, Any], name: str) -> str:
        address = _text(found, name)
        # Whoever asks over TLS is answered with addresses under TLS.
        if urlsplit(address).scheme not in {"https", urlsplit(self.settings.issuer).scheme}:
            raise PlatformUnavailableError
        return address


def _read(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise PlatformUnavailableError from error
    if not isinstance(found, dict):
        raise PlatformUnavailableError
    return found


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise PlatformUnavailableError
    return value


def _key_set(found: dict[str, Any]) -> KeySet:
    keys = found.get("keys")
    usable = [
        key
        for key in (keys if isinstance(keys, list) else [])
        if isinstance(key, dict)
        and key.get("kty") in _SIGNING_KEYS
        and key.get("use", "sig") == "sig"
    ]
    try:
        if usable:
            return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise PlatformUnavailableError from error
    raise PlatformUnavailableError
