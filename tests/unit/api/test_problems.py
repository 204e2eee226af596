"""One table from kinds of error to status codes, and a sentence for every code."""

from http import HTTPStatus

import pytest

from api.cli.errors import NotInitialisedError
from api.shared.errors import BodyMalformedError, BodyTooLargeError
from api.shared.problems import STATUS_OF, status_of
from api.shared.sentences import KNOWN_ERRORS
from certsvc.catalogue.types.service import TypeUnknownError
from certsvc.foundation.db.engine import DatabaseUnavailableError
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.messages.catalogue import load_catalogue
from certsvc.people.accounts.service import NotLoggedInError
from certsvc.sealing.register.service import SealNotInUseError
from certsvc.verification.authenticity.service import FileTooLargeError
from keys.errors import KeyLockedError
from signing.errors import SealImageError, TimestampTimeoutError, UploadedImageError
from templates.errors import FieldsInvalidError, RenderingFailedError
from tests.unit.api.errors import all_errors


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (TypeUnknownError, 422),
        (NotInitialisedError, 404),
        (BodyMalformedError, 400),
        (BodyTooLargeError, 413),
        (FileTooLargeError, 413),
        (NotLoggedInError, 401),
        (SealNotInUseError, 409),
        (DatabaseUnavailableError, 503),
        (KeyLockedError, 503),
        (TimestampTimeoutError, 503),
        (SealImageError, 500),
        (UploadedImageError, 422),
        (FieldsInvalidError, 422),
        (RenderingFailedError, 500),
    ],
)
def test_a_kind_has_its_status(kind: type[CertsvcError], status: int) -> None:
    assert status_of(kind()) == status


def test_an_error_of_nobody_is_a_fault() -> None:
    assert status_of(ValueError()) is HTTPStatus.INTERNAL_SERVER_ERROR


def test_the_table_is_total() -> None:
    """Every error is decided by a kind of its own package, never by accident."""
    undecided = [
        error.__name__ for error in all_errors() if not set(error.__mro__) & set(STATUS_OF)
    ]
    assert undecided == []
    assert set(KNOWN_ERRORS) <= set(STATUS_OF)


def test_every_kind_of_the_service_is_in_the_table_itself() -> None:
    kinds = {
        kind
        for kind in CertsvcError.__subclasses__()
        if kind.__module__ == "certsvc.foundation.errors"
    }
    assert kinds <= set(STATUS_OF)


def test_every_status_has_a_title() -> None:
    titles = {f"problem.title.{status.value}" for status in STATUS_OF.values()}
    assert {title for title in titles if title not in load_catalogue()} == set()


def test_no_two_errors_share_a_code() -> None:
    own = [error for error in all_errors() if "code" in vars(error)]
    codes = [error.code for error in own]
    assert sorted(code for code in set(codes) if codes.count(code) > 1) == []


def test_every_error_has_a_code_of_its_own() -> None:
    kinds = {*STATUS_OF, *KNOWN_ERRORS}
    without = [e.__name__ for e in all_errors() if "code" not in vars(e) and e not in kinds]
    assert without == []
