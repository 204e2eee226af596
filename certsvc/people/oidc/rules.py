"""Errors of log-ins through an identity platform, each with its own code."""

from certsvc.foundation.errors import (
    ConflictError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
)


class PlatformUnsetError(NotFoundError):
    """No identity platform is connected."""

    code = "oidc.not-configured"


class PlatformUnavailableError(UnavailableError):
    """The identity platform does not answer, or answers nonsense."""

    code = "oidc.unavailable"


class PlatformRefusedError(UnauthenticatedError):
    """The identity platform did not let the person in, or does not know the code it sent."""

    code = "oidc.refused"


class AttemptUnknownError(UnauthenticatedError):
    """The answer belongs to no log-in that this browser began (state), or came too late."""

    code = "oidc.state-wrong"


class IssuerWrongError(UnauthenticatedError):
    """The answer or the token is another platform's (mix-up, RFC 9207)."""

    code = "oidc.issuer-wrong"


class AlgorithmRefusedError(UnauthenticatedError):
    """The ID token is signed by an algorithm that is not on our list, or by none."""

    code = "oidc.algorithm-refused"


class SignatureWrongError(UnauthenticatedError):
    """The ID token is not signed by a key of the platform."""

    code = "oidc.signature-wrong"


class AudienceWrongError(UnauthenticatedError):
    """The ID token was made for somebody else."""

    code = "oidc.audience-wrong"


class TimeWrongError(UnauthenticatedError):
    """The ID token has expired, or is from the future."""

    code = "oidc.time-wrong"


class NonceWrongError(UnauthenticatedError):
    """The ID token belongs to another log-in."""

    code = "oidc.nonce-wrong"


class AccessTokenWrongError(UnauthenticatedError):
    """The ID token came with another access token than it names (at_hash)."""

    code = "oidc.at-hash-wrong"


class TokenMalformedError(UnauthenticatedError):
    """The ID token cannot be read, or lacks what it must have."""

    code = "oidc.token-malformed"


class SubjectUnknownError(UnauthenticatedError):
    """The platform knows the person, and nobody linked them to an account here."""

    code = "oidc.subject-unknown"


class IdentityExistsError(ConflictError):
    """The platform's number or the account is linked already."""

    code = "oidc.identity-exists"


class IdentityOfAnotherError(ConflictError):
    """The platform's number was another account's before: one person would act as two."""

    code = "oidc.identity-of-another"


class IdentityUnknownError(NotFoundError):
    """The account is linked to no identity."""

    code = "oidc.identity-unknown"


class StaffUnknownError(NotFoundError):
    """There is no such account of staff."""

    code = "oidc.staff-unknown"
