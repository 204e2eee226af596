"""Universal signature forgery (USF): the signature's own entries are missing or make no sense."""

import re

from tests.attacks.anatomy import Anatomy, byte_range, container, hole, with_byte_range
from tests.attacks.catalogue import attack, enter
from tests.support.seals import sample_document, seal, seal_spec, sealed_document

_GROUP = "universal signature forgery"


def _contents_as(value: bytes) -> bytes:
    document = sealed_document()
    start, end = hole(document)
    return document[:start] + value.ljust(end - start) + document[end:]


def _range_as(value: bytes) -> bytes:
    def put(match: re.Match[bytes]) -> bytes:
        return (b"/ByteRange " + value).ljust(len(match[0]))

    return re.sub(rb"/ByteRange \[.*?\] *", put, sealed_document(), count=1)


for _name, _value, _step in (
    ("null", b"null", "container.gap"),
    ("an empty string", b"<>", "container.gap"),
    ("a single zero octet", b"<00>", "container.gap"),
    ("a number", b"-1", "container.gap"),
    ("an array", b"[ ]", "container.gap"),
    ("a reference to nothing", b"999 0 R", "container.gap"),
    ("a literal string", b"(0)", "container.gap"),
):
    enter(
        _GROUP,
        f"contents is {_name}",
        how=f"/Contents of the signature is replaced by {_name}.",
        step=_step,
        make=lambda value=_value: _contents_as(value),
    )

for _name, _value, _step in (
    ("null", b"null", "container.malformed"),
    ("empty", b"[ ]", "container.malformed"),
    ("zeros", b"[ 0 0 0 0 ]", "container.malformed"),
    ("minus one", b"[ 0 -1 -1 -1 ]", "container.malformed"),
    ("a number", b"0", "container.malformed"),
    ("a name", b"/All", "container.malformed"),
    ("two numbers", b"[ 0 100 ]", "container.malformed"),
    ("three numbers", b"[ 0 100 200 ]", "container.malformed"),
    ("strings", b"[ (0) (1) (2) (3) ]", "container.malformed"),
    ("huge", b"[ 0 9223372036854775807 1 1 ]", "container.malformed"),
    ("beyond 64 bits", b"[ 0 99999999999999999999 1 1 ]", "seal-present.none"),
    ("fractions", b"[ 0.5 1.5 2.5 3.5 ]", "container.malformed"),
    ("nested", b"[ [ 0 1 2 3 ] ]", "container.malformed"),
):
    enter(
        _GROUP,
        f"byte range is {_name}",
        how=f"/ByteRange is written as {_value.decode()}.",
        step=_step,
        make=lambda value=_value: _range_as(value),
    )


@attack(_GROUP, step="container.malformed")
def byte_range_is_missing() -> bytes:
    """/ByteRange is renamed, so that a lax reader verifies nothing."""
    return sealed_document().replace(b"/ByteRange", b"/ByteRangf")


@attack(_GROUP, step="container.gap")
def contents_is_missing() -> bytes:
    """/Contents of the signature is renamed."""
    return sealed_document().replace(b"/Contents <3082", b"/Contentt <3082")


@attack(_GROUP, step="seal-present.none")
def value_is_missing() -> bytes:
    """The field's /V is blanked; the picture of the seal stays."""
    return re.sub(rb"/V \d+ 0 R", lambda match: b" " * len(match[0]), sealed_document())


@attack(_GROUP, step="seal-present.none")
def value_is_null() -> bytes:
    """The field's /V becomes null."""
    return re.sub(rb"/V \d+ 0 R", lambda match: b"/V null".ljust(len(match[0])), sealed_document())


@attack(_GROUP, step="seal-present.none")
def field_type_is_missing() -> bytes:
    """The field is no signature field any more; its appearance stays."""
    return sealed_document().replace(b"/FT /Sig", b"/FT /Tx ", 1)


@attack(_GROUP, step="seal-present.none")
def form_is_missing() -> bytes:
    """The form is renamed: no field is found, but the seal is still drawn."""
    return sealed_document().replace(b"/AcroForm", b"/AcroFork")


@attack(_GROUP, step="container.sub-filter")
def sub_filter_is_missing() -> bytes:
    """/SubFilter is renamed, so that a lax reader guesses."""
    return sealed_document().replace(b"/SubFilter", b"/SubFiltre", 1)


@attack(_GROUP, step="container.sub-filter")
def sub_filter_is_of_bare_rsa() -> bytes:
    """/SubFilter announces a bare RSA signature, which some readers check in another way."""
    return sealed_document().replace(
        b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /adbe.x509.rsa_sha1 ", 1
    )


@attack(_GROUP, step="container.not-der")
def contents_of_zeros() -> bytes:
    """The hole holds nothing but zeros."""
    document = sealed_document()
    start, end = hole(document)
    return document[: start + 1] + b"0" * (end - start - 2) + document[end - 1 :]


@attack(_GROUP, step="digest.changed")
def contents_of_another_file() -> bytes:
    """The container of a seal on another document is copied in."""
    document = sealed_document()
    other = seal(sample_document(2), spec=seal_spec(reason="其他"))
    (start, end), (other_start, other_end) = hole(document), hole(other)
    assert end - start == other_end - other_start
    return document[:start] + other[other_start:other_end] + document[end:]


@attack(_GROUP, step="file-structure.irregular")
def contents_twice() -> bytes:
    """A second /Contents in the signature, in place of the reason: which one counts?"""
    return re.sub(
        rb"/Reason <[0-9a-f]+>",
        lambda match: b"/Contents <00>".ljust(len(match[0])),
        sealed_document(),
    )


@attack(_GROUP, step="file-structure.irregular")
def contents_twice_the_same() -> bytes:
    """The container twice in the dictionary, so that one copy lies under the signature."""
    old = Anatomy.of(sealed_document())
    entry = b" /Contents <" + container(sealed_document()).hex().encode() + b">"
    old.replace(old.signature, b" /Name", entry + b" /Name")
    return with_byte_range(old.write(), *byte_range(sealed_document()))


@attack(_GROUP, step="container.padding")
def padding_is_used() -> bytes:
    """Something is hidden in the zeros behind the container."""
    document = sealed_document()
    _, end = hole(document)
    return document[: end - 9] + b"deadbeef" + document[end - 1 :]


@attack(_GROUP, step="container.gap")
def digits_in_another_case() -> bytes:
    """One hexadecimal digit is upper case: the same octets, but not the same file."""
    document = sealed_document()
    start, end = hole(document)
    letter = re.compile(rb"[a-f]").search(document, start, end)
    assert letter is not None
    at = letter.start()
    return document[:at] + document[at : at + 1].upper() + document[at + 1 :]


@attack(_GROUP, step="container.gap")
def white_space_in_contents() -> bytes:
    """White space among the digits: readers skip it, so data could be hidden there."""
    document = sealed_document()
    _, end = hole(document)
    return document[: end - 3] + b"\n " + document[end - 1 :]
