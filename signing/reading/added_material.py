"""Did the security store grow by validation material alone (ISO 32000-2 12.8.4.3)?

* It has no entries but those of the standard.
* A stream that it lists anew is new, is what its list is of from the first byte to the last, has
  no entries but those of a plain stream, stands in one list, and is referred to from the store
  alone: else it could be a drawing too.
* It is of use: a signature leads to it, or it is listed in /VRI for one.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from signing.pdf.archive_writer import signature_containers
from signing.pdf.security_store import STORE_LISTS, name_in_store
from signing.reading.object_syntax import ObjectText
from signing.reading.store_material import find_unused, parses_as

_STORE_KEYS = {"/Type", "/VRI", *STORE_LISTS}
_RELATED = {"/Cert": "/Certs", "/CRL": "/CRLs", "/OCSP": "/OCSPs"}
_RELATED_KEYS = {"/Type", "/TU", *_RELATED}
_STREAM_KEYS = {"/Length", "/Filter", "/Type"}
_MATERIAL_LIMIT = 16 << 20


@dataclass(kw_only=True)
class _Store:
    """A security store, taken apart."""

    parts: set[int] = field(default_factory=set)
    """Numbers of the objects that it is made of, but the streams."""

    roles: dict[int, set[str]] = field(default_factory=dict)
    """The lists that each stream stands in, as in /DSS."""

    served: dict[int, set[str]] = field(default_factory=dict)
    """The names in /VRI that each stream is listed under."""

    oddities: set[str] = field(default_factory=set)


def check_store(
    before: pikepdf.Pdf, after: pikepdf.Pdf, written: Mapping[int, ObjectText]
) -> set[str]:
    """What was added to it that is no material.

    Args:
        before: The file up to a revision.
        after: The file with it.
        written: The objects of that revision, by number.
    """
    old, new = _read_store(before), _read_store(after)
    added = {n: roles for n, roles in new.roles.items() if roles != old.roles.get(n)}
    oddities = new.oddities - old.oddities
    own = new.parts | _direct_parts(after)
    users = _users(written)
    for number, roles in added.items():
        is_old = before.get_object(number, 0) is not None
        if is_old or len(roles) > 1 or users.get(number, set()) - own:
            oddities.add("stream-shared")
    encoded = {number: _decode(after.get_object(number, 0)) for number in new.roles}
    if any(not _is_what_it_says(roles, encoded[n], after, n) for n, roles in added.items()):
        return oddities | {"not-material"}
    if not added.keys() <= _used(new, encoded, after):
        oddities.add("material-unused")
    return oddities


def _users(written: Mapping[int, ObjectText]) -> dict[int, set[int]]:
    """Which of the objects written refer to each number."""
    found: dict[int, set[int]] = {}
    for user, text in written.items():
        for number in text.references:
            found.setdefault(number, set()).add(user)
    return found


def read_store_parts(pdf: pikepdf.Pdf) -> set[int]:
    """Numbers of the objects that the store is made of, but its streams."""
    return _read_store(pdf).parts


def _direct_parts(pdf: pikepdf.Pdf) -> set[int]:
    """The catalog, if the store stands in it."""
    store = pdf.Root.get("/DSS")
    is_inside = isinstance(store, Dictionary) and not store.is_indirect
    return {pdf.Root.objgen[0]} if is_inside else set()


def _read_store(pdf: pikepdf.Pdf) -> _Store:
    found = _Store()
    directory = pdf.Root.get("/DSS")
    if directory is None:
        return found
    if not _enter(found, directory, _STORE_KEYS):
        return found
    for role in STORE_LISTS:
        _read_list(found, directory.get(role), role)
    related = directory.get("/VRI", Dictionary())
    if not isinstance(related, Dictionary):
        found.oddities.add("store-entry")
        return found
    _note(found, related)
    for name, entry in related.items():
        if name != "/Type" and _enter(found, entry, _RELATED_KEYS):
            for key, role in _RELATED.items():
                _read_list(found, entry.get(key), role, name=name)
    return found


def _enter(found: _Store, dictionary: object, keys: Iterable[str]) -> bool:
    if not isinstance(dictionary, Dictionary):
        found.oddities.add("store-entry")
        return False
    _note(found, dictionary)
    if not set(dictionary.keys()) <= set(keys):
        found.oddities.add("store-entry")
    return True


def _note(found: _Store, part: pikepdf.Object) -> None:
    if part.is_indirect:
        found.parts.add(part.objgen[0])


def _read_list(found: _Store, listed: object, role: str, *, name: str = "") -> None:
    if listed is None:
        return
    if not isinstance(listed, Array):
        found.oddities.add("store-entry")
        return
    _note(found, listed)
    numbers = [item.objgen[0] for item in listed if isinstance(item, Stream)]
    if len(set(numbers)) < len(listed):
        found.oddities.add("store-entry")  # listed twice, or no stream
    for number in numbers:
        found.roles.setdefault(number, set()).add(role)
        if name:
            found.served.setdefault(number, set()).add(name)


def _decode(stream: object) -> bytes | None:
    """What a plain or deflated stream holds; ``None`` of any other, or if it is too much."""
    if not isinstance(stream, Stream):
        return None
    raw, filters = stream.read_raw_bytes(), stream.get("/Filter")
    if isinstance(filters, Array) and len(filters) == 1:
        filters = filters[0]
    if filters is None:
        return raw
    if filters != Name.FlateDecode:
        return None
    unpacking = zlib.decompressobj()
    try:
        encoded = unpacking.decompress(raw, _MATERIAL_LIMIT)
    except zlib.error:
        return None
    return encoded if unpacking.eof and not unpacking.unused_data.strip() else None


def _is_what_it_says(
    roles: set[str], encoded: bytes | None, after: pikepdf.Pdf, number: int
) -> bool:
    keys = set(after.get_object(number, 0).keys())
    return (
        encoded is not None and keys <= _STREAM_KEYS and any(parses_as(r, encoded) for r in roles)
    )


def _used(store: _Store, encoded: Mapping[int, bytes | None], pdf: pikepdf.Pdf) -> set[int]:
    """Streams that a signature leads to, or that are listed for one."""
    containers = list(signature_containers(pdf))
    names = {f"/{name_in_store(item)}" for item in containers}
    listed_for = {number for number, served in store.served.items() if served & names}
    numbers, listed = [], []
    for number, content in encoded.items():
        for role in sorted(store.roles[number]):
            if content is not None and parses_as(role, content):
                numbers.append(number)
                listed.append((role, content))
    unused = {numbers[place] for place in find_unused(listed, containers)}
    return listed_for | (set(numbers) - unused)
