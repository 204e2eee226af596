"""CMS containers changed as other products, and mischief, would have them."""

import random
from collections.abc import Callable

from asn1crypto import cms, core

Edit = Callable[[cms.SignedData, cms.SignerInfo], None]
_CONSTRUCTED, _LOW_TAG = 0x20, 0x1F


def edited(make: Callable[[bytes], bytes], *edits: Edit) -> Callable[[bytes], bytes]:
    """A maker whose containers are edited where no signature protects them."""

    def edit(covered: bytes) -> bytes:
        info = cms.ContentInfo.load(make(covered))
        signed_data = info["content"]
        for change in edits:
            change(signed_data, signed_data["signer_infos"][0])
        return bytes(info.dump(force=True))

    return edit


def more_digest_algorithms(signed_data: cms.SignedData, _signer: cms.SignerInfo) -> None:
    signed_data["digest_algorithms"] = [
        {"algorithm": name} for name in ("sha1", "sha256", "sha512")
    ]


def digest_without_parameters(signed_data: cms.SignedData, signer: cms.SignerInfo) -> None:
    signer["digest_algorithm"] = {"algorithm": "sha256"}
    signed_data["digest_algorithms"] = [{"algorithm": "sha256"}]


def unknown_attribute(_signed_data: cms.SignedData, signer: cms.SignerInfo) -> None:
    attribute = {"type": "1.3.6.1.4.1.99999.7", "values": [core.OctetString(b"note")]}
    signer["unsigned_attrs"] = [attribute]


def attribute_certificate(signed_data: cms.SignedData, _signer: cms.SignerInfo) -> None:
    """A certificate of a kind that is no X.509 public key certificate."""
    other = cms.OtherCertificateFormat(
        {"other_cert_format": "1.3.6.1.4.1.99999.8", "other_cert": core.Null()}
    )
    choice = cms.CertificateChoices(name="other", value=other)
    signed_data["certificates"] = [*signed_data["certificates"], choice]


def two_signers(signed_data: cms.SignedData, signer: cms.SignerInfo) -> None:
    signed_data["signer_infos"] = [signer, signer.copy()]


def no_signer(signed_data: cms.SignedData, _signer: cms.SignerInfo) -> None:
    signed_data["signer_infos"] = []


def unknown_digest(signed_data: cms.SignedData, signer: cms.SignerInfo) -> None:
    """SM3 (GM/T 0006), which is as good as any, but not known here."""
    signer["digest_algorithm"] = {"algorithm": "1.2.156.10197.1.401"}
    signed_data["digest_algorithms"] = [{"algorithm": "1.2.156.10197.1.401"}]


def wrong_value(_signed_data: cms.SignedData, signer: cms.SignerInfo) -> None:
    value = signer["signature"].native
    signer["signature"] = value[:-1] + bytes([value[-1] ^ 1])


def in_ber(encoded: bytes, chance: random.Random) -> bytes:
    """The same value in another spelling: indefinite or needlessly long lengths, pieces."""
    tag, start, end = _element(encoded, 0)
    contents = encoded[start:end]
    if tag & _CONSTRUCTED:
        parts, at = [], 0
        while at < len(contents):
            _, _, part_end = _element(contents, at)
            parts.append(in_ber(contents[at:part_end], chance))
            at = part_end
        contents = b"".join(parts)
        if chance.random() < 0.5:
            return bytes([tag, 0x80]) + contents + b"\x00\x00"
    elif tag == 0x04 and len(contents) > 1 and chance.random() < 0.5:
        middle = chance.randrange(1, len(contents))
        pieces = [b"\x04" + _long_length(part) for part in (contents[:middle], contents[middle:])]
        return b"\x24\x80" + b"".join(pieces) + b"\x00\x00"
    return bytes([tag]) + _long_length(contents)


def _long_length(contents: bytes) -> bytes:
    return b"\x84" + len(contents).to_bytes(4) + contents


def _element(encoded: bytes, at: int) -> tuple[int, int, int]:
    first = encoded[at + 1]
    octets = first - 0x80 if first > 0x80 else 0
    start = at + 2 + octets
    length = int.from_bytes(encoded[at + 2 : start]) if octets else first
    return encoded[at], start, start + length
