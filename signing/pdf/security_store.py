"""The document security store: validation material inside a PDF (ETSI EN 319 142-1 5.4.2).

* Written once per seal and laid into every document as it is.
* Read within limits: plain or deflated streams only, and no more bytes than a store may need.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

import pikepdf
from pikepdf import Array, Dictionary, Name

from signing.pdf.plain_writer import Body
from signing.revocation.statuses import ProofKind, RevocationProof
from signing.revocation.validation_material import ValidationMaterial

_ENTRIES_LIMIT = 200
_BYTES_LIMIT = 16 << 20
_DAMAGED_PRICE = 1 << 20
_LISTS = {ProofKind.CRL: "CRLs", ProofKind.OCSP: "OCSPs"}
_RELATED = (("Certs", "Cert"), ("CRLs", "CRL"), ("OCSPs", "OCSP"))  # in /DSS, and in its /VRI
STORE_LISTS = ("/Certs", "/CRLs", "/OCSPs")
"""Keys of the lists of a store (ISO 32000-2 table 261)."""


@dataclass(frozen=True, kw_only=True)
class SecurityStore:
    """Validation material, ready to be laid into any document."""

    material: ValidationMaterial
    """What it holds."""

    lists: tuple[tuple[str, tuple[Body, ...]], ...]
    """Key in the /DSS dictionary, and the streams of its array; none is empty."""


def prepare_store(material: ValidationMaterial) -> SecurityStore:
    """Serialise the material."""
    lists = [("Certs", material.certificates)]
    for kind, key in _LISTS.items():
        lists.append((key, tuple(item.encoded for item in material.proofs if item.kind is kind)))
    return SecurityStore(
        material=material,
        lists=tuple((key, tuple(map(_stream, items))) for key, items in lists if items),
    )


def name_in_store(container: bytes) -> str:
    """How /VRI names a signature: the digest of its /Contents (EN 319 142-1 5.4.2.2).

    Args:
        container: All octets of the hole, zeros included.
    """
    return hashlib.sha1(container, usedforsecurity=False).hexdigest().upper()


def lay_in_store(
    pdf: pikepdf.Pdf,
    store: SecurityStore,
    *,
    kept: pikepdf.Object | None = None,
    served: Iterable[str] = (),
    make: Callable[[], tuple[int, pikepdf.Object]] | None = None,
) -> dict[int, Body]:
    """Make room for a store in a document and refer to it; its parts, by object number.

    Args:
        pdf: The document.
        store: What to lay in.
        kept: The store that the document has, if what it lists shall stay.
        served: Names of the seals it serves, for /VRI; each is said to need all of it.
        make: Gives number and reference of a new object; by default the document does.
    """
    make = make or partial(_make, pdf)
    given: dict[int, Body] = {}
    added = dict(store.lists)
    directory, related = Dictionary(Type=Name.DSS), Dictionary()
    for key, related_key in _RELATED:
        bodies = added.get(key, ())
        places = [make() for _ in bodies]
        given.update(zip((number for number, _ in places), bodies, strict=True))
        references = (reference for _, reference in places)
        entries = Array([*(() if kept is None else kept.get(f"/{key}", ())), *references])
        if len(entries):
            directory[f"/{key}"] = related[f"/{related_key}"] = entries
    names = tuple(served)
    if names:
        directory.VRI = Dictionary({f"/{name}": related for name in names})
    number, pdf.Root.DSS = make()
    return given | {number: (directory.unparse(), None)}


def _make(pdf: pikepdf.Pdf) -> tuple[int, pikepdf.Object]:
    place = pdf.make_indirect(Dictionary())
    return place.objgen[0], place


def read_store(pdf: pikepdf.Pdf) -> ValidationMaterial:
    """The material in a document; what cannot be read within the limits is left out."""
    directory = pdf.Root.get("/DSS")
    if not isinstance(directory, Dictionary):
        return ValidationMaterial()
    left = [_BYTES_LIMIT]
    certificates = tuple(_entries(directory.get("/Certs"), left))
    proofs = [
        RevocationProof(kind=kind, encoded=encoded)
        for kind, key in _LISTS.items()
        for encoded in _entries(directory.get(f"/{key}"), left)
    ]
    return ValidationMaterial(certificates=certificates, proofs=tuple(proofs))


def _stream(encoded: bytes) -> Body:
    packed = zlib.compress(encoded, 9)
    return b"<< /Filter /FlateDecode /Length %d >>" % len(packed), packed


def _entries(array: object, left: list[int]) -> Iterator[bytes]:
    """The streams of an array, while there are bytes left; one that does not fit ends it."""
    streams: Iterable[object] = array if isinstance(array, Array) else ()
    for stream in islice(streams, _ENTRIES_LIMIT):
        if left[0] <= 0:
            return
        if not isinstance(stream, pikepdf.Stream):
            continue
        raw = stream.read_raw_bytes()
        encoded = _unpack(stream, raw, left[0])
        # What cannot be used is paid for too: the same stream may be listed again and again.
        left[0] -= max(len(raw), _DAMAGED_PRICE if encoded is None else len(encoded))
        if encoded is not None and left[0] >= 0:
            yield encoded


def _unpack(stream: pikepdf.Stream, raw: bytes, limit: int) -> bytes | None:
    filters = stream.get("/Filter")
    if isinstance(filters, Array) and len(filters) == 1:
        filters = filters[0]
    if filters is None:
        return raw
    if filters != Name.FlateDecode or "/DecodeParms" in stream:
        return None
    try:
        return zlib.decompressobj().decompress(raw, limit + 1)
    except zlib.error:
        return None
