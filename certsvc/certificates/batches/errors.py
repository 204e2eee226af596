"""Errors of a batch as a whole; errors of rows are `Problem`s."""

from certsvc.foundation.errors import ConflictError, InvalidInputError, NotFoundError


class BatchUnknownError(NotFoundError):
    """There is no such batch, or it is another unit's."""

    code = "batches.unknown"


class BatchFileUnreadableError(InvalidInputError):
    """The file is no table we can read. Params: `reason`."""

    code = "batches.file-unreadable"


class BatchFileTooLargeError(InvalidInputError):
    """The file has too many bytes, rows, columns or letters. Params: `reason`, `maximum`."""

    code = "batches.file-too-large"


class BatchHeaderInvalidError(InvalidInputError):
    """The first row lacks a title, or has one twice. Params: `reason`, `column`."""

    code = "batches.header-invalid"


class BatchEmptyError(InvalidInputError):
    """The file has no row below its titles."""

    code = "batches.empty"


class BatchStateError(ConflictError):
    """The state of the batch does not permit the request. Params: `batch_state`."""

    code = "batches.state"


class BatchOfOtherPersonError(ConflictError):
    """Only whoever sent a batch may resume it: it is issued in their name."""

    code = "batches.of-other-person"
