"""Errors of key custody and key ceremonies."""

from certsvc.foundation.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RefusedError,
)


class KeyUnknownError(NotFoundError):
    """No key of this name is in custody. Params: `key`."""

    code = "custody.key-unknown"


class KeyNameTakenError(ConflictError):
    """A key has or had this name, or this address. Params: `key`."""

    code = "custody.name-taken"


class KeyDestroyedError(RefusedError):
    """The key was destroyed. Params: `key`."""

    code = "custody.key-destroyed"


class KeyInUseError(RefusedError):
    """A seal that is not cancelled signs with the key. Params: `key`, `seal`."""

    code = "custody.key-in-use"


class CertificateOfOtherKeyError(InvalidInputError):
    """The certificate is of another key or not valid now, or its chain is broken."""

    code = "custody.certificate-unusable"


class SubjectInvalidError(InvalidInputError):
    """A request's subject is empty or too long."""

    code = "custody.subject-invalid"


class ConfirmationMissingError(InvalidInputError):
    """Whoever destroys a key did not repeat its name. Params: `key`."""

    code = "custody.confirmation-missing"


class CeremonyDoneError(ConflictError):
    """The ceremony, or another of its number, was begun before. Params: `number`."""

    code = "custody.ceremony-done"


class CeremonyUnapprovedError(RefusedError):
    """An approval of exactly this file is missing or too old. Params: `approver`."""

    code = "custody.ceremony-unapproved"


class NotAnApproverError(ForbiddenError):
    """The file does not ask this person for approval."""

    code = "custody.not-an-approver"


class NotTheOperatorError(ForbiddenError):
    """The file names another account to execute it. Params: `operator`."""

    code = "custody.not-the-operator"


class CeremonyOnePersonError(RefusedError):
    """Two of the accounts that the file asks are one person's."""

    code = "custody.one-person"


class ProtocolKeyOfSealError(RefusedError):
    """A seal signs with the key that would sign the protocol. Params: `key`."""

    code = "custody.protocol-key-of-seal"


class CeremonyFailedError(RefusedError):
    """A step failed; what was done before it is on record. Params: `step`, `key`, `error`."""

    code = "custody.ceremony-failed"


class CeremonyUnknownError(NotFoundError):
    """No ceremony of this number has ended. Params: `number`."""

    code = "custody.ceremony-unknown"
