"""Which revisions of a plain file our own archiver wrote, byte for byte (EN 319 142-1 5.4.3).

A revision is its writing when

1. it reads as that: streams of certificates, CRLs and OCSP responses, at most one timestamp, and
   no such stream without one;
2. none of them was known before, and each is of use to a signature of the file;
3. the archiver (:mod:`signing.pdf.archive_writer`), given the file as it was and what was read,
   writes these very bytes;
4. every other object reads as it did: a number that was referred to before it was given would not.

There is no second spelling, so nothing can hide: not in another order, not between two objects,
not in an entry that one reader knows and another does not. Nothing that is shown can have changed
then, so a certification that permits no change still stands (ISO 32000-2 12.8.2.2.2 and 12.8.5).
Anything else is not judged here.
"""

import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

import pikepdf
from pikepdf import Stream

from signing.errors import ContainerTooSmallError, InputNotPdfError
from signing.pdf.archive_writer import (
    NotArchivableError,
    signature_containers,
    write_archive_revision,
)
from signing.pdf.file_layout import FileLayout, Revision
from signing.pdf.plain_writer import Body
from signing.pdf.security_store import STORE_LISTS, SecurityStore, read_store
from signing.pdf.signature_hole import SignatureHole
from signing.reading.object_syntax import SPACE
from signing.reading.store_material import find_unused, role_of
from signing.revocation.validation_material import NO_MATERIAL, ValidationMaterial

_STREAM = re.compile(rb"\d+ 0 obj\n(<< /Filter /FlateDecode /Length (\d{1,8}) >>)\nstream\n")
_AFTER_STREAM = b"\nendstream\nendobj\n"
_TIMESTAMP = re.compile(rb"/Type /DocTimeStamp [^<]*/Contents <((?:[0-9a-f]{2})+)> >>\nendobj\n\Z")
_MATERIAL_LIMIT = 16 << 20
"""Bytes that all revisions of a file add, unpacked: as many as are read of a security store."""
_STREAMS_LIMIT = 200
"""Certificates and proofs that one revision adds. Ours adds a dozen for each seal; each is looked
for in all the others, so thousands of them would cost minutes."""


class _NotOursError(Exception):
    """Not written by our archiver."""


@dataclass
class _Budget:
    """Remaining limits for the revisions of one file."""

    left: int = _MATERIAL_LIMIT


@dataclass(frozen=True, kw_only=True)
class _Read:
    """What a revision adds."""

    streams: tuple[tuple[str, Body, bytes], ...]
    """List of the security store, the stream as it stands there, and what it holds."""

    container: bytes | None
    """Of its timestamp, with the zeros behind it."""


def find_whole_ends(document: bytes, layout: FileLayout) -> tuple[int, ...]:
    """Offsets at which a revision ends after which nothing or only our archiver's ones follow.

    Args:
        document: A plain file; each of its revisions is parsed here.
        layout: Its layout.
    """
    ends, budget = [len(document)], _Budget()
    for index in range(len(layout.revisions) - 1, 0, -1):
        earlier, revision = layout.revisions[index - 1 : index + 1]
        if not _is_our_archiving(document, earlier, revision, budget):
            break
        ends.append(earlier.end)
    return tuple(ends)


def _is_our_archiving(
    document: bytes, earlier: Revision, revision: Revision, budget: _Budget
) -> bool:
    before = document[: earlier.end]
    try:
        # A large file is not copied once more: only what was added is written.
        written = _write(before, _read(document, revision, budget))
        same = earlier.end + len(written) == revision.end
        if not (same and document.startswith(written, earlier.end)):
            return False
        may_refer = _may_refer(before, revision, earlier.size)
        return not may_refer or _reads_the_same(before, document[: revision.end])
    except (
        _NotOursError,
        NotArchivableError,
        InputNotPdfError,
        ContainerTooSmallError,
        pikepdf.PdfError,
    ):
        return False


def _read(document: bytes, revision: Revision, budget: _Budget) -> _Read:
    streams, containers = [], []
    for _, start, end in revision.objects:
        head = _STREAM.match(document, start, end)
        if head is not None:
            streams.append(_read_stream(document, head, end, budget.left))
            budget.left -= len(streams[-1][2])
            if len(streams) > _STREAMS_LIMIT:
                raise _NotOursError
            continue
        timestamp = _TIMESTAMP.search(document, start, end)
        if timestamp is not None:
            containers.append(bytes.fromhex(timestamp[1].decode("ascii")))
    if len(containers) > 1 or (streams and not containers):
        raise _NotOursError
    return _Read(streams=tuple(streams), container=containers[0] if containers else None)


def _read_stream(
    document: bytes, head: re.Match[bytes], end: int, limit: int
) -> tuple[str, Body, bytes]:
    stop = head.end() + int(head[2])
    packed = document[head.end() : stop]
    if document[stop:end] != _AFTER_STREAM:
        raise _NotOursError
    unpacking = zlib.decompressobj()
    try:
        encoded = unpacking.decompress(packed, max(1, limit))
    except zlib.error as error:
        raise _NotOursError from error
    role = role_of(encoded) if unpacking.eof and not unpacking.unused_data else None
    if role is None:
        raise _NotOursError
    return role, (head[1], packed), encoded


def _write(before: bytes, read: _Read) -> bytes:
    """What our archiver appends to the file as it was, of what was read."""
    with _opened(before) as pdf:
        _check_material(pdf, read)
        size = None if read.container is None else len(read.container)
        written = write_archive_revision(before, pdf, _store(read), cms_size=size)
        # Asked last: warnings come with reading.
        if pdf.get_warnings():
            raise _NotOursError
    if read.container is None:
        return written
    hole = SignatureHole(written, cms_size=len(read.container), offset=len(before))
    return hole.fill(read.container)


def _store(read: _Read) -> SecurityStore:
    lists = (
        (role, tuple(body for kind, body, _ in read.streams if kind == role))
        for role in STORE_LISTS
    )
    return SecurityStore(
        material=NO_MATERIAL, lists=tuple((role[1:], bodies) for role, bodies in lists if bodies)
    )


def _check_material(pdf: pikepdf.Pdf, read: _Read) -> None:
    """It is new, each is there once, and none is without use."""
    if not read.streams:
        return
    known = set(_encodings(read_store(pdf)))
    added = [encoded for _, _, encoded in read.streams]
    if known.intersection(added) or len(set(added)) < len(added):
        raise _NotOursError
    containers = [*signature_containers(pdf), read.container or b""]
    if find_unused([(role, encoded) for role, _, encoded in read.streams], containers):
        raise _NotOursError


def _encodings(material: ValidationMaterial) -> Iterator[bytes]:
    yield from material.certificates
    yield from (proof.encoded for proof in material.proofs)


def _may_refer(before: bytes, revision: Revision, size: int) -> bool:
    """Whether anything in the file as it was could be a reference to what is new.

    Words and drawings may look like one, so that a yes says nothing; a no is certain, and cheap.
    """
    new = b"|".join(b"%d" % number for number, _, _ in revision.objects if number >= size)
    reference = rb"(?<!\d)0*(?:%b)" % new + SPACE + rb"++\+?\d+" + SPACE + b"++R"
    return not new or re.search(reference, before) is not None


def _reads_the_same(before: bytes, after: bytes) -> bool:
    """Whether each object that there was but the catalog is as it was."""
    with _opened(before) as old:
        root = old.Root.objgen
        numbers = {item.objgen for item in _objects(old)} - {root}
        digest = _digest(old, numbers)
        warned = bool(old.get_warnings())
    with _opened(after) as new:
        return digest == _digest(new, numbers) and not warned and not new.get_warnings()


def _digest(pdf: pikepdf.Pdf, numbers: set[tuple[int, int]]) -> bytes:
    """Digest of these objects as they read, of a stream its dictionary."""
    digest = hashlib.sha256()
    for item in _objects(pdf):
        if item.objgen in numbers:
            read = item.stream_dict.unparse() if isinstance(item, Stream) else None
            text = item.unparse(resolved=True) if read is None else read
            digest.update(b"%d %d %d " % (*item.objgen, len(text)))
            digest.update(text)
    return digest.digest()


def _objects(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    listed: Iterable[pikepdf.Object | None] = iter(pdf.objects)
    return (item for item in listed if item is not None)


def _opened(document: bytes) -> pikepdf.Pdf:
    # Numbers stay objects: one that stands alone is an object of the file too.
    return pikepdf.open(
        BytesIO(document),
        attempt_recovery=False,
        suppress_warnings=True,
        conversion_mode="explicit",
    )
