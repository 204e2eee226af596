"""Containers of a form the seal never has: parts missing, doubled, strange, or spelled oddly."""

from signing.cms import der
from tests.attacks.anatomy import container, hole, with_container, with_room
from tests.attacks.cases_identity import honest, sealed_as, trusting
from tests.attacks.catalogue import attack
from tests.attacks.honest_container import (
    BINDING,
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    attribute,
    honest_parts,
    put,
    without,
)
from tests.attacks.resealing import resealed
from tests.attacks.tlv import Element
from tests.support.seals import sealed_document

_FORM = "form of the container"


@attack(_FORM, step="container.extra-parts", trusting=trusting)
def no_signed_attributes() -> bytes:
    """The signature is over the content itself: attributes can be passed off as content."""
    parts = honest_parts()
    parts.attributes = []
    return put(parts)


@attack(_FORM, step="signer-binding.missing", trusting=trusting)
def no_binding() -> bytes:
    """The signed attributes do not name the certificate."""
    parts = honest_parts()
    parts.attributes = without(parts, BINDING)
    return put(parts.signed_with(honest().key.sign))


@attack(_FORM, step="digest.missing", trusting=trusting)
def no_message_digest() -> bytes:
    """The signed attributes say nothing of the content."""
    parts = honest_parts()
    parts.attributes = without(parts, MESSAGE_DIGEST)
    return put(parts.signed_with(honest().key.sign))


@attack(_FORM, step="digest.missing", trusting=trusting)
def two_message_digests() -> bytes:
    """Two digests are signed: a reader may compare the other one."""
    parts = honest_parts()
    parts.attributes.append(attribute(MESSAGE_DIGEST, der.octet_string(bytes(32))))
    return put(parts.signed_with(honest().key.sign))


@attack(_FORM, step="signature.inconsistent", trusting=trusting)
def content_type_of_a_timestamp() -> bytes:
    """The signed content type says that a timestamp was signed."""
    parts = honest_parts()
    kind = der.object_identifier("1.2.840.113549.1.9.16.1.4")
    parts.attributes = [*without(parts, CONTENT_TYPE), attribute(CONTENT_TYPE, kind)]
    return put(parts.signed_with(honest().key.sign))


@attack(_FORM, step="container.content", trusting=trusting)
def content_inside() -> bytes:
    """The container brings its own content, and a reader may digest that instead."""
    parts = honest_parts()
    inside = der.tlv(0xA0, der.octet_string(b"other"))
    parts.content_info = der.sequence(der.object_identifier("1.2.840.113549.1.7.1"), inside)
    return put(parts)


@attack(_FORM, step="container.signer-count", trusting=trusting)
def two_signers() -> bytes:
    """A second signer is added: readers check the first or the last."""
    parts = honest_parts()
    parts.signers_after = [parts.signer()]
    return put(parts)


@attack(_FORM, step="container.signer-count", trusting=trusting)
def no_signer() -> bytes:
    """A container of certificates only, in which nobody signs."""
    parts = honest_parts()
    encoded = parts.assemble()
    signer = der.tlv(0x31, parts.signer())
    signed_data = der.sequence(
        parts.version,
        parts.digests,
        parts.content_info,
        der.set_of(parts.certificates, tag=0xA0),
        der.tlv(0x31),
    )
    assert signer in encoded
    kind = der.object_identifier("1.2.840.113549.1.7.2")
    return with_container(sealed_as(honest()), der.sequence(kind, der.tlv(0xA0, signed_data)))


@attack(_FORM, step="container.unsigned-attributes", trusting=trusting)
def unsigned_attribute() -> bytes:
    """Something nobody signed is put beside the signature."""
    parts = honest_parts()
    parts.unsigned = [attribute("2.25.1", der.octet_string(b"x"))]
    return put(parts)


@attack(_FORM, step="container", trusting=trusting)
def element_nobody_reads() -> bytes:
    """An element of an unknown kind stands behind the certificates."""
    parts = honest_parts()
    parts.after_certificates = der.tlv(0xA3, der.octet_string(b"x"))
    return put(parts)


@attack(_FORM, step="container.not-der", trusting=trusting)
def length_with_a_needless_octet() -> bytes:
    """A length is spelled with one octet more: the same value, another file."""
    encoded = honest_parts().assemble()
    assert encoded[1] == 0x82
    return with_container(sealed_as(honest()), b"\x30\x83\x00" + encoded[2:])


@attack(_FORM, step="container.not-der", trusting=trusting)
def length_without_an_end() -> bytes:
    """BER's indefinite length."""
    encoded = honest_parts().assemble()
    return with_container(sealed_as(honest()), b"\x30\x80" + encoded[4:] + b"\x00\x00")


@attack(_FORM, step="container.not-der", trusting=trusting)
def nested_too_deeply() -> bytes:
    """Sequences within sequences, to exhaust the reader."""
    nested = b""
    for _ in range(900):
        nested = der.sequence(nested)
    return with_container(sealed_as(honest()), nested)


@attack(_FORM, step="container", trusting=trusting)
def not_a_signature() -> bytes:
    """A container of plain data."""
    content = der.tlv(0xA0, der.octet_string(b"x"))
    inside = der.sequence(der.object_identifier("1.2.840.113549.1.7.1"), content)
    return with_container(sealed_as(honest()), inside)


@attack(_FORM, step="container.not-der", trusting=trusting)
def text_instead() -> bytes:
    """The hole holds ordinary text."""
    return with_container(sealed_as(honest()), b"signed, honestly")


@attack(_FORM, step="signature.wrong", trusting=trusting)
def signature_value_of_zeros() -> bytes:
    """The signature value is as many zeros."""
    parts = honest_parts()
    parts.signature = bytes(len(parts.signature))
    return put(parts)


@attack(_FORM, step="signature.wrong", trusting=trusting)
def signature_value_is_empty() -> bytes:
    """The signature value is empty."""
    parts = honest_parts()
    parts.signature = b""
    return put(parts)


@attack(_FORM, step="container.not-der", trusting=trusting)
def container_larger_than_the_hole() -> bytes:
    """The container claims to be longer than the hole."""
    document = sealed_document()
    start, _ = hole(document)
    return document[: start + 5] + b"ffff" + document[start + 9 :]


@attack(_FORM, step="signature.inconsistent")
def element_in_the_parameters() -> bytes:
    """The unsigned algorithm identifier holds more than the signed one."""
    document = resealed(with_room(sealed_document("rsa2048pss"), 8192), slug="rsa2048pss")
    root = Element.parse(container(document))
    algorithm = root.children[1].children[0].children[4].children[0].children[4]
    algorithm.children[1].children[0].children.append(Element(tag=0x05))
    return with_container(document, root.encode())
