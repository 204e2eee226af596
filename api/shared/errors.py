"""What can be wrong with a request before it reaches the service."""

from certsvc.foundation.errors import (
    DefectError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)


class AddressUnknownError(NotFoundError):
    """Nothing is at this address."""

    code = "http.not-found"


class MethodNotAllowedError(RefusedError):
    """The address does not take this method."""

    code = "http.method-not-allowed"


class BodyMalformedError(InvalidInputError):
    """The body is not what its media type says."""

    code = "http.malformed-body"


class InputInvalidError(InvalidInputError):
    """A value is missing or of the wrong form. Params: `field`."""

    code = "http.input-invalid"


class ParameterUnknownError(InvalidInputError):
    """The query has a parameter that this address does not know. Params: `field`."""

    code = "http.parameter-unknown"


class BodyTooLargeError(InvalidInputError):
    """The body is larger than this address takes. Params: `maximum_kb`."""

    code = "http.too-large"


class MediaTypeUnsupportedError(InvalidInputError):
    """The body has a media type that this address does not take."""

    code = "http.unsupported-media-type"


class FileMissingError(InvalidInputError):
    """No file was sent or chosen."""

    code = "http.file-missing"


class ReportExpiredError(InvalidInputError):
    """The page that the report was to be made of is too old, or not from here."""

    code = "http.report-expired"


class IdempotencyKeyMissingError(InvalidInputError):
    """A request that issues something came without an Idempotency-Key."""

    code = "http.idempotency-key-missing"


class ForeignOriginError(ForbiddenError):
    """A form was sent from the page of another site, or from no page at all."""

    code = "http.foreign-origin"


class PartSlowError(UnavailableError):
    """A part of the installation does not answer in time."""

    code = "http.part-slow"


class NoLogInError(ForbiddenError):
    """A system wants to log out; its access token is no log-in, and ends by itself."""

    code = "http.no-log-in"


class StaffPageError(ForbiddenError):
    """A holder opened a page of units' staff."""

    code = "http.staff-page"


class HolderPageError(ForbiddenError):
    """Somebody of a unit's staff opened a holder's page."""

    code = "http.holder-page"


class UnexpectedError(DefectError):
    """Something that no error class describes. Params: `request`."""

    code = "http.unexpected"
