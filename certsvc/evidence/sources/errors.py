"""Errors of querying a department's database.

Five outcomes are told apart, since a clerk does something else at each: no record, several
records, slow, nonsense, down.
"""

from certsvc.foundation.errors import (
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


class SourceSlowError(UnavailableError):
    """The source did not answer in time. Params: `source`, `name`; `reason` if others wait."""

    code = "sources.slow"


class SourceNonsenseError(UnavailableError):
    """The source answered something that its description does not fit.

    Params: `source`, `name`, `fault`; `reason` and `field` if it is about one value.
    """

    code = "sources.nonsense"


class SourceUnavailableError(UnavailableError):
    """The source is down. Params: `source`, `name`; `reason` if it is left alone for a while."""

    code = "sources.unavailable"


class HolderKindUnsupportedError(RefusedError):
    """The source is not searched by this kind of document; a number alone could be another's."""

    code = "sources.holder-kind-unsupported"


class NoSourceError(UnavailableError):
    """No connected source holds this kind of proof; ask the department instead."""

    code = "sources.none-connected"


class SourceUnknownError(NotFoundError):
    """No connected source has this code. Params: `source`."""

    code = "sources.unknown"


class SourceSecretMissingError(UnavailableError):
    """A password or key of a source is not where its description says. Params: `place`."""

    code = "sources.secret-missing"


class SourceConfigurationError(DefectError):
    """The description of the sources cannot be read or contradicts itself.

    Params: `file`; `entry`, where in it.
    """

    code = "sources.configuration-invalid"
