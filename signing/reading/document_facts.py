"""What a PDF says about itself and its signatures, read without judging it.

* Damaged files are not repaired.
* No content stream is decoded.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO

import pikepdf

from signing.pdf.active_content import find_active_content, is_surely_inactive
from signing.pdf.foreign_text import presentable
from signing.pdf.reader_warnings import READER_ERRORS, is_regular
from signing.pdf.security_store import read_store
from signing.reading.later_revisions import Addition, Later, compare_later
from signing.revocation.validation_material import NO_MATERIAL, ValidationMaterial

DOCUMENT_TIMESTAMP = "/DocTimeStamp"
_FIELD_LIMIT, _DEPTH_LIMIT = 1000, 16
_NUMBERS = 4


class UnreadableDocumentError(Exception):
    """Not a PDF, or damaged; internal to this package."""


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


@dataclass(frozen=True, kw_only=True)
class DocumentFacts:
    """The document as a whole."""

    page_count: int
    signatures: tuple[SignatureFacts, ...]
    active_kind: str | None
    material: ValidationMaterial = NO_MATERIAL
    """What its security store holds."""
    needs_password: bool = False
    """Encrypted with a password, so that nothing else is known of it."""
    irregular: bool = False
    """Readable, but not as the standard has it; other readers may see something else."""

    @property
    def seals(self) -> tuple[SignatureFacts, ...]:
        """The signatures that are no document timestamps."""
        return tuple(item for item in self.signatures if item.is_seal)

    @property
    def archive_timestamps(self) -> tuple[SignatureFacts, ...]:
        """The document timestamps, in the order of what they cover."""
        found = (item for item in self.signatures if not item.is_seal)
        return tuple(sorted(found, key=lambda item: item.covered_end))


_LOCKED = DocumentFacts(page_count=0, signatures=(), active_kind=None, needs_password=True)


def read_facts(document: bytes, *, whole_ends: Collection[int] | None = None) -> DocumentFacts:
    """Read them.

    Args:
        document: The file.
        whole_ends: Of a plain file (:mod:`signing.pdf.file_layout`), the offsets after which it has
            archive revisions only, or nothing; ``None`` for any other.

    Raises:
        UnreadableDocumentError: The file cannot be read as it is.
    """
    inactive = whole_ends is not None and is_surely_inactive(document)
    try:
        with pikepdf.open(BytesIO(document), attempt_recovery=False, suppress_warnings=True) as pdf:
            facts = DocumentFacts(
                page_count=len(pdf.pages),
                signatures=tuple(_signatures(pdf)),
                active_kind=None if inactive else find_active_content(pdf),
                material=read_store(pdf),
            )
            irregular = not is_regular(pdf)
    except pikepdf.PasswordError:
        return _LOCKED
    except READER_ERRORS as error:
        if "unsupported encryption filter" in str(error):  # for the holders of certain keys only
            return _LOCKED
        raise UnreadableDocumentError from error
    compared = tuple(_compared(document, facts.signatures, whole_ends))
    return replace(facts, signatures=compared, irregular=irregular)


def _compared(
    document: bytes, signatures: tuple[SignatureFacts, ...], whole_ends: Collection[int] | None
) -> Iterator[SignatureFacts]:
    ends = [item.covered_end for item in signatures]
    if whole_ends is not None:
        kinds = [Later.ARCHIVED_BY_US if end in whole_ends else Later.CHANGED for end in ends]
        found = [Addition(later=kind) for kind in kinds]
    elif any(len(item.byte_range) != _NUMBERS for item in signatures):
        found = [Addition(later=Later.CHANGED) for _ in ends]
    else:
        found = compare_later(document, [(item.byte_range, item.permission) for item in signatures])
    for signature, end, addition in zip(signatures, ends, found, strict=True):
        kind = addition.later
        if end == len(document):
            kind = Later.NOTHING
        elif kind is Later.ARCHIVAL and any(map(partial(_is_later_seal, end), signatures)):
            kind = Later.SIGNED
        yield replace(
            signature,
            later=kind,
            later_oddities=addition.oddities,
            later_fields=addition.fields,
        )


def _is_later_seal(end: int, other: SignatureFacts) -> bool:
    return other.is_seal and other.covered_end > end


def _signatures(pdf: pikepdf.Pdf) -> Iterator[SignatureFacts]:
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return
    certification = pdf.Root.get("/Perms", pikepdf.Dictionary()).get("/DocMDP")
    for count, (name, kind, field) in enumerate(_fields(form.get("/Fields"), 0)):
        if count > _FIELD_LIMIT:  # kids may be shared, so depth and width alone bound nothing
            raise UnreadableDocumentError
        value = field.get("/V")
        if kind != "/Sig" or not isinstance(value, pikepdf.Dictionary):
            continue
        certifies = (
            isinstance(certification, pikepdf.Dictionary)
            and certification.is_indirect
            and certification.objgen == value.objgen
        )
        yield _facts(name, value, certifies=certifies)


def _fields(
    kids: object, depth: int, above: str = "", kind: object = None
) -> Iterator[tuple[str, object, pikepdf.Dictionary]]:
    """Full name, type and dictionary of every field; the type is inherited (ISO 32000-2 12.7.4)."""
    if not isinstance(kids, pikepdf.Array) or depth > _DEPTH_LIMIT or len(kids) > _FIELD_LIMIT:
        if kids is not None:
            raise UnreadableDocumentError
        return
    for field in kids:
        if isinstance(field, pikepdf.Dictionary):
            name = ".".join(filter(None, (above, _text(field.get("/T")))))
            own_kind = field.get("/FT", kind)
            yield name, own_kind, field
            yield from _fields(field.get("/Kids"), depth + 1, name, own_kind)


def _facts(name: str, value: pikepdf.Dictionary, *, certifies: bool) -> SignatureFacts:
    numbers = value.get("/ByteRange")
    ranges = [int(number) for number in numbers] if isinstance(numbers, pikepdf.Array) else []
    return SignatureFacts(
        field_name=name,
        byte_range=tuple(ranges),
        contents=_octets(value.get("/Contents")),
        type=_text(value.get("/Type")),
        sub_filter=_text(value.get("/SubFilter")),
        permission=_permission(value),
        certifies=certifies,
        reason=_text(value.get("/Reason")),
        location=_text(value.get("/Location")),
        claimed=_text(value.get("/M")),
    )


def _permission(value: pikepdf.Dictionary) -> int | None:
    references = value.get("/Reference")
    if not isinstance(references, pikepdf.Array):
        return None
    for reference in references:
        if (
            isinstance(reference, pikepdf.Dictionary)
            and reference.get("/TransformMethod") == "/DocMDP"
        ):
            # ISO 32000-1 table 254: the default is 2.
            return int(reference.get("/TransformParams", pikepdf.Dictionary()).get("/P", 2))
    return None


def _text(value: object) -> str:
    return presentable(str(value)) if isinstance(value, pikepdf.String | pikepdf.Name) else ""


def _octets(value: object) -> bytes:
    return bytes(value) if isinstance(value, pikepdf.String) else b""
