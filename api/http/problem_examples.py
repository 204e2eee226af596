"""What the description says of problems: every code, and a true example for each status."""

from http import HTTPStatus
from typing import Any

from api.shared.errors import (
    AddressUnknownError,
    BodyMalformedError,
    BodyTooLargeError,
    InputInvalidError,
    MediaTypeUnsupportedError,
    UnexpectedError,
)
from api.shared.problems import problem_of, status_of
from api.shared.sentences import KNOWN_ERRORS, KnownError
from certsvc.foundation.db.engine import DatabaseUnavailableError
from certsvc.foundation.idempotency.rules import IdempotencyKeyReusedError
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.accounts.service import NotLoggedInError
from certsvc.people.rights.rules import Permission, PermissionDeniedError

_EXAMPLES: tuple[KnownError, ...] = (
    BodyMalformedError(),
    NotLoggedInError(),
    PermissionDeniedError(permission=Permission.ISSUE.value),
    AddressUnknownError(),
    IdempotencyKeyReusedError(),
    BodyTooLargeError(maximum_kb=256),
    MediaTypeUnsupportedError(),
    InputInvalidError(field="purpose"),
    UnexpectedError(),
    DatabaseUnavailableError(),
)
_NUMBER = "7a0e8f1c-31f5-4a3b-9a55-5b1f6d4f3c10"
_ELSEWHERE = ("cli.", "settings.")
"""Codes that only a terminal hears of."""


def problem_example(status: int) -> dict[str, Any]:
    """Return a problem that an operation may answer with under a status code."""
    error = next(each for each in _EXAMPLES if status_of(each) == HTTPStatus(status))
    return problem_of(error, Language.ZH, number=_NUMBER).model_dump()


def known_codes() -> list[str]:
    """Return the code of every error that can reach whoever uses the interface."""
    waiting: list[type[KnownError]] = list(KNOWN_ERRORS)
    codes: set[str] = set()
    while waiting:
        kind = waiting.pop()
        codes.add(kind.code)
        waiting += kind.__subclasses__()
    return sorted(code for code in codes if not code.startswith(_ELSEWHERE))
