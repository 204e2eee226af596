"""What can go wrong with the life of a certificate record."""

from certsvc.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError


class RecordUnknownError(NotFoundError):
    """There is no such record, or the actor may not see it."""

    code = "certificates.record-unknown"


class RecordTransitionError(RefusedError):
    """The record's state does not permit this change. Params: `record_action`, `record_state`."""

    code = "certificates.transition-refused"


class RecordClockBehindError(RefusedError):
    """The record's last change is of a later time than the clock shows."""

    code = "certificates.clock-behind"


class EffectiveInstantError(InvalidInputError):
    """The change cannot take effect then.

    Params: `reason`: `future`, `not-now` or `before-last-change`.
    """

    code = "certificates.effective-instant"


class GroundForeignError(InvalidInputError):
    """The ground belongs to another kind of change. Params: `record_action`, `ground`."""

    code = "certificates.ground-foreign"


class WordsInvalidError(InvalidInputError):
    """The reason in words is missing, too long or unreadable. Params: `maximum`."""

    code = "certificates.words-invalid"


class ActionForeignError(InvalidInputError):
    """The change is none that a person decides by itself. Params: `record_action`."""

    code = "certificates.action-foreign"


class ChangeKeyReusedError(ConflictError):
    """The idempotency key was used before for a different change."""

    code = "certificates.idempotency-key-reused"


class VersionsExhaustedError(RefusedError):
    """The identifier has no version number left (GB/T 36904: three digits)."""

    code = "certificates.versions-exhausted"


class RecordNotInForceError(RefusedError):
    """The record may not be used any more. Params: `identifier`, `copy_state`."""

    code = "certificates.not-in-force"
