"""What the description says of problems: a true example for each status."""

from http import HTTPStatus
from typing import Any

from api.shared.errors import (
    AddressUnknownError,
    BodyMalformedError,
    BodyTooLargeError,
    MediaTypeUnsupportedError,
    UnexpectedError,
)
from api.shared.faults import faults_of_error
from api.shared.problems import problem_of, status_of
from api.shared.sentences import KnownError
from certsvc.certificates.issuance.rules import PurposeMissingError
from certsvc.foundation.db.engine import DatabaseUnavailableError
from certsvc.foundation.idempotency.rules import IdempotencyKeyReusedError
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.accounts.service import NotLoggedInError
from certsvc.people.clients.rules import ClientSlowedError
from certsvc.people.rights.rules import Permission, PermissionDeniedError

_EXAMPLES: tuple[KnownError, ...] = (
    BodyMalformedError(),
    NotLoggedInError(),
    PermissionDeniedError(permission=Permission.ISSUE.value),
    AddressUnknownError(),
    IdempotencyKeyReusedError(),
    BodyTooLargeError(maximum_kb=256),
    MediaTypeUnsupportedError(),
    PurposeMissingError(),
    ClientSlowedError(retry_after_s=612),
    UnexpectedError(),
    DatabaseUnavailableError(),
)
_NUMBER = "7a0e8f1c-31f5-4a3b-9a55-5b1f6d4f3c10"


def problem_example(status: int) -> dict[str, Any]:
    """Return a problem that an operation may answer with under a status code."""
    error = next(each for each in _EXAMPLES if status_of(each) == HTTPStatus(status))
    problem = problem_of(error, Language.ZH, number=_NUMBER)
    problem.faults = faults_of_error(error, Language.ZH)
    return problem.model_dump()
