"""Errors of sealing; each class has a stable ``code``; texts are the caller's."""

from typing import ClassVar

_DETAIL_LENGTH = 40


class SigningError(Exception):
    """Base of every error of this package; ``params`` fill the sentence of ``code``."""

    code: ClassVar[str] = "signing.error"

    def __init__(self, **params: str | int) -> None:
        self.params: dict[str, str | int] = params
        super().__init__(f"{self.code}: {params}" if params else self.code)


class SealInputError(SigningError):
    """The document may not be sealed as it is."""

    code = "signing.input-refused"


class InputNotPdfError(SealInputError):
    """Not a readable PDF."""

    code = "signing.input-not-pdf"


class InputTooLargeError(SealInputError):
    """Beyond a limit. Params: ``limit`` (its name), ``maximum``."""

    code = "signing.input-too-large"


class InputEncryptedError(SealInputError):
    """Encrypted, so readers could not check it without the password."""

    code = "signing.input-encrypted"


class InputAlreadySignedError(SealInputError):
    """It bears a signature, a timestamp or permissions already; writing it anew would void them."""

    code = "signing.input-already-signed"


class InputAwaitsSignatureError(SealInputError):
    """It has a signature field that is still empty; after sealing nobody could fill it in."""

    code = "signing.input-awaits-signature"


class InputHasUpdatesError(SealInputError):
    """It has incremental updates; hidden content could lie in an older revision."""

    code = "signing.input-has-updates"


class InputHybridError(SealInputError):
    """It has a hybrid cross-reference, which readers resolve differently."""

    code = "signing.input-hybrid-reference"


class InputActiveError(SealInputError):
    """It contains a script or an action. Params: ``kind``."""

    code = "signing.input-active-content"


class InputUnverifiableError(SealInputError):
    """Sealed, it would have a layout that the validator does not read as plain."""

    code = "signing.input-unverifiable"


class ConformanceLossError(SealInputError):
    """Sealing it so would lose what it claims to be. Params: ``conformance``, ``reason``.

    The reason is ``transparency``, ``opacity`` or ``unknown``.
    """

    code = "signing.conformance-loss"


class SealPlacementError(SigningError):
    """The seal cannot be put on the page. Params: ``page``, ``reason``.

    The reason is ``missing``, ``outside`` (with ``width_mm`` and ``height_mm`` of what is seen of
    the page), ``box``, ``rotation`` or ``unit``.
    """

    code = "signing.seal-off-page"


class RidingSealPlacementError(SealPlacementError):
    """The riding seal cannot be laid over the pages. Params: ``page``, ``reason``.

    The reason is ``pages``, ``missing``, ``narrow``, ``outside`` or ``content``.
    """

    code = "signing.riding-seal-unplaceable"


class SealImageError(SigningError):
    """The seal image cannot be drawn. Params: ``reason``, ``character``."""

    code = "signing.seal-image-unusable"


class UploadedImageError(SigningError):
    """An uploaded file is no usable seal image. Params: ``reason``, ``detail``."""

    code = "signing.uploaded-image-unusable"

    def __init__(self, *, reason: str = "", detail: str | int = "") -> None:
        # What a file says is shown to people: only a little of it, and on one line.
        shown = "".join(each for each in str(detail)[:_DETAIL_LENGTH] if each.isprintable())
        super().__init__(reason=reason, detail=shown)


class CertificateMismatchError(SigningError):
    """The signing certificate does not belong to the key."""

    code = "signing.certificate-mismatch"


class CertificateNotValidError(SigningError):
    """The signing certificate is not valid at the time of sealing. Params: ``at``."""

    code = "signing.certificate-not-valid"


class CertificateUsageError(SigningError):
    """The signing certificate may not be used for signatures."""

    code = "signing.certificate-wrong-usage"


class ContainerTooSmallError(SigningError):
    """The signature did not fit the room kept for it. Params: ``needed``, ``kept``."""

    code = "signing.container-too-small"


class TrustStoreError(SigningError):
    """A file of trusted certificates cannot be read. Params: ``name``."""

    code = "signing.trust-unreadable"


class TimestampError(SigningError):
    """No timestamp could be had. Every subclass has the param ``authority``."""

    code = "signing.timestamp-failed"


class TimestampUnreachableError(TimestampError):
    """The authority does not answer, or says that it cannot now. Params: ``status``."""

    code = "signing.timestamp-unreachable"


class TimestampTimeoutError(TimestampError):
    """The authority took too long. Params: ``timeout_s``."""

    code = "signing.timestamp-timeout"


class TimestampRejectedError(TimestampError):
    """The authority answered that it does not take the request. Params: ``status`` (HTTP)."""

    code = "signing.timestamp-rejected"


class TimestampRefusedError(TimestampError):
    """The authority answered with an error status. Params: ``status``."""

    code = "signing.timestamp-refused"


class TimestampMalformedError(TimestampError):
    """The answer is not a timestamp response."""

    code = "signing.timestamp-malformed"


class TimestampMismatchError(TimestampError):
    """The token is for other data or another request. Params: ``part``."""

    code = "signing.timestamp-mismatch"


class TimestampUntrustedError(TimestampError):
    """The token is not signed by a trusted timestamp certificate."""

    code = "signing.timestamp-untrusted"


class TimestampTooLargeError(TimestampError):
    """The token is larger than the room kept for it. Params: ``size``, ``maximum``."""

    code = "signing.timestamp-too-large"


class LevelUnreachableError(SigningError):
    """The level asked for needs something that was not given. Params: ``level``, ``needs``."""

    code = "signing.level-unreachable"


class RevocationUnavailableError(SigningError):
    """No current proof that a certificate is in force. Params: ``serial``, ``reason``.

    If the reason is ``rejected``, ``status`` is the HTTP status of the answer.
    """

    code = "signing.revocation-unavailable"


class CertificateRevokedError(SigningError):
    """A certificate of the chain is revoked. Params: ``serial``, ``since``."""

    code = "signing.certificate-revoked"


class ArchiveInputError(SigningError):
    """The file may not get an archive timestamp. Params: ``reason``."""

    code = "signing.archive-refused"
