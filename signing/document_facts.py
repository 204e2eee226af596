"""What a PDF says about itself and its signatures, read without judging it.

* Damaged files are not repaired.
* No content stream is decoded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pikepdf

from signing.active_content import find_active_content, is_surely_inactive
from signing.foreign_text import presentable

_FIELD_LIMIT, _DEPTH_LIMIT = 1000, 16
_NUMBERS = 4


class UnreadableDocumentError(Exception):
    """Not a PDF, damaged, or encrypted; internal to the validator."""


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


@dataclass(frozen=True, kw_only=True)
class DocumentFacts:
    """The document as a whole."""

    page_count: int
    signatures: tuple[SignatureFacts, ...]
    active_kind: str | None


def read_facts(document: bytes, *, plain: bool = False) -> DocumentFacts:
    """Read them.

    Args:
        document: The file.
        plain: It is known to be a plain file (:mod:`signing.file_layout`).

    Raises:
        UnreadableDocumentError: The file cannot be read as it is.
    """
    inactive = plain and is_surely_inactive(document)
    try:
        with pikepdf.open(BytesIO(document), attempt_recovery=False, suppress_warnings=True) as pdf:
            facts = DocumentFacts(
                page_count=len(pdf.pages),
                signatures=tuple(_signatures(pdf)),
                active_kind=None if inactive else find_active_content(pdf),
            )
            if pdf.is_encrypted or pdf.get_warnings():
                raise UnreadableDocumentError
            return facts
    except (
        pikepdf.PdfError,
        pikepdf.PasswordError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RuntimeError,
        OverflowError,
    ) as error:
        raise UnreadableDocumentError from error


def _signatures(pdf: pikepdf.Pdf) -> Iterator[SignatureFacts]:
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return
    certification = pdf.Root.get("/Perms", pikepdf.Dictionary()).get("/DocMDP")
    for count, field in enumerate(_fields(form.get("/Fields"), 0)):
        if count > _FIELD_LIMIT:  # kids may be shared, so depth and width alone bound nothing
            raise UnreadableDocumentError
        value = field.get("/V")
        if field.get("/FT") != "/Sig" or not isinstance(value, pikepdf.Dictionary):
            continue
        certifies = (
            isinstance(certification, pikepdf.Dictionary)
            and certification.is_indirect
            and certification.objgen == value.objgen
        )
        yield _facts(field, value, certifies=certifies)


def _fields(kids: object, depth: int) -> Iterator[pikepdf.Dictionary]:
    if not isinstance(kids, pikepdf.Array) or depth > _DEPTH_LIMIT or len(kids) > _FIELD_LIMIT:
        if kids is not None:
            raise UnreadableDocumentError
        return
    for field in kids:
        if isinstance(field, pikepdf.Dictionary):
            yield field
            yield from _fields(field.get("/Kids"), depth + 1)


def _facts(
    field: pikepdf.Dictionary, value: pikepdf.Dictionary, *, certifies: bool
) -> SignatureFacts:
    numbers = value.get("/ByteRange")
    ranges = [int(number) for number in numbers] if isinstance(numbers, pikepdf.Array) else []
    return SignatureFacts(
        field_name=_text(field.get("/T")),
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
