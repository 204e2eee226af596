"""Which revisions of a plain file only archive the one before (EN 319 142-1 5.4.3).

A revision archives when, compared with the file as it was,

1. it replaces no object but the catalog, and fills no number that was referred to before;
2. the catalog differs in its security store and in fields added to the end of the list, nothing
   else;
3. each added field is a document timestamp of its own, without area, appearance, kids or actions.

Nothing that is shown can have changed then, so a certification that permits no change still
stands (ISO 32000-2 12.8.2.2.2 and 12.8.5). Anything else is not judged here.
"""

import re
from io import BytesIO
from itertools import pairwise

import pikepdf
from pikepdf import Array, Dictionary

from signing.document_facts import DOCUMENT_TIMESTAMP
from signing.file_layout import FileLayout, Revision, read_layout

# Bounded, so that a long string of digits costs no more than its length.
_REFERENCE = re.compile(rb"(?<!\d)(\d{1,10})[\x00\s]+\d{1,5}[\x00\s]+R(?![A-Za-z])")
_COMMENT_AFTER_NUMBER = re.compile(rb"\d[\x00\s]*%")
_FIELD_KEYS = {"/Type", "/Subtype", "/FT", "/T", "/F", "/Rect", "/V"}


def sealed_revision(document: bytes) -> bytes:
    """The document as it was sealed, without the archive revisions that followed."""
    layout = read_layout(document)
    return document if layout is None else document[: min(find_whole_ends(document, layout))]


def find_whole_ends(document: bytes, layout: FileLayout) -> tuple[int, ...]:
    """Offsets at which a revision ends after which nothing or only archiving ones follow.

    Args:
        document: A plain file.
        layout: Its layout.
    """
    ends = [len(document)]
    for before, after in reversed(list(pairwise(layout.revisions))):
        if not _archives(document, before, after, layout.revisions):
            break
        ends.append(before.end)
    return tuple(ends)


def _archives(
    document: bytes, before: Revision, after: Revision, revisions: tuple[Revision, ...]
) -> bool:
    numbers = {number for number, _, _ in after.objects}
    earlier = revisions[: revisions.index(before) + 1]
    if any(_refers_beyond(document, revision, before.size) for revision in earlier):
        return False
    try:
        with _open(document[: before.end]) as old, _open(document[: after.end]) as new:
            root = new.Root.objgen
            replaced = {number for number in numbers if number < before.size}
            if root != old.Root.objgen or not replaced <= {root[0]}:
                return False
            return _only_archives(old.Root, new.Root)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        return False


def _open(document: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(document), attempt_recovery=False, suppress_warnings=True)


def _refers_beyond(document: bytes, revision: Revision, size: int) -> bool:
    """Whether an object refers to a number that was not given yet; streams may look as if."""
    for _, start, end in revision.objects:
        stream = document.find(b"\nstream\n", start, end)
        text = document[start : end if stream < 0 else stream]
        if any(int(number) >= size for number in _REFERENCE.findall(text)):
            return True
        if _COMMENT_AFTER_NUMBER.search(text):  # a reference could be interrupted by one
            return True
    return False


def _only_archives(old: pikepdf.Object, new: pikepdf.Object) -> bool:
    old_fields, new_fields = _fields(old), _fields(new)
    if old_fields is None or new_fields is None:
        return False
    count = len(old_fields)
    if [item.objgen for item in new_fields[:count]] != [item.objgen for item in old_fields]:
        return False
    if not all(map(_is_archive_field, new_fields[count:])):
        return False
    for root in (old, new):
        root.AcroForm.Fields = Array()
        if "/DSS" in root:
            del root.DSS
    return old.unparse(resolved=True) == new.unparse(resolved=True)


def _fields(root: pikepdf.Object) -> list[pikepdf.Object] | None:
    form = root.get("/AcroForm")
    if not isinstance(form, Dictionary) or form.is_indirect:
        return None
    fields = form.get("/Fields")
    if not isinstance(fields, Array) or fields.is_indirect:
        return None
    return list(fields)


def _is_archive_field(field: pikepdf.Object) -> bool:
    value = field.get("/V")
    return (
        set(field.keys()) <= _FIELD_KEYS
        and field.get("/FT") == "/Sig"
        and [float(number) for number in field.get("/Rect", ())] == [0, 0, 0, 0]
        and isinstance(value, Dictionary)
        and value.get("/Type") == DOCUMENT_TIMESTAMP
    )
