"""Errors of the life of certificate records."""

from certsvc.foundation.errors import InvalidInputError, NotFoundError, RefusedError


class RecordUnknownError(NotFoundError):
    """There is no such record, or the actor may not see it."""

    code = "certificates.record-unknown"


class ActionForeignError(InvalidInputError):
    """The action is not one that a person decides directly. Params: `record_action`."""

    code = "certificates.action-foreign"


class EndingUnknownError(NotFoundError):
    """Nobody proposed to end the record, or that was decided already."""

    code = "certificates.ending-unknown"


class VersionsExhaustedError(RefusedError):
    """The identifier has no version number left (GB/T 36904: three digits)."""

    code = "certificates.versions-exhausted"
