"""Identifiers of certificates, GB/T 36904-2018.

- Form: `1.2.156.3005.2.TYPE.AUTHORITY.SERIAL.VERSION.CHECK`.
- TYPE is 21 characters: the credit code of the defining authority and 3 digits.
- AUTHORITY is the credit code of the issuing authority; SERIAL is the issuer's choice.
- VERSION is 3 digits from 001.
- CHECK is ISO 7064 MOD 37,36 over the four middle parts without dots and root.
- Identifiers made elsewhere may bear the check character of a faulty routine that several
  provincial systems shared. They are read, with a warning, and never written.
"""

import re
import secrets
from dataclasses import dataclass, replace
from enum import StrEnum

from typing_extensions import override

from certsvc.foundation.codes.errors import IdentifierInvalidError

ROOT = "1.2.156.3005.2"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FORM = re.compile(
    r"1\.2\.156\.3005\.2\.([0-9A-Z]{21})\.([0-9A-Z]{18})\.([0-9A-Z]{1,32})\.([0-9]{3})\.([0-9A-Z])"
)
_SERIAL_LENGTH = 20
_LONGEST = 120
LAST_VERSION = 999
"""VERSION has three digits."""


def check_character(middle: str) -> str:
    """Compute the ISO 7064 MOD 37,36 check character of digits and capital letters."""
    product = 36
    for character in middle:
        product = (product + _ALPHABET.index(character)) % 36 or 36
        product = product * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def legacy_check_character(middle: str) -> str:
    """Compute what the faulty routine makes of digits and capital letters; for reading alone.

    It differs from the standard in three ways: a letter counts one more than it should, the sum of
    a letter is first reduced by 37 and that of a digit by 36, and the result is one place lower.
    """
    product = 36
    for character in middle:
        value = _ALPHABET.index(character)
        if character.isalpha():
            total = product + value + 1
            total = total % 37 if total > 37 else total  # noqa: PLR2004  the routine's own modulus
        else:
            total = product + value
        product = (total % 36 or 36) * 2 % 37
    return _ALPHABET[36 - product]


class IdentifierWarning(StrEnum):
    """Irregularity of an identifier that was accepted nevertheless."""

    LEGACY_CHECK_CHARACTER = "legacy_check_character"
    """Its check character is that of the faulty routine, not that of GB/T 36904."""


@dataclass(frozen=True, kw_only=True)
class CertificateIdentifier:
    """证照标识: names one version of one certificate, everywhere and for ever."""

    type_code: str
    """证照类型代码, 21 characters."""
    authority_code: str
    """证照颁发机构代码, a unified social credit code."""
    serial: str
    """流水号."""
    version: int = 1
    """版本号, from 1; each reissue or change adds one."""

    @override
    def __str__(self) -> str:
        parts = (self.type_code, self.authority_code, self.serial, f"{self.version:03d}")
        return ".".join((ROOT, *parts, check_character("".join(parts))))

    @classmethod
    def allocate(cls, *, type_code: str, authority_code: str) -> "CertificateIdentifier":
        """Make a new identifier with a random serial, so that none can be guessed from another."""
        serial = "".join(secrets.choice(_ALPHABET) for _ in range(_SERIAL_LENGTH))
        return cls(type_code=type_code, authority_code=authority_code, serial=serial)

    def with_version(self, version: int) -> "CertificateIdentifier":
        """Return the identifier of another version of the same certificate: its serial stays."""
        return replace(self, version=version)

    @classmethod
    def parse(cls, text: str) -> "CertificateIdentifier":
        """Read an identifier of the standard.

        Raises:
            IdentifierInvalidError: malformed, or the check character is wrong.
        """
        read = read_identifier(text, accept_legacy=False)
        return read.identifier


@dataclass(frozen=True, kw_only=True)
class ReadIdentifier:
    """An identifier as it was read, and its irregularity if any."""

    identifier: CertificateIdentifier
    """The identifier; formatted again it has the correct check character."""
    warning: IdentifierWarning | None = None
    """Warning for whoever entered it."""


def read_identifier(text: str, *, accept_legacy: bool = True) -> ReadIdentifier:
    """Read an identifier as people and other systems write it.

    Args:
        text: What was written.
        accept_legacy: Whether the check character of the faulty routine is accepted, and small
            letters and blanks around; without it only what the standard writes is.

    Raises:
        IdentifierInvalidError: malformed, or the check character is wrong.
    """
    match = _FORM.fullmatch(text.strip().upper() if accept_legacy else text)
    if match is None or not text.isascii():
        raise IdentifierInvalidError(value=text[:_LONGEST])
    type_code, authority_code, serial, version, check = match.groups()
    identifier = CertificateIdentifier(
        type_code=type_code, authority_code=authority_code, serial=serial, version=int(version)
    )
    middle = type_code + authority_code + serial + version
    if check == check_character(middle):
        return ReadIdentifier(identifier=identifier)
    if accept_legacy and check == legacy_check_character(middle):
        return ReadIdentifier(
            identifier=identifier, warning=IdentifierWarning.LEGACY_CHECK_CHARACTER
        )
    raise IdentifierInvalidError(value=text[:_LONGEST])
