"""Rights of systems, and the rules for requesting access tokens.

- A system acts for one unit. It may do what its scopes name, and never what needs a person: a
  department's reply is a person's, and so is every change of a seal.
- Errors are those of RFC 6749 §5.2, each with a code of ours as well.
"""

import re
from datetime import timedelta
from typing import ClassVar

from certsvc.foundation.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    UnauthenticatedError,
)
from certsvc.people.rights.rules import Permission

TOKEN_LIFETIME = timedelta(minutes=15)
"""How long an access token is good; there is no refresh, a system asks anew (RFC 6749 §4.4.3)."""
OVERLAP = timedelta(days=7)
"""How long the old secret stays good after a rotation, unless told otherwise."""
FAILURES_BEFORE_SLOWING = 5
"""Wrong secrets in a row of one client."""
FAILURES_OF_ADDRESS = 20
"""Wrong secrets from one address, of whatever clients."""
SLOWED = timedelta(minutes=15)
"""How long wrong secrets of a client are refused unjudged after too many."""

SCOPES: dict[str, frozenset[Permission]] = {
    "certificates.issue": frozenset({Permission.ISSUE}),
    "certificates.read": frozenset({Permission.READ_UNIT_CERTIFICATES, Permission.READ_RECORDS}),
    "certificates.withdraw": frozenset({Permission.WITHDRAW_COPY}),
    "metrics.read": frozenset({Permission.READ_MEASURES}),
}
"""What each scope permits; anything else is denied to systems."""

_ID = re.compile(r"[a-z][a-z0-9-]{2,39}")
_SCOPE = re.compile(r"[!#-\[\]-~]+( [!#-\[\]-~]+)*")


class TokenRequestError(InvalidInputError):
    """Base of what is wrong with a request for an access token (RFC 6749 §5.2)."""

    code = "clients.request-invalid"
    oauth_error: ClassVar[str] = "invalid_request"


class GrantTypeUnsupportedError(TokenRequestError):
    """Only client credentials are given tokens here."""

    code = "clients.grant-unsupported"
    oauth_error: ClassVar[str] = "unsupported_grant_type"


class TokenScopeInvalidError(TokenRequestError):
    """A scope is malformed, unknown, or not the client's."""

    code = "clients.scope-invalid"
    oauth_error: ClassVar[str] = "invalid_scope"


class ClientRefusedError(UnauthenticatedError):
    """Client and secret do not belong together, or the client is disabled."""

    code = "clients.refused"
    oauth_error: ClassVar[str] = "invalid_client"


class ClientSlowedError(ClientRefusedError):
    """Too many wrong secrets, of one client or from one address; this one was not counted.

    Params: `retry_after_s`. The right secret is taken at any time.
    """

    code = "clients.slowed"
    oauth_error: ClassVar[str] = "temporarily_unavailable"


class ClientIdInvalidError(InvalidInputError):
    """A client's name must be small letters, digits and hyphens."""

    code = "clients.id-invalid"


class ClientExistsError(ConflictError):
    """There is a client of this name."""

    code = "clients.exists"


class ClientUnknownError(NotFoundError):
    """There is no client of this name."""

    code = "clients.unknown"


class ClientDisabledError(ConflictError):
    """The client was disabled."""

    code = "clients.disabled"


class ScopeUnknownError(InvalidInputError):
    """No such scope can be given to a client."""

    code = "clients.scope-unknown"


class ClientMattersMissingError(InvalidInputError):
    """A system is registered for matters, and none is named."""

    code = "clients.matters-missing"


def check_matters(matters: frozenset[str] | None) -> None:
    """Accept the matters that a client works for; whether each exists, each request is asked.

    Raises:
        ClientMattersMissingError: none at all.
    """
    if matters is not None and not matters:
        raise ClientMattersMissingError


def check_client_id(text: str) -> None:
    """Accept the name of a client.

    Raises:
        ClientIdInvalidError: it is none.
    """
    if not _ID.fullmatch(text):
        raise ClientIdInvalidError


def check_scopes(names: frozenset[str]) -> None:
    """Accept scopes that a client can be given.

    Raises:
        ScopeUnknownError: one is unknown, or there is none at all.
    """
    for name in sorted(names):
        if name not in SCOPES:
            raise ScopeUnknownError(scope=name, known=" ".join(SCOPES))
    if not names:
        raise ScopeUnknownError(scope="-", known=" ".join(SCOPES))


def granted_scopes(wanted: str | None, allowed: frozenset[str]) -> frozenset[str]:
    """Return the scopes of a token (RFC 6749 §3.3): those asked for, or all the client has.

    Raises:
        TokenScopeInvalidError: malformed, or more than the client has.
    """
    if wanted is None:
        return allowed
    names = frozenset(wanted.split(" "))
    if not _SCOPE.fullmatch(wanted) or not names <= allowed:
        raise TokenScopeInvalidError
    return names


def permissions_of(scopes: frozenset[str]) -> frozenset[Permission]:
    """Return what scopes permit; a scope that is no longer known permits nothing."""
    return frozenset().union(*(SCOPES.get(name, frozenset()) for name in scopes))
