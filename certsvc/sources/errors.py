"""What can go wrong between the service and a department's database."""

from certsvc.errors import (
    ConflictError,
    DefectError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)


class HolderNotFoundError(NotFoundError):
    """The source has no record of the holder. Params: `reason`, if the number looks mistyped."""

    code = "sources.holder-not-found"


class SeveralRecordsError(ConflictError):
    """The source has more than one record of the holder; a person has to look."""

    code = "sources.several-records"


class HolderKindUnsupportedError(RefusedError):
    """The source is not searched by this kind of document; a number alone could be another's."""

    code = "sources.holder-kind-unsupported"


class SourceUnavailableError(UnavailableError):
    """The source cannot be reached or does not answer."""

    code = "sources.unavailable"


class NoSourceError(UnavailableError):
    """No connected source holds this kind of proof; ask the department instead."""

    code = "sources.none-connected"


class SourceConfigurationError(DefectError):
    """The description of the sources cannot be read or contradicts itself."""

    code = "sources.configuration-invalid"
