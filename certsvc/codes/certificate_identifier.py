"""Identifiers of certificates, GB/T 36904-2018.

- Form: `1.2.156.3005.2.TYPE.AUTHORITY.SERIAL.VERSION.CHECK`.
- TYPE is 21 characters: the credit code of the defining authority and 3 digits.
- AUTHORITY is the credit code of the issuing authority; SERIAL is the issuer's choice.
- VERSION is 3 digits from 001.
- CHECK is ISO 7064 MOD 37,36 over the four middle parts without dots and root.
"""

import re
import secrets
from dataclasses import dataclass

from typing_extensions import override

from certsvc.codes.errors import IdentifierInvalidError

ROOT = "1.2.156.3005.2"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FORM = re.compile(
    r"1\.2\.156\.3005\.2\.([0-9A-Z]{21})\.([0-9A-Z]{18})\.([0-9A-Z]{1,32})\.([0-9]{3})\.([0-9A-Z])"
)
_SERIAL_LENGTH = 20


def check_character(middle: str) -> str:
    """Compute the ISO 7064 MOD 37,36 check character of digits and capital letters."""
    product = 36
    for character in middle:
        product = (product + _ALPHABET.index(character)) % 36 or 36
        product = product * 2 % 37
    return _ALPHABET[(37 - product) % 36]


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

    @classmethod
    def parse(cls, text: str) -> "CertificateIdentifier":
        """Read an identifier.

        Raises:
            IdentifierInvalidError: malformed, or the check character is wrong.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise IdentifierInvalidError(value=text[:120])
        type_code, authority_code, serial, version, check = match.groups()
        if check_character(type_code + authority_code + serial + version) != check:
            raise IdentifierInvalidError(value=text)
        return cls(
            type_code=type_code,
            authority_code=authority_code,
            serial=serial,
            version=int(version),
        )
