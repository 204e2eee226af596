"""Find whatever in a PDF acts by itself or leaves the document.

* Scripts, launches, submissions, remote documents, media and XFA are active.
* A plain link (/URI) or a jump inside the document (/GoTo) is not: it waits for a click.
* ``/OpenAction`` may only be a destination.
* The names are looked for in the file's bytes first; objects are walked only where one occurs.
"""

import re
from collections.abc import Iterator

import pikepdf

_HARMLESS_ACTIONS = ("/GoTo", "/URI")
_ACTIVE_KEYS = ("/JS", "/JavaScript", "/AA", "/XFA", "/RichMediaContent")
_ACTIVE_SUBTYPES = ("/RichMedia", "/Screen", "/Movie", "/Sound", "/3D")
_DEPTH_LIMIT = 60

# Wherever _active_kind finds something, one of these is in the bytes. /A with an array is a
# structure element's.
SUSPECT_NAMES = (
    rb"(?:JS|JavaScript|AA|XFA|RichMedia|RichMediaContent|Screen|Movie|Sound|3D|OpenAction"
    rb"|Next|Action)(?=[\x00\t\n\f\r ()<>\[\]{}/%])"
    rb"|A(?=[\x00\t\n\f\r ()<>\[\]{}/%])(?! \[)"
)
# A name may be spelled with escapes; #2f is a slash, which none of the names has.
_SUSPECT = re.compile(
    rb"/(?:" + SUSPECT_NAMES + rb"|[^\x00-\x20()<>\[\]{}/%#]*#(?!2[fF])[0-9a-fA-F]{2})"
)


def is_surely_inactive(document: bytes) -> bool:
    """Whether no active name occurs in the bytes; ``False`` only means: look closely.

    The caller must make sure that no object is compressed (:mod:`signing.file_layout`).
    """
    return _SUSPECT.search(document) is None


def find_active_content(pdf: pikepdf.Pdf) -> str | None:
    """The name of the first active thing found, or ``None``.

    Every object of the file is looked at, reachable or not.
    """
    for item in pdf.objects:
        for dictionary in _dictionaries(item, 0):
            kind = _active_kind(dictionary)
            if kind is not None:
                return kind
    return None


def _active_kind(dictionary: pikepdf.Object) -> str | None:
    for key in _ACTIVE_KEYS:
        if key in dictionary:
            return key[1:]
    if _is_active_action(dictionary.get("/A")) or _is_active_action(dictionary.get("/OpenAction")):
        return "Action"
    if "/Next" in dictionary and "/S" in dictionary:  # a chain of actions
        return "Next"
    if dictionary.get("/Subtype") in _ACTIVE_SUBTYPES and "/Rect" in dictionary:
        return "Media"
    kind = dictionary.get("/S") if dictionary.get("/Type") == "/Action" else None
    return "Action" if kind is not None and kind not in _HARMLESS_ACTIONS else None


def _is_active_action(value: object) -> bool:
    # /A is also a structure element's attributes, which have an owner /O and no /S.
    if not isinstance(value, pikepdf.Dictionary) or ("/O" in value and "/S" not in value):
        return False
    return value.get("/S") not in _HARMLESS_ACTIONS


def _dictionaries(item: object, depth: int) -> Iterator[pikepdf.Object]:
    if depth > _DEPTH_LIMIT:
        return
    if isinstance(item, pikepdf.Stream):
        item = item.stream_dict
    if isinstance(item, pikepdf.Dictionary):
        yield item
        for value in item.values():
            yield from _direct(value, depth)
    elif isinstance(item, pikepdf.Array):
        for value in item:
            yield from _direct(value, depth)


def _direct(value: object, depth: int) -> Iterator[pikepdf.Object]:
    # Indirect values are visited on their own, as members of the object table.
    if isinstance(value, pikepdf.Object) and not value.is_indirect:
        yield from _dictionaries(value, depth + 1)
