"""An honest container under the trusted root of these cases, to be changed part by part."""

from signing.cms import der
from tests.attacks.anatomy import with_container
from tests.attacks.cases_identity import honest, sealed_as
from tests.attacks.resealing import Parts

MESSAGE_DIGEST, CONTENT_TYPE = "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.3"
PROTECTION, BINDING = "1.2.840.113549.1.9.52", "1.2.840.113549.1.9.16.2.47"
"""Kinds of signed attributes."""


def honest_parts() -> Parts:
    return Parts(sealed_as(honest(), timestamped=False))


def put(parts: Parts) -> bytes:
    return with_container(sealed_as(honest()), parts.assemble())


def attribute(kind: str, value: bytes) -> bytes:
    return der.sequence(der.object_identifier(kind), der.tlv(0x31, value))


def without(parts: Parts, kind: str) -> list[bytes]:
    mark = der.sequence(der.object_identifier(kind))[2:]
    return [item for item in parts.attributes if mark not in item[:20]]
