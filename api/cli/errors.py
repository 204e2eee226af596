"""What can go wrong at the command line."""

from certsvc.foundation.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)


class NotInitialisedError(NotFoundError):
    """There is no installation. Params: `home`."""

    code = "cli.not-initialised"


class NotDemonstrationError(ConflictError):
    """The installation is no demonstration. Params: `home`."""

    code = "cli.not-demonstration"


class HomeUnusableError(UnavailableError):
    """The folder of the installation cannot be written. Params: `home`."""

    code = "cli.home-unusable"


class OutExistsError(ConflictError):
    """The file to write exists. Params: `file`."""

    code = "cli.out-exists"


class OutUnwritableError(UnavailableError):
    """The file cannot be written. Params: `file`."""

    code = "cli.out-unwritable"


class OutKindError(InvalidInputError):
    """The name of the file to write does not say what kind it is. Params: `file`."""

    code = "cli.out-kind"


class SealImageNamelessError(InvalidInputError):
    """Neither a name nor a file says what seal to draw."""

    code = "cli.seal-image.nameless"


class FileAbsentError(NotFoundError):
    """The file to read does not exist. Params: `file`."""

    code = "cli.file-missing"


class FileIsFolderError(InvalidInputError):
    """The file to read is a folder. Params: `file`."""

    code = "cli.file-is-folder"


class FileUnreadableError(UnavailableError):
    """The file may not be read, or the disk fails. Params: `file`."""

    code = "cli.file-unreadable"


class NoTrustError(NotFoundError):
    """Neither roots nor an installation say whom to trust. Params: `home`."""

    code = "cli.no-trust"


class ReportOfOneError(InvalidInputError):
    """A report was asked for, and several files were named."""

    code = "cli.report-of-one"


class PortInUseError(UnavailableError):
    """The address cannot be listened on. Params: `host`, `port`."""

    code = "cli.port-in-use"


class NoPacksError(NotFoundError):
    """There are no packs. Params: `folder`."""

    code = "cli.packs.none"


class SampleFileInvalidError(InvalidInputError):
    """The data to preview is no JSON in the form of a sample. Params: `file`."""

    code = "cli.packs.sample-file"


class NothingToArchiveError(InvalidInputError):
    """Neither files nor the store were named."""

    code = "cli.archive.nothing"


class NoTerminalError(InvalidInputError):
    """Somebody must type a secret, and nobody sits at a terminal."""

    code = "cli.no-terminal"


class LogInNamelessError(InvalidInputError):
    """Neither a log-in name nor a token says who acts."""

    code = "cli.log-in-nameless"


class SealFileInvalidError(InvalidInputError):
    """The file that describes a seal is malformed. Params: `file`, `entry`."""

    code = "cli.seals.file-invalid"


class SealFileNeededError(InvalidInputError):
    """The change needs a file that says what to alter, or another one came with a file."""

    code = "cli.seals.file-needed"


class PeriodInvalidError(InvalidInputError):
    """A day or instant is malformed. Params: `value`."""

    code = "cli.seals.period-invalid"


class WhatToDoError(InvalidInputError):
    """A command was given nothing to do."""

    code = "cli.batches.what"


class UnitMissingError(InvalidInputError):
    """The unit in whose name a batch is issued was not named."""

    code = "cli.batches.unit-missing"
