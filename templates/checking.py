"""Check of a rendered paper before it is sealed (step 4 of issuing).

- Nothing the layout engine claims is believed: the file is read again with other libraries.
- What a reader sees and what a phone scans must be what was meant, value by value.
- The file holds nothing that acts, fetches, hides or comes from an earlier revision.
"""

import io
from collections.abc import Callable

import pikepdf

from templates.checking_content import check_seen
from templates.checking_structure import (
    ReadFile,
    check_attachment,
    check_claims,
    check_fonts,
    check_metadata,
    check_nothing_active,
    check_one_revision,
)
from templates.errors import RenderingRejectedError
from templates.face import Face
from templates.packs import TemplatePack

StructureCheck = Callable[[ReadFile, Face], None]

STRUCTURE_CHECKS: tuple[StructureCheck, ...] = (
    check_claims,
    check_metadata,
    check_fonts,
    check_nothing_active,
    check_attachment,
)


def check_rendered(document: bytes, face: Face, pack: TemplatePack) -> None:
    """Refuse a paper that is not exactly the face that was meant.

    1. One revision, no encryption.
    2. XMP claims PDF/A-3a and PDF/UA-1; the file is tagged and names its language.
    3. XMP holds the GB/T 36903 elements of the face.
    4. Every font is embedded, subset, and maps back to text.
    5. Nothing active: no scripts, actions, forms, links, media or outside references.
    6. One attachment, the twin, byte for byte.
    7. The QR code, read from a picture of the page, is the verify address.
    8. Every value of the face is found in the text, table rows whole and in order.

    The caller must still judge real conformance (veraPDF) when a pack is published, and compare
    ``face`` with the stored record.

    Raises:
        RenderingRejectedError: names the check; params hold no data of the face.
    """
    check_one_revision(document)
    try:
        with pikepdf.open(io.BytesIO(document)) as pdf:
            if pdf.is_encrypted:
                raise RenderingRejectedError(check="revision", detail="encrypted")
            read = ReadFile(pdf)
            for check in STRUCTURE_CHECKS:
                check(read, face)
    except pikepdf.PdfError as error:
        raise RenderingRejectedError(check="readable", detail="pdf") from error
    check_seen(document, face, pack)
