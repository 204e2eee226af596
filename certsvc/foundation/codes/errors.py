"""Errors of malformed codes."""

from certsvc.foundation.errors import InvalidInputError


class HolderCodeInvalidError(InvalidInputError):
    """A holder's code is empty, too long, or has characters that no such code has.

    Params: `reason`, where one is known; `position` and `character`, or `length`.
    """

    code = "codes.holder-invalid"


class CreditCodeInvalidError(InvalidInputError):
    """The unified social credit code of one of our own units is wrong."""

    code = "codes.credit-code-invalid"


class IdentifierInvalidError(InvalidInputError):
    """A certificate identifier is malformed or its check character is wrong."""

    code = "codes.identifier-invalid"
