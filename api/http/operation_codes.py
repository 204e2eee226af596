"""Which codes the problems of each operation may have; more may come, so none is a promise.

The table is written from what the functions behind an operation say they raise, and the tests hold
every problem that any of them is answered against it.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("operation_codes.toml")
_ALWAYS = ("http.parameter-unknown", "http.unexpected", "db.unavailable")
_OF_STATUS = {
    "400": ("http.malformed-body",),
    "401": ("organisations.not-logged-in",),
    "403": ("organisations.permission-denied",),
    "413": ("http.too-large",),
    "415": ("http.unsupported-media-type",),
    "422": ("http.input-invalid",),
}
_WITH_PARAMETER = {
    "Idempotency-Key": ("http.idempotency-key-missing", "idempotency.key-invalid"),
    "limit": ("db.cursor-invalid",),
    "sort": ("db.sort-unknown", "db.filter-invalid"),
}


@cache
def _table() -> dict[str, list[str]]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def codes_of(operation: str, statuses: Iterable[str], parameters: Iterable[str]) -> list[str]:
    """Return the codes of an operation's problems, sorted.

    Args:
        operation: Its name.
        statuses: The status codes that it answers with.
        parameters: Names of what it takes beside its body.
    """
    usual = [code for status in statuses for code in _OF_STATUS.get(status, ())]
    given = [code for name in parameters for code in _WITH_PARAMETER.get(name, ())]
    return sorted({*_ALWAYS, *usual, *given, *_table().get(operation, ())})
