"""Talking to one remote signing service on behalf of one client.

* The access token is fetched with the client's credentials (RFC 6749 4.4) and kept until it
  ends; when the service refuses it, it is fetched anew once.
* Asked again is only what cannot have had an effect: a request that was never sent, or one that
  was refused for its access token. A request to sign that got lost is not repeated.
* A secret or PIN that the service refused is not sent again.
"""

import base64
import hashlib
import json
import secrets
import time
from http import HTTPStatus
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode

from keys.circuit_breaker import CircuitBreaker
from keys.csc_uri import CscUri
from keys.errors import (
    KeyAnswerWrongError,
    KeyGoneError,
    KeyLockedError,
    KeyNotFoundError,
    KeyPinWrongError,
    KeySlowError,
)
from keys.http_port import HttpExchange
from keys.json_service import JsonAnswer, JsonService, NotSentError
from keys.provider_gate import ProviderGate

_ATTEMPTS = 2
_EXPIRES_EARLY_S = 30.0
_WRONG_PIN = {"invalid_pin", "invalid_otp"}
_UNKNOWN_CREDENTIAL = {"invalid_credential", "credential_not_found"}


class CscService:
    """One service, as one client sees it."""

    def __init__(
        self, uri: CscUri, *, http: HttpExchange, breaker: CircuitBreaker | None = None
    ) -> None:
        self._uri = uri
        self._name = uri.name
        self._http = JsonService(uri.address, name=uri.name, http=http)
        self._salt = secrets.token_bytes(16)
        self._refused: set[bytes] = set()
        self._breaker = breaker
        self.forget_after_fork()

    def forget_after_fork(self) -> None:
        """Reset access token and waiting callers."""
        self._token, self._token_ends_at = "", 0.0
        self._lock = Lock()
        self.gate = ProviderGate(
            places=self._uri.connections, breaker=self._breaker or CircuitBreaker()
        )
        """Everybody who calls passes it first."""

    def call(self, method: str, body: dict[str, Any], *, deadline: float) -> dict[str, Any]:
        """Call a method of the service, for example ``signatures/signHash``.

        Raises:
            KeyGoneError: The service cannot be reached, fails, or broke off.
            KeySlowError: No answer by the deadline (of :func:`time.monotonic`).
            KeyLockedError: It refuses the client.
            KeyPinWrongError: It refuses the PIN.
            KeyNotFoundError: It has no such key.
            KeyAnswerWrongError: Its answer makes no sense.
        """
        answer = self._post_json(method, body, self._access_token(deadline), deadline)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            with self._lock:
                self._token = ""
            answer = self._post_json(method, body, self._access_token(deadline), deadline)
        return self._accepted(answer)

    def read_pin(self) -> str | None:
        """The key's PIN, unless the service has refused it before.

        Raises:
            KeyLockedError: It cannot be had.
            KeyPinWrongError: The service refused it.
        """
        pin = self._uri.pin.read(name=self._name) if self._uri.pin else None
        if pin is None:
            return None
        if self._digest(pin) in self._refused:
            raise KeyPinWrongError(name=self._name)
        return pin.decode(errors="replace")

    def refuse(self, secret: str) -> None:
        """Remember that the service refused a PIN."""
        self._refused.add(self._digest(secret.encode()))

    def _access_token(self, deadline: float) -> str:
        if not self._lock.acquire(timeout=max(deadline - time.monotonic(), 0)):
            raise KeySlowError(name=self._name, timeout_s=round(self._uri.timeout_s))
        try:
            if not self._token or time.monotonic() > self._token_ends_at:
                self._fetch_token(deadline)
            return self._token
        finally:
            self._lock.release()

    def _fetch_token(self, deadline: float) -> None:
        secret = self._uri.secret.read(name=self._name) or b""
        if self._digest(secret) in self._refused:
            raise KeyLockedError(name=self._name)
        # RFC 6749 2.3.1: both are form-encoded before they are joined.
        joined = f"{quote(self._uri.client_id, safe='')}:{quote(secret, safe='')}"
        answer = self._post(
            "oauth2/token",
            urlencode({"grant_type": "client_credentials", "scope": "service"}).encode(),
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "Authorization": f"Basic {base64.b64encode(joined.encode()).decode()}",
            },
            deadline,
        )
        if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
            self._refused.add(self._digest(secret))
            raise KeyLockedError(name=self._name)
        token, life_s = answer.body.get("access_token"), answer.body.get("expires_in", 3600)
        known = isinstance(token, str) and token.isascii() and token.isprintable()
        if answer.status != HTTPStatus.OK or not known or not isinstance(life_s, int):
            raise KeyAnswerWrongError(name=self._name)
        self._token = str(token)
        self._token_ends_at = time.monotonic() + life_s - _EXPIRES_EARLY_S

    def _post_json(
        self, method: str, body: dict[str, Any], token: str, deadline: float
    ) -> JsonAnswer:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        return self._post(method, json.dumps(body).encode(), headers, deadline)

    def _post(
        self, method: str, body: bytes, headers: dict[str, str], deadline: float
    ) -> JsonAnswer:
        path = f"{self._uri.base_path}/{method}"
        failure: NotSentError | None = None
        for _ in range(_ATTEMPTS):
            timeout_s = deadline - time.monotonic()
            if timeout_s <= 0:
                raise KeySlowError(name=self._name, timeout_s=round(self._uri.timeout_s))
            try:
                return self._http.post(path, body, headers=headers, timeout_s=timeout_s)
            except NotSentError as error:
                failure = error
        raise KeyGoneError(name=self._name) from failure

    def _accepted(self, answer: JsonAnswer) -> dict[str, Any]:
        if answer.status == HTTPStatus.OK:
            return answer.body
        error = str(answer.body.get("error", ""))
        if error in _WRONG_PIN:
            raise KeyPinWrongError(name=self._name)
        if answer.status == HTTPStatus.NOT_FOUND or error in _UNKNOWN_CREDENTIAL:
            raise KeyNotFoundError(name=self._name)
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise KeyLockedError(name=self._name)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise KeyGoneError(name=self._name)
        raise KeyAnswerWrongError(name=self._name)

    def _digest(self, secret: bytes) -> bytes:
        return hashlib.sha256(self._salt + secret).digest()
