"""Facts about a PDF and its signatures, read without judging them.

* Damaged files are not repaired.
* No content stream is decoded.
* What the PDF library raises is turned into :class:`UnreadableDocumentError` where it is called;
  any other exception is a defect of ours, and goes on to whoever asked.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO

import pikepdf

from signing.pdf.active_content import (
    find_active_content,
    find_active_object,
    is_surely_inactive,
)
from signing.pdf.document_limits import OBJECT_LIMIT
from signing.pdf.reader_warnings import READER_ERRORS, are_harmless, ran_out_of_memory
from signing.pdf.security_store import read_store
from signing.reading.additions import Addition, Later
from signing.reading.signature_fields import SignatureFacts, read_signatures
from signing.revocation.validation_material import NO_MATERIAL, ValidationMaterial

_NUMBERS = 4
_AT_ONCE = 20_000
"""Objects that the library keeps at once, some 2 KB each, when all are looked at."""


class UnreadableDocumentError(Exception):
    """Not a PDF, or damaged; internal to this package."""


class ReadingTooCostlyError(UnreadableDocumentError):
    """It would take more memory or time than a file may."""


class ObjectsLimitError(UnreadableDocumentError):
    """It has more objects than are looked at (:mod:`signing.pdf.document_limits`)."""


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
    unsupported_encryption: bool = False
    """Encrypted in a way that this reader does not know, so that nothing else is known of it."""
    irregular: bool = False
    """Readable, but not as the standard has it; other readers may see something else."""
    whole_ends: tuple[int, ...] = ()
    """Where the revisions end of a plain file that was only archived; of a file that was read in
    the bounded process."""

    @property
    def seals(self) -> tuple[SignatureFacts, ...]:
        """The signatures that are no document timestamps."""
        return tuple(item for item in self.signatures if item.is_seal)

    @property
    def archive_timestamps(self) -> tuple[SignatureFacts, ...]:
        """The document timestamps, in the order of what they cover."""
        found = (item for item in self.signatures if not item.is_seal)
        return tuple(sorted(found, key=lambda item: item.covered_end))


_NOTHING = DocumentFacts(page_count=0, signatures=(), active_kind=None)
_LOCKED = replace(_NOTHING, needs_password=True)
_UNSUPPORTED = replace(_NOTHING, unsupported_encryption=True)


def read_facts(
    document: bytes,
    *,
    whole_ends: Collection[int] | None = None,
    expect_objects: Callable[[int], None] | None = None,
) -> DocumentFacts:
    """Read them.

    Args:
        document: The file.
        whole_ends: Of a plain file (:mod:`signing.pdf.file_layout`), the offsets after which it has
            archive revisions only, or nothing; ``None`` for any other.
        expect_objects: Is told how many objects there are before they are looked at.

    Raises:
        UnreadableDocumentError: The file cannot be read as it is.
        ReadingTooCostlyError: There was not enough memory to read it.
        ObjectsLimitError: It has too many objects.
    """
    inactive = whole_ends is not None and is_surely_inactive(document)
    try:
        pdf = _open(document)
    except pikepdf.PasswordError:
        return _LOCKED
    except UnreadableDocumentError as error:
        found = _encrypted_otherwise(str(error.__cause__))
        if found is None:
            raise
        return found
    with pdf, _reading(pikepdf.PdfError):
        facts = _facts(document, pdf, inactive, expect_objects)
        compared = tuple(_compared(document, facts.signatures, whole_ends))
        return replace(facts, signatures=compared)


def _open(document: bytes) -> pikepdf.Pdf:
    with _reading(*READER_ERRORS):
        return pikepdf.open(BytesIO(document), attempt_recovery=False, suppress_warnings=True)


@contextmanager
def _reading(*errors: type[Exception]) -> Iterator[None]:
    """Around the library's work: what it raises says that the file cannot be read."""
    try:
        yield
    except pikepdf.PasswordError:
        raise
    except MemoryError as error:
        raise ReadingTooCostlyError from error
    except errors as error:
        if ran_out_of_memory(str(error)):
            raise ReadingTooCostlyError from error
        raise UnreadableDocumentError from error


def _encrypted_otherwise(words: str) -> DocumentFacts | None:
    """What is known of a file that the library does not open for its encryption."""
    if "unsupported encryption filter" in words:  # for the holders of certain keys only
        return _LOCKED
    # AES-GCM, for one: /V 6 and /R 7 (ISO/TS 32003).
    return _UNSUPPORTED if "Unsupported /R or /V" in words else None


def _facts(
    document: bytes,
    pdf: pikepdf.Pdf,
    inactive: bool,  # noqa: FBT001  # known beforehand
    expect_objects: Callable[[int], None] | None,
) -> DocumentFacts:
    if expect_objects is not None:
        expect_objects(_declared_size(pdf))
    with _reading(*READER_ERRORS):
        numbers = list(pdf.get_xref_table())
        page_count = len(pdf.pages)
    if len(numbers) > OBJECT_LIMIT:
        raise ObjectsLimitError
    signatures, are_fields_regular = read_signatures(document, pdf)
    material = read_store(pdf)
    warnings: list[object] = []
    active_kind = None if inactive else _find_active(document, pdf, numbers, warnings)
    warnings += pdf.get_warnings()
    if any(ran_out_of_memory(str(warning)) for warning in warnings):
        raise ReadingTooCostlyError
    return DocumentFacts(
        page_count=page_count,
        signatures=signatures,
        active_kind=active_kind,
        material=material,
        irregular=not are_fields_regular or not are_harmless(warnings),
    )


def _declared_size(pdf: pikepdf.Pdf) -> int:
    with _reading(*READER_ERRORS):
        size: object = pdf.trailer.get("/Size")
    return min(size, OBJECT_LIMIT) if isinstance(size, int) else 0


def _find_active(
    document: bytes,
    pdf: pikepdf.Pdf,
    numbers: Sequence[tuple[int, int]],
    warnings: list[object],
) -> str | None:
    """The first active thing; warnings of reading the file in parts are added to the list.

    The library forgets no object that it has read, so a large file is opened anew for each part.
    """
    if len(numbers) <= _AT_ONCE:
        return find_active_content(pdf)
    for start in range(0, len(numbers), _AT_ONCE):
        with _open(document) as part:
            objects = (part.get_object(*number) for number in numbers[start : start + _AT_ONCE])
            kind = find_active_object(objects)
            warnings += part.get_warnings()
        if kind is not None:
            return kind
    return None


def _compare(document: bytes, signatures: Sequence[SignatureFacts]) -> list[Addition]:
    # Loads pyHanko, which most files do without.
    from signing.reading.later_revisions import compare_later  # noqa: PLC0415  see above

    return compare_later(document, [(item.byte_range, item.permission) for item in signatures])


def _compared(
    document: bytes, signatures: tuple[SignatureFacts, ...], whole_ends: Collection[int] | None
) -> Iterator[SignatureFacts]:
    ends = [item.covered_end for item in signatures]
    if whole_ends is not None:
        kinds = [Later.ARCHIVED_BY_US if end in whole_ends else Later.CHANGED for end in ends]
        found = [Addition(later=kind) for kind in kinds]
    elif any(len(item.byte_range) != _NUMBERS for item in signatures):
        found = [Addition(later=Later.CHANGED) for _ in ends]
    elif all(end == len(document) for end in ends):
        found = [Addition(later=Later.NOTHING) for _ in ends]
    else:
        found = _compare(document, signatures)
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
