"""The errors of the service.

- Every error has a stable `code` and the parameters its sentence needs; the sentence itself
  is in `certsvc/foundation/messages/texts/`, in Chinese and English.
- Errors are independent of HTTP. The base class (one of those below) says what went wrong in
  principle; `api/http/problems.py` maps the kinds to status codes.
- Parameters never hold personal data beyond what the person who made the request typed.
"""

from typing import ClassVar


class CertsvcError(Exception):
    """Base of all errors of the service.

    Attributes:
        code: Stable name of the error, `area.what-is-wrong`.
        params: Values for the sentence of the message catalogue.
    """

    code: ClassVar[str] = "service.error"

    def __init__(self, **params: str | int) -> None:
        self.params = params
        super().__init__(self.code)


class NotFoundError(CertsvcError):
    """What was asked for does not exist, or the caller may not know that it does."""


class InvalidInputError(CertsvcError):
    """The input is malformed; the caller can correct it."""


class ForbiddenError(CertsvcError):
    """The caller is known and has no right to do this."""


class UnauthenticatedError(CertsvcError):
    """The caller is not known."""


class RefusedError(CertsvcError):
    """A rule of the catalogue, of a seal or of a life cycle does not permit this."""


class ConflictError(CertsvcError):
    """The request contradicts another one, made before or under way."""


class UnavailableError(CertsvcError):
    """A dependency is unavailable; nothing was lost, the request can be repeated."""


class DefectError(CertsvcError):
    """Internal fault that the service detected; it stopped before doing harm."""
