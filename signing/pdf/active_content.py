"""Find active content: whatever in a PDF runs by itself or leads outside of the document.

* Scripts, launches, submissions, remote documents, media, XFA and files on a page are active.
* A plain link (/URI) or a jump inside the document (/GoTo) is not: it waits for a click. A link
  that is a script or a program (``javascript:``, ``file:``) is.
* ``/OpenAction`` may only be a destination.
* What is nested too deeply to be looked at counts as active.
* The names are looked for in the bytes first; objects are walked only where one occurs.
"""

import re
from collections.abc import Iterable, Iterator

import pikepdf

_HARMLESS_ACTIONS = ("/GoTo", "/URI")
_ACTIVE_KEYS = ("/JS", "/JavaScript", "/AA", "/XFA", "/RichMediaContent")
_ACTIVE_SUBTYPES = ("/RichMedia", "/Screen", "/Movie", "/Sound", "/3D", "/FileAttachment")
_HARMLESS_SCHEMES = (b"http", b"https", b"mailto", b"tel", b"ftp")
_SCHEME = re.compile(rb"([a-z][a-z0-9+.-]*):")
_IGNORED_IN_LINKS = bytes(range(0x21))  # as browsers do: "java<tab>script:" is a script
_DEPTH_LIMIT = 60

# Wherever _active_kind finds something, one of these is in the bytes. /A with an array is a
# structure element's.
SUSPECT_NAMES = (
    rb"(?:JS|JavaScript|AA|XFA|RichMedia|RichMediaContent|Screen|Movie|Sound|3D|OpenAction"
    rb"|FileAttachment|Next|Action|URI)(?=[\x00\t\n\f\r ()<>\[\]{}/%])"
    rb"|A(?=[\x00\t\n\f\r ()<>\[\]{}/%])(?! \[)"
)
# A name may be spelled with escapes; #2f is a slash, which none of the names has.
_SUSPECT = re.compile(
    rb"/(?:" + SUSPECT_NAMES + rb"|[^\x00-\x20()<>\[\]{}/%#]*#(?!2[fF])[0-9a-fA-F]{2})"
)


def is_surely_inactive(document: bytes) -> bool:
    """Whether no active name occurs in the bytes; ``False`` only means: look closely.

    The caller must make sure that no object is compressed (:mod:`signing.pdf.file_layout`).
    """
    return _SUSPECT.search(document) is None


def find_active_content(pdf: pikepdf.Pdf) -> str | None:
    """The name of the first active thing found, or ``None``.

    Every object of the file is looked at, reachable or not.
    """
    return find_active_object(pdf.objects)


def find_active_object(objects: Iterable[object]) -> str | None:
    """The name of the first active thing found in any of these objects, or ``None``."""
    for item in objects:
        if not _may_be_active(item):
            continue
        try:
            kinds = (_active_kind(dictionary) for dictionary in dictionaries_in(item))
            found = next((kind for kind in kinds if kind is not None), None)
        except TooDeepError:
            return "Nesting"
        if found is not None:
            return found
    return None


class TooDeepError(Exception):
    """Something is nested more deeply than any honest file needs; internal to this package."""


def dictionaries_in(item: object) -> Iterator[pikepdf.Object]:
    """Every dictionary of an object, itself and what is nested in it; not what it refers to.

    Raises:
        TooDeepError: It is nested too deeply to be looked at.
    """
    return _dictionaries(item, 0)


def _may_be_active(item: object) -> bool:
    # Written out, an object is looked through ten times faster than walked.
    if isinstance(item, pikepdf.Stream):
        item = item.stream_dict
    if not isinstance(item, pikepdf.Dictionary | pikepdf.Array):
        return False
    return _SUSPECT.search(item.unparse(resolved=True)) is not None


def _active_kind(dictionary: pikepdf.Object) -> str | None:
    for key in _ACTIVE_KEYS:
        if key in dictionary:
            return key[1:]
    if _is_active_action(dictionary.get("/A")) or _is_active_action(dictionary.get("/OpenAction")):
        return "Action"
    if _is_program(dictionary.get("/URI")):
        return "URI"
    if "/Next" in dictionary and "/S" in dictionary:  # a chain of actions
        return "Next"
    if dictionary.get("/Subtype") in _ACTIVE_SUBTYPES and "/Rect" in dictionary:
        return str(dictionary.Subtype)[1:]
    kind = dictionary.get("/S") if dictionary.get("/Type") == "/Action" else None
    return "Action" if kind is not None and kind not in _HARMLESS_ACTIONS else None


def _is_program(link: object) -> bool:
    """Whether a link is none that a browser or a mail program would follow harmlessly."""
    if not isinstance(link, pikepdf.String):
        return False
    spelled = str(link).encode("ascii", "replace").translate(None, _IGNORED_IN_LINKS).lower()
    scheme = _SCHEME.match(spelled)
    return scheme is not None and scheme[1] not in _HARMLESS_SCHEMES


def _is_active_action(value: object) -> bool:
    # /A is also a structure element's attributes, which have an owner /O and no /S.
    if not isinstance(value, pikepdf.Dictionary) or ("/O" in value and "/S" not in value):
        return False
    return value.get("/S") not in _HARMLESS_ACTIONS


def _dictionaries(item: object, depth: int) -> Iterator[pikepdf.Object]:
    if depth > _DEPTH_LIMIT:
        raise TooDeepError
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
