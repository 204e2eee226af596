"""Is what a revision added only what an archive or a signer adds, and each thing for one purpose?

Asked of every revision that pyHanko's analysis and the comparison of what is shown let pass. What
is found here changes nothing that is shown, as far as anybody can see; but it is no archiving
either, and it is told (:class:`signing.reading.additions.Later`).

* Every new object is referred to from what was added; nothing lies about.
* An object written anew is the catalog, the form, a page, or of the store or the metadata.
* A dictionary has no key twice.
* A document timestamp has no entry that would change what another signature means: /Reference
  certifies or locks, /Changes counts changes (ISO 32000-2 table 255).
* The security store grew by material alone (:mod:`signing.reading.added_material`).
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import pikepdf
from pikepdf import Array, Dictionary, Stream

from signing.pdf.archive_writer import signature_containers
from signing.reading.added_material import check_store, read_store_parts
from signing.reading.appended_bytes import AppendedRevision, UnaccountedBytesError
from signing.reading.object_syntax import ObjectText, read_text

_TIMESTAMP_KEYS = {
    *("/Type", "/Filter", "/SubFilter", "/Contents", "/ByteRange", "/V", "/R", "/M"),
    *("/Name", "/Reason", "/Location", "/ContactInfo", "/Cert", "/Prop_Build"),
}


def find_oddities(
    revision: AppendedRevision, before: pikepdf.Pdf, after: pikepdf.Pdf
) -> frozenset[str]:
    """What of it is neither archiving nor signing.

    Args:
        revision: What was added.
        before: The file up to it.
        after: The file with it.

    Raises:
        UnaccountedBytesError: An object stream does not hold what it should.
        OddSyntaxError: It holds what is no object.
    """
    containers = {one.number for one in revision.objects if _kind(after, one.number) == "/ObjStm"}
    written = _read_written(revision, after, containers)
    new = {number for number in written if before.get_object(number, 0) is None}
    oddities = set(revision.oddities)
    if any(text.has_twins for text in written.values()):
        oddities.add("key-repeated")
    # Poppler leaves empty appearances behind; there is nothing in them.
    empty = {one.number for one in revision.objects if one.data and one.data[0] == one.data[1]}
    aside = containers | empty | {revision.section}
    if new - aside - _reachable(written, new, after):
        oddities.add("unreferenced-object")
    if not all(_is_replaceable(number, before, after) for number in written.keys() - new):
        oddities.add("object-replaced")
    if _count_signed(after) > _count_signed(before) + 1:
        oddities.add("several-signatures")
    if not all(_is_plain_timestamp(after.get_object(number, 0)) for number in new):
        oddities.add("timestamp-form")
    return frozenset(oddities | check_store(before, after, written))


def _kind(pdf: pikepdf.Pdf, number: int) -> object:
    found = pdf.get_object(number, 0)
    return found.get("/Type") if isinstance(found, Dictionary | Stream) else None


def _read_written(
    revision: AppendedRevision, after: pikepdf.Pdf, containers: set[int]
) -> dict[int, ObjectText]:
    """The text of each of its objects, those in object streams too."""
    written = {one.number: one.text for one in revision.objects}
    packed: dict[int, ObjectText] = {}
    for number in containers:
        for inner, text in _unpack(after.get_object(number, 0)):
            if inner in packed:
                raise UnaccountedBytesError
            packed[inner] = read_text(text)
    if packed.keys() != revision.packed or packed.keys() & written.keys():
        raise UnaccountedBytesError  # a reader that repairs files finds what no section lists
    return written | packed


def _unpack(container: pikepdf.Object) -> Iterator[tuple[int, bytes]]:
    """Number and text of each object in an object stream (ISO 32000-2 7.5.7)."""
    content = container.read_bytes()
    first, count = int(container.First), int(container.N)
    head = [int(word) for word in content[:first].split()]
    if len(head) != 2 * count or first > len(content):
        raise UnaccountedBytesError
    starts = [first + offset for offset in head[1::2]]
    for number, (start, end) in zip(head[::2], pairwise([*starts, len(content)]), strict=True):
        if start > end:
            raise UnaccountedBytesError
        yield number, content[start:end]


def _reachable(written: Mapping[int, ObjectText], new: set[int], after: pikepdf.Pdf) -> set[int]:
    """New objects that trailer and objects written anew lead to."""
    trailer = after.trailer
    roots = [trailer.get(key) for key in trailer.keys()]  # noqa: SIM118  # no mapping
    waiting = [root.objgen[0] for root in roots if isinstance(root, pikepdf.Object)]
    waiting += [ref for number in written.keys() - new for ref in written[number].references]
    found: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number in new and number not in found:
            found.add(number)
            waiting += written[number].references
    return found


def _is_replaceable(number: int, before: pikepdf.Pdf, after: pikepdf.Pdf) -> bool:
    """Whether archives and signers must write it anew; what is in it is compared elsewhere."""
    old = before.get_object(number, 0)
    root, form = before.Root, before.Root.get("/AcroForm")
    parts = [root, form, before.trailer.get("/Info")]
    parts += [form.get("/Fields")] if isinstance(form, Dictionary) else []
    parts += [root.get(key) for key in ("/Metadata", "/Extensions", "/DSS")]
    if any(_is_number(part, number) for part in parts) or number in read_store_parts(before):
        return True
    if isinstance(old, Array):
        pages = [pdf.pages for pdf in (before, after)]
        return any(_is_number(page.obj.get("/Annots"), number) for each in pages for page in each)
    # PDFBox gives the number of an unlisted cross-reference stream to the next object.
    return _kind(before, number) in ("/Page", "/XRef") or (
        isinstance(old, Dictionary) and bool(old.get("/FT") == "/Sig")
    )


def _is_plain_timestamp(found: object) -> bool:
    """Whether a document timestamp, or the field that has one, says no more than what it proves."""
    inside = found.get("/V") if isinstance(found, Dictionary) else None
    return all(
        set(value.keys()) <= _TIMESTAMP_KEYS
        for value in (found, inside)
        if isinstance(value, Dictionary) and value.get("/Type") == "/DocTimeStamp"
    )


def _is_number(part: object, number: int) -> bool:
    return isinstance(part, pikepdf.Object) and part.is_indirect and part.objgen == (number, 0)


def _count_signed(pdf: pikepdf.Pdf) -> int:
    return sum(1 for _ in signature_containers(pdf))
