"""Errors of seals, their changes and uses."""

from certsvc.foundation.errors import (
    ConflictError,
    DefectError,
    InvalidInputError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)


class SealUnknownError(NotFoundError):
    """No seal has this number, or the route has none."""

    code = "seals.unknown"


class SealNotInUseError(RefusedError):
    """The seal of the route is not in use."""

    code = "seals.not-in-use"


class SealCertificateExpiredError(RefusedError):
    """The seal's signing certificate is not valid at this instant."""

    code = "seals.certificate-expired"


class SealChangedMeanwhileError(ConflictError):
    """The route has another seal than the one that the paper names."""

    code = "seals.changed-meanwhile"


class SealAlteredMeanwhileError(ConflictError):
    """The seal got another image, certificate, key or scope after the use was authorised."""

    code = "seals.altered-meanwhile"


class SealCertificateEndingError(RefusedError):
    """The seal's signing certificate ends so soon that the seal is stopped. Params: `days`."""

    code = "seals.certificate-ending"


class SealLimitReachedError(RefusedError):
    """The seal was used as often as it may be. Params: `reason` (`day`, `total`), `limit`."""

    code = "seals.limit-reached"


class SealImageTooLargeError(RefusedError):
    """The seal is larger than the room that the paper keeps free for it."""

    code = "seals.image-too-large"


class AuthorisationSpentError(RefusedError):
    """The authorisation was redeemed before, has expired, or is for another document."""

    code = "seals.authorisation-spent"


class SealApplicationInvalidError(InvalidInputError):
    """An entry of an application is missing, too long or malformed."""

    code = "seals.application-invalid"


class SealCertificateUnusableError(InvalidInputError):
    """The certificate chain of an application is unreadable, broken, or not valid now."""

    code = "seals.certificate-unusable"


class SealRegisteredError(ConflictError):
    """Another seal has this number or this name."""

    code = "seals.already-registered"


class ClockBehindError(RefusedError):
    """The clock went back behind the seal's last change."""

    code = "seals.clock-behind"


class SealOfDemonstrationError(InvalidInputError):
    """Production, and a seal in use signs with a demonstration's certificate."""

    code = "seals.of-demonstration"


class AnswerKeyOfSealError(UnavailableError):
    """The key that is set to sign answers is a seal's."""

    code = "seals.answer-key-of-seal"


class NothingAlteredError(InvalidInputError):
    """A proposal of 变更 would leave everything as it is."""

    code = "seals.nothing-altered"


class ContentMissingError(InvalidInputError):
    """A 变更 was proposed without saying what to alter."""

    code = "seals.content-missing"


class KeyOfAnotherSealError(RefusedError):
    """The signing key is used by a seal of another route or owner, or for another purpose."""

    code = "seals.key-of-another"


class VersionTamperedError(DefectError):
    """The stored version differs from the proposed one: the register was tampered with."""

    code = "seals.version-tampered"
