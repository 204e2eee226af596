"""The filled-in signature fields of a PDF, read without judging them.

* Every field is read, however many there are: each indirect field is visited once, so the work is
  bounded by the size of the file.
* Whatever is not of the type that the standard has for it counts as absent.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf

from signing.pdf.foreign_text import presentable
from signing.reading.additions import Later

DOCUMENT_TIMESTAMP = "/DocTimeStamp"
_DEPTH_LIMIT = 60
_NUMBERS = 4
_DEFAULT_PERMISSION = 2  # ISO 32000-2 table 257
_UNKNOWN_PERMISSION = 0
_CONTENTS_LIMIT = 2 << 20
_HEXADECIMAL = re.compile(rb"\s*<([0-9A-Fa-f\s]*)>\s*")


@dataclass(frozen=True, kw_only=True)
class SignatureFacts:
    """One filled-in signature field."""

    field_name: str
    byte_range: tuple[int, ...]
    contents: bytes
    type: str
    sub_filter: str
    permission: int | None
    """DocMDP /P of its own reference; ``None`` if it is no certification."""
    certifies: bool
    """The catalog's /Perms /DocMDP is this very signature."""
    reason: str
    location: str
    claimed: str
    """/M as written."""
    later: Later = Later.NOTHING
    """What follows the revision it covers."""
    later_oddities: tuple[str, ...] = ()
    """What is unusual about the form of that."""
    later_fields: tuple[str, ...] = ()
    """Names of the fields that were added, signed or filled in."""

    @property
    def is_seal(self) -> bool:
        """Whether somebody sealed or signed with it; else it is a document timestamp."""
        return self.type != DOCUMENT_TIMESTAMP

    @property
    def covered_end(self) -> int:
        """Where the bytes it covers end, as its byte range has it."""
        return sum(self.byte_range[2:])


def read_signatures(document: bytes, pdf: pikepdf.Pdf) -> tuple[tuple[SignatureFacts, ...], bool]:
    """The signatures in the order of their fields, and whether the fields are as they should be."""
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return (), True
    fields = _Fields()
    permissions = pdf.Root.get("/Perms")
    certification = (
        permissions.get("/DocMDP") if isinstance(permissions, pikepdf.Dictionary) else None
    )
    found = []
    for name, kind, field in fields.walk(form.get("/Fields"), 0):
        value = field.get("/V")
        if kind != "/Sig" or not isinstance(value, pikepdf.Dictionary):
            continue
        certifies = (
            isinstance(certification, pikepdf.Dictionary)
            and certification.is_indirect
            and certification.objgen == value.objgen
        )
        found.append(_facts(document, pdf, name, value, certifies=certifies))
    return tuple(found), fields.are_regular


class _Fields:
    """A walk through the tree of fields (ISO 32000-2 12.7.4)."""

    def __init__(self) -> None:
        self.are_regular = True
        self._seen: set[tuple[int, int]] = set()

    def walk(
        self, kids: object, depth: int, above: str = "", kind: object = None
    ) -> Iterator[tuple[str, object, pikepdf.Dictionary]]:
        """Full name, type and dictionary of every field; the type is inherited."""
        if kids is None:
            return
        if not isinstance(kids, pikepdf.Array) or depth > _DEPTH_LIMIT:
            self.are_regular = False
            return
        for field in kids:
            if not isinstance(field, pikepdf.Dictionary):
                continue
            own_kind = field.get("/FT", kind)
            if self._was_seen(field):
                continue
            name = ".".join(filter(None, (above, _text(field.get("/T")))))
            yield name, own_kind, field
            yield from self.walk(field.get("/Kids"), depth + 1, name, own_kind)

    def _was_seen(self, field: pikepdf.Dictionary) -> bool:
        """Whether it was visited: with two parents it has two names, and may be two things."""
        if not field.is_indirect:
            return False
        if field.objgen in self._seen:
            self.are_regular = False
            return True
        self._seen.add(field.objgen)
        return False


def _facts(
    document: bytes, pdf: pikepdf.Pdf, name: str, value: pikepdf.Dictionary, *, certifies: bool
) -> SignatureFacts:
    kind, byte_range = _text(value.get("/Type")), _byte_range(value.get("/ByteRange"))
    contents = _octets(value.get("/Contents"))
    if pdf.is_encrypted and kind != "/Sig":
        contents = _as_written(document, byte_range)
    return SignatureFacts(
        field_name=name,
        byte_range=byte_range,
        contents=contents,
        type=kind,
        sub_filter=_text(value.get("/SubFilter")),
        permission=_permission(value),
        certifies=certifies,
        reason=_text(value.get("/Reason")),
        location=_text(value.get("/Location")),
        claimed=_text(value.get("/M")),
    )


def _byte_range(numbers: object) -> tuple[int, ...]:
    listed: list[object] = list(numbers) if isinstance(numbers, pikepdf.Array) else []
    whole = [number for number in listed if isinstance(number, int)]
    return tuple(whole) if len(whole) == len(listed) else ()


def _as_written(document: bytes, byte_range: tuple[int, ...]) -> bytes:
    """What stands in the hole, in an encrypted file.

    A signature's /Contents is never encrypted (ISO 32000-2 7.6.2), but the library knows one by
    its /Type alone, which is optional, and deciphers the /Contents of any other.
    """
    if len(byte_range) != _NUMBERS:
        return b""
    _, start, end, _ = byte_range
    if not 0 < start < end <= len(document) or end - start > 2 * _CONTENTS_LIMIT:
        return b""
    string = _HEXADECIMAL.fullmatch(document, start, end)
    digits = b"" if string is None else b"".join(string[1].split())
    return bytes.fromhex(digits.decode("ascii")) if len(digits) % 2 == 0 else b""


def _permission(value: pikepdf.Dictionary) -> int | None:
    references = value.get("/Reference")
    if not isinstance(references, pikepdf.Array):
        return None
    for reference in references:
        if (
            isinstance(reference, pikepdf.Dictionary)
            and reference.get("/TransformMethod") == "/DocMDP"
        ):
            parameters = reference.get("/TransformParams")
            if not isinstance(parameters, pikepdf.Dictionary):
                return _DEFAULT_PERMISSION
            permission: object = parameters.get("/P", _DEFAULT_PERMISSION)
            return permission if isinstance(permission, int) else _UNKNOWN_PERMISSION
    return None


def _text(value: object) -> str:
    if not isinstance(value, pikepdf.String | pikepdf.Name):
        return ""
    try:
        text = str(value)
    except ValueError:  # no text in the encoding that it claims
        text = bytes(value).decode("latin-1")
    return presentable(text)


def _octets(value: object) -> bytes:
    return bytes(value) if isinstance(value, pikepdf.String) else b""
