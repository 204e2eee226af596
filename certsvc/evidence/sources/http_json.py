"""Connector to a department's HTTP service with JSON responses.

- The holder's number goes into the body or a parameter, never into the path.
- A question whose connection failed is repeated a few times, after a pause of random length, within
  the time for the whole; one that was slow is not: its server has enough to do.
- What an answer lacks is told from what it says is empty.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import tenacity
from tenacity import retry_if_exception, stop_after_attempt, stop_before_delay

from certsvc.evidence.sources.connectors import (
    RawAnswer,
    RawRecord,
    Row,
    check_by_nobody,
    down,
    nonsense,
    slow,
)
from certsvc.evidence.sources.descriptions import HOLDER, HOLDER_KIND, HttpDescription, TypeRequest
from certsvc.evidence.sources.errors import SourceNonsenseError
from certsvc.evidence.sources.http_exchange import ExchangeFailedError, exchange
from certsvc.evidence.sources.mapping import FieldDescription
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.net.client import HttpClient
from keys.http_port import HttpExchange, HttpRequest

_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0
_MISSING = object()


def _refuse(constant: str) -> Any:  # noqa: ANN401  never returns
    raise ValueError(constant)


class HttpSource:
    """A department's HTTP service."""

    def __init__(
        self,
        description: HttpDescription,
        *,
        http: HttpExchange | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._description = description
        self._http = http or HttpClient()
        self._sleep = sleep

    def fetch(self, type_code: str, holder: HolderCode) -> RawAnswer:
        """See :meth:`certsvc.evidence.sources.connectors.Connector.fetch`."""
        definition = self._description.types[type_code]
        body = self._exchange(self._question(definition, holder))
        try:
            records = self._records(_parsed(body), definition)
        except ValueError as error:
            raise self._nonsense("not-json") from error
        return RawAnswer(records=records, sha256=hashlib.sha256(body).hexdigest())

    def query_text(self, type_code: str) -> str:
        """See :meth:`certsvc.evidence.sources.connectors.Connector.query_text`."""
        definition = self._description.types[type_code]
        parts = [definition.method, definition.path, definition.parameters]
        return json.dumps(parts, ensure_ascii=False, sort_keys=True)

    def check(self) -> None:
        """See :meth:`certsvc.evidence.sources.connectors.Connector.check`."""
        if self._description.probe is None:
            check_by_nobody(self, self._description, self._description.types)
            return
        self._exchange(self._request(method="GET", path=self._description.probe))

    def close(self) -> None:
        """Nothing to do: no connection is kept."""

    def _question(self, definition: TypeRequest, holder: HolderCode) -> HttpRequest:
        known = {HOLDER: holder.value, HOLDER_KIND: holder.kind.value}
        sent = {name: known.get(value, value) for name, value in definition.parameters.items()}
        if definition.method == "GET":
            query = f"?{urlencode(sent)}" if sent else ""
            return self._request(method="GET", path=definition.path + query)
        body = json.dumps(sent, ensure_ascii=False).encode()
        return self._request(method="POST", path=definition.path, body=body)

    def _request(self, *, method: str, path: str, body: bytes | None = None) -> HttpRequest:
        source, limits = self._description, self._description.limits
        secret = {name: each.read(source.code) for name, each in source.secret_headers.items()}
        kind = {} if body is None else {"Content-Type": "application/json"}
        return HttpRequest(
            url=source.url + path,
            method=method,
            headers={"Accept": "application/json", **source.headers, **secret, **kind},
            body=body,
            timeout_s=limits.total_s,
            connect_s=limits.connect_s,
            silence_s=limits.read_s,
            answer_limit=limits.answer_bytes,
            ca_file=str(source.ca_file or ""),
        )

    def _exchange(self, request: HttpRequest) -> bytes:
        source, limits = self._description, self._description.limits
        deadline = time.monotonic() + limits.total_s
        attempts = tenacity.Retrying(
            retry=retry_if_exception(lambda error: getattr(error, "may_repeat", False)),
            wait=tenacity.wait_random_exponential(multiplier=_PAUSE_S, max=_LONGEST_PAUSE_S),
            stop=stop_after_attempt(1 + source.retries) | stop_before_delay(limits.total_s),
            sleep=self._sleep,
            reraise=True,
        )

        def ask() -> bytes:
            left_s = max(deadline - time.monotonic(), 0.001)
            return exchange(self._http, replace(request, timeout_s=left_s))

        try:
            return attempts(ask)
        except ExchangeFailedError as error:
            if error.outcome == "nonsense":
                raise self._nonsense(error.fault) from error
            raise (slow if error.outcome == "slow" else down)(source) from error

    def _records(self, answer: Any, definition: TypeRequest) -> tuple[RawRecord, ...]:  # noqa: ANN401  JSON
        if definition.status is not None:
            status = _at(answer, definition.status)
            said = str(status) if isinstance(status, str | int) else ""
            if said in definition.none:
                return ()
            if said not in definition.good:
                raise self._nonsense("status")
        found = _at(answer, definition.records)
        if found is _MISSING:
            raise self._nonsense("column-missing")
        records = [] if found is None else found if isinstance(found, list) else [found]
        # Two rows are enough to detect several.
        return tuple(self._record(each, definition) for each in records[:2])

    def _record(self, record: Any, definition: TypeRequest) -> RawRecord:  # noqa: ANN401  JSON
        tables: dict[str, Sequence[Row]] = {}
        for name, table in definition.tables.items():
            rows = _at(record, table.rows)
            if not isinstance(rows, list):
                raise self._nonsense("column-missing" if rows is _MISSING else "wrong-shape")
            if len(rows) > self._description.limits.rows:
                raise self._nonsense("too-many-rows")
            tables[name] = [self._row(row, table.columns.values()) for row in rows]
        return RawRecord(row=self._row(record, definition.columns.values()), tables=tables)

    def _row(self, record: Any, columns: Iterable[FieldDescription]) -> Row:  # noqa: ANN401  JSON
        if not isinstance(record, Mapping):
            raise self._nonsense("wrong-shape")
        row: dict[str, Any] = {}
        for column in columns:
            value = _at(record, column.column)
            if isinstance(value, list | dict):
                raise self._nonsense("wrong-shape")
            if value is _MISSING and not column.optional:
                raise self._nonsense("column-missing")
            row[column.column] = None if value is _MISSING else value
        return row

    def _nonsense(self, fault: str) -> SourceNonsenseError:
        return nonsense(self._description, fault)


def _parsed(body: bytes) -> Any:  # noqa: ANN401  JSON
    try:
        # What JSON has no name for is refused, and a number keeps its places.
        answer = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unambiguous,
            parse_constant=_refuse,
            parse_float=Decimal,
        )
    except RecursionError as error:
        raise ValueError("too deep") from error
    return answer


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object with duplicate keys, which parsers interpret differently."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _at(value: Any, path: str) -> Any:  # noqa: ANN401  JSON
    """Return what is at the path of keys; `_MISSING` if a key is not there."""
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            return _MISSING
        value = value[key]
    return value
