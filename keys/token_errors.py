"""Mapping a token's errors to those of this package."""

from keys.errors import (
    KeyExistsError,
    KeyGoneError,
    KeyLockedError,
    KeyNotFoundError,
    KeyPinBlockedError,
    KeyPinWrongError,
    KeyUnsupportedError,
    KeyUriInvalidError,
    SigningKeyError,
)

_WRONG_PIN = {"PinIncorrect", "PinInvalid", "PinLenRange"}
_LOCKED = {"PinMissing", "PinExpired", "UserPinNotInitialized"}
_AMBIGUOUS = {"MultipleObjectsReturned", "MultipleTokensReturned"}
_UNSUPPORTED = {
    "AttributeTypeInvalid",
    "AttributeValueInvalid",
    "DomainParamsInvalid",
    "KeyFunctionNotPermitted",
    "KeySizeRange",
    "KeyTypeInconsistent",
    "MechanismInvalid",
    "MechanismParamInvalid",
    "NoPublicKey",
    "TemplateInconsistent",
}


def error_of(kind: str, *, name: str) -> SigningKeyError:
    """The error for what the binding calls ``kind``; everything unknown means: gone."""
    if kind in _UNSUPPORTED:
        return KeyUnsupportedError(name=name, kind=kind)
    if kind in _AMBIGUOUS:
        return KeyUriInvalidError(reason="ambiguous")
    if kind in _WRONG_PIN:
        return KeyPinWrongError(name=name)
    if kind in _LOCKED:
        return KeyLockedError(name=name)
    simple: dict[str, type[SigningKeyError]] = {
        "PinLocked": KeyPinBlockedError,
        "KeyExists": KeyExistsError,
        "NoSuchKey": KeyNotFoundError,
    }
    return simple.get(kind, KeyGoneError)(name=name)
