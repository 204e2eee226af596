"""The public key of a signer, as odd as its certificate may have encoded it.

* A modulus without its leading zero octet is a negative number (X.690 8.3), which a national
  identity card's certificates had. OpenSSL and EU DSS read it as what was meant; so is it here.
* What the libraries cannot read is not judged, and not held against the file.
"""

from dataclasses import dataclass
from functools import lru_cache

from asn1crypto import keys, x509

from signing.checklist import parsing
from signing.cms import der
from signing.parser_errors import UnreadableError

_ED25519_BITS = 256
_SIGN, _BIT_STRING = 0x80, 0x03
_REMEMBERED, _SIZE_LIMIT = 256, 8 << 10
_RSA = ("rsa", "rsassa_pss")


@dataclass(frozen=True, kw_only=True)
class SignerKey:
    """What the checks need to know of a key."""

    kind: str
    """As asn1crypto spells it, or the dotted number of an unknown kind."""

    bits: int
    """Its size."""

    curve: str | None
    """Of an elliptic key: the name of its curve, if it has one."""

    info: keys.PublicKeyInfo
    """The key, as verifying takes it."""

    is_negative: bool
    """Whether the certificate encodes its modulus as a negative number."""

    @property
    def point(self) -> bytes:
        """Of an Ed25519 key: its point."""
        return bytes(self.info["public_key"].native)


def read_signer_key(certificate: x509.Certificate) -> SignerKey:
    """Read the key of a certificate.

    Raises:
        StepFailedError: The library cannot read it.
    """
    with parsing("key-unreadable"):
        encoded = certificate.public_key.dump()
    return _read(encoded) if len(encoded) > _SIZE_LIMIT else _read_once(encoded)


@lru_cache(_REMEMBERED)
def _read_once(encoded: bytes) -> SignerKey:
    return _read(encoded)


def _read(encoded: bytes) -> SignerKey:
    with parsing("key-unreadable"):
        info = keys.PublicKeyInfo.load(encoded)
        kind = str(info["algorithm"]["algorithm"].native)
        if kind in _RSA:
            return _read_rsa(info, kind)
        curve, bits = None, _ED25519_BITS
        if kind == "ec":
            form, name = info.curve
            curve, bits = (name if form == "named" else None), int(info.bit_size)
        elif kind != "ed25519":
            bits = 0
        return SignerKey(kind=kind, bits=bits, curve=curve, info=info, is_negative=False)


def _read_rsa(info: keys.PublicKeyInfo, kind: str) -> SignerKey:
    numbers = info["public_key"].parsed
    octets = bytes(numbers["modulus"].contents)
    if not octets:  # no number, though asn1crypto takes it for one
        raise UnreadableError
    modulus = int.from_bytes(octets)
    is_negative = octets[0] & _SIGN != 0
    if is_negative:
        meant = der.sequence(der.integer(modulus), numbers["public_exponent"].dump())
        info = keys.PublicKeyInfo.load(
            der.sequence(info["algorithm"].dump(), der.tlv(_BIT_STRING, b"\x00", meant))
        )
    return SignerKey(
        kind=kind, bits=modulus.bit_length(), curve=None, info=info, is_negative=is_negative
    )
