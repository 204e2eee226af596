"""JSON over HTTPS to one server; what it may cost is for whoever carries the requests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from keys.errors import KeyAnswerWrongError, KeyGoneError, KeySlowError
from keys.http_port import HttpAnswer, HttpExchange, HttpFailedError, HttpFailure, HttpRequest

_ANSWER_LIMIT = 256 << 10


@dataclass(frozen=True, kw_only=True)
class ServiceAddress:
    """Where a server is."""

    host: str
    port: int
    tls: bool = True
    """Plain HTTP is for this machine alone."""

    ca_file: str = ""
    """PEM file of the authorities to trust; the system's, if empty."""

    @property
    def url(self) -> str:
        """Its address, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class JsonAnswer:
    """What a server answered."""

    status: int
    body: dict[str, Any]


class NotSentError(Exception):
    """The server could not be reached, so nothing was asked: asking again is safe."""


class JsonService:
    """One server."""

    def __init__(self, address: ServiceAddress, *, name: str, http: HttpExchange) -> None:
        self._address = address
        self._name = name
        self._http = http

    def post(
        self, path: str, body: bytes, *, headers: Mapping[str, str], timeout_s: float
    ) -> JsonAnswer:
        """Post a body and read a JSON object.

        Raises:
            NotSentError: No connection; nothing was sent.
            KeyGoneError: The connection broke: the server may or may not have acted.
            KeySlowError: No whole answer in time.
            KeyAnswerWrongError: The answer is no JSON object, or far too large.
        """
        request = HttpRequest(
            url=self._address.url + path,
            headers={**headers, "Accept": "application/json"},
            body=body,
            timeout_s=timeout_s,
            answer_limit=_ANSWER_LIMIT,
            ca_file=self._address.ca_file,
            reads_refusals=True,
            keeps_connection=True,
        )
        try:
            return self._read(self._http.exchange(request))
        except HttpFailedError as error:
            if error.failure is HttpFailure.SLOW:
                raise KeySlowError(name=self._name, timeout_s=round(timeout_s)) from error
            if error.failure is HttpFailure.TOO_LARGE:
                raise KeyAnswerWrongError(name=self._name) from error
            if error.failure is HttpFailure.BROKEN:
                raise KeyGoneError(name=self._name) from error
            raise NotSentError from error

    def _read(self, answer: HttpAnswer) -> JsonAnswer:
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise KeyGoneError(name=self._name)
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise KeyAnswerWrongError(name=self._name) from error
        if not isinstance(found, dict):
            raise KeyAnswerWrongError(name=self._name)
        return JsonAnswer(status=answer.status, body=found)
