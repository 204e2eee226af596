"""Errors of signing keys; one class for each remedy that the custodian has."""

from typing import ClassVar


class SigningKeyError(Exception):
    """Base of every error of this package; ``params`` fill the sentence of ``code``."""

    code: ClassVar[str] = "key.error"

    def __init__(self, **params: str | int) -> None:
        self.params: dict[str, str | int] = params
        super().__init__(f"{self.code}: {params}" if params else self.code)


class KeyUriInvalidError(SigningKeyError):
    """The key URI cannot be understood. Params: ``reason``."""

    code = "key.uri-invalid"


class KeyNotFoundError(SigningKeyError):
    """There is no key at the URI. Params: ``name``."""

    code = "key.not-found"


class KeyLockedError(SigningKeyError):
    """The passphrase is missing, unreadable or wrong. Params: ``name``."""

    code = "key.locked"


class KeyPinWrongError(SigningKeyError):
    """The token refused the PIN; the same one is not tried again. Params: ``name``."""

    code = "key.pin-wrong"


class KeyPinBlockedError(SigningKeyError):
    """The token has blocked its PIN, or would at the next mistake. Params: ``name``."""

    code = "key.pin-blocked"


class KeyGoneError(SigningKeyError):
    """The token, its library or the remote service cannot be reached. Params: ``name``."""

    code = "key.gone"


class KeySlowError(SigningKeyError):
    """The provider did not answer in time. Params: ``name``, ``timeout_s``."""

    code = "key.slow"


class KeyAnswerWrongError(SigningKeyError):
    """The provider answered, but not with a signature of this key. Params: ``name``."""

    code = "key.answer-wrong"


class KeyExistsError(SigningKeyError):
    """A key of this name or number is there already. Params: ``name``."""

    code = "key.exists"


class KeyUnreadableError(SigningKeyError):
    """The file is there but is not a key, or may not be read. Params: ``name``."""

    code = "key.unreadable"


class KeyUnsupportedError(SigningKeyError):
    """A key of a kind or size that seals may not use. Params: ``name``, ``kind``, ``reason``."""

    code = "key.unsupported"


class DevelopmentPkiError(SigningKeyError):
    """The folder of the demonstration PKI is incomplete or unwritable. Params: ``name``."""

    code = "key.development-pki-unusable"
