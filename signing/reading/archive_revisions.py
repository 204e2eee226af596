"""Which revisions of a plain file only archive the one before (EN 319 142-1 5.4.3).

A revision archives when, compared with the file as it was,

1. it writes no object anew but the catalog, and every other object reads as it did: a number that
   was referred to before it was given would not;
2. the trailer names the same catalog and information;
3. the catalog differs in its security store and in fields added to the end of the list, nothing
   else;
4. it adds a field, or writes the security store anew;
5. each added field is a document timestamp of its own, with a name of its own, without area,
   appearance, kids or actions.

Nothing that is shown can have changed then, so a certification that permits no change still
stands (ISO 32000-2 12.8.2.2.2 and 12.8.5). Anything else is not judged here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Stream

from signing.pdf.file_layout import FileLayout, Revision
from signing.pdf.reader_warnings import READER_ERRORS
from signing.reading.signature_fields import DOCUMENT_TIMESTAMP

_FIELD_KEYS = {"/Type", "/Subtype", "/FT", "/T", "/F", "/Rect", "/V"}
_FIELD_LIMIT = 1000
_OWN_TO_A_REVISION = ("/Prev", "/Size", "/ID")


@dataclass(frozen=True, kw_only=True)
class _Field:
    number: tuple[int, int]
    name: str
    value: tuple[int, int] | None
    is_archive: bool


@dataclass(frozen=True, kw_only=True)
class _State:
    """What a reader sees who stops at the end of one revision."""

    root: tuple[int, int]
    trailer: Mapping[str, bytes]
    catalog: bytes
    store: bytes
    fields: tuple[_Field, ...]
    objects: Mapping[tuple[int, int], bytes]


def find_whole_ends(document: bytes, layout: FileLayout) -> tuple[int, ...]:
    """Offsets at which a revision ends after which nothing or only archiving ones follow.

    Args:
        document: A plain file, and a small one: each of its revisions is parsed here.
        layout: Its layout.
    """
    ends = [len(document)]
    after: _State | None = None
    for index in range(len(layout.revisions) - 1, 0, -1):
        earlier, revision = layout.revisions[:index], layout.revisions[index]
        try:
            after = after or _read_state(document[: revision.end])
            before = _read_state(document[: earlier[-1].end])
        except READER_ERRORS:
            break
        if _replaced(revision, earlier) - {after.root[0]} or not _archives(before, after):
            break
        ends.append(earlier[-1].end)
        after = before
    return tuple(ends)


def _replaced(revision: Revision, earlier: tuple[Revision, ...]) -> set[int]:
    known = {number for one in earlier for number, _, _ in one.objects}
    return known & {number for number, _, _ in revision.objects}


def _archives(before: _State, after: _State) -> bool:
    added = after.fields[len(before.fields) :]
    names = [field.name for field in after.fields]
    values = [field.value for field in after.fields]
    return (
        (before.root, before.trailer) == (after.root, after.trailer)
        and before.catalog == after.catalog
        and before.fields == after.fields[: len(before.fields)]
        and bool(added or before.store != after.store)
        and all(
            field.is_archive and names.count(field.name) == values.count(field.value) == 1
            for field in added
        )
        and all(after.objects.get(number) == text for number, text in before.objects.items())
    )


def _read_state(document: bytes) -> _State:
    with pikepdf.open(BytesIO(document), attempt_recovery=False, suppress_warnings=True) as pdf:
        # Read first: asking for anything else may complete what lacks.
        listed: Iterable[pikepdf.Object | None] = iter(pdf.objects)  # null is None
        objects = {item.objgen: _text(item) for item in listed if item is not None}
        root = pdf.Root
        del objects[root.objgen]
        fields = tuple(map(_read_field, _fields(root)))
        root.AcroForm.Fields = Array()
        store = root.get("/DSS", Array()).unparse()
        if "/DSS" in root:
            del root.DSS
        state = _State(
            root=root.objgen,
            trailer={
                key: value.unparse()
                for key, value in pdf.trailer.items()
                if key not in _OWN_TO_A_REVISION
            },
            catalog=root.unparse(resolved=True),
            store=store,
            fields=fields,
            objects=objects,
        )
        if pdf.get_warnings():
            raise ValueError("damaged")
        return state


def _text(item: pikepdf.Object) -> bytes:
    """An object as it reads, of a stream its dictionary."""
    return item.stream_dict.unparse() if isinstance(item, Stream) else item.unparse(resolved=True)


def _fields(root: pikepdf.Object) -> list[pikepdf.Object]:
    form = root.AcroForm
    if not isinstance(form, Dictionary) or form.is_indirect:
        raise TypeError("indirect form")
    fields = form.Fields
    if not isinstance(fields, Array) or fields.is_indirect or len(fields) > _FIELD_LIMIT:
        raise TypeError("indirect fields")
    return list(fields)


def _read_field(field: pikepdf.Object) -> _Field:
    value = field.get("/V")
    is_archive = (
        field.is_indirect
        and set(field.keys()) <= _FIELD_KEYS
        and field.get("/FT") == "/Sig"
        and [float(number) for number in field.get("/Rect", ())] == [0, 0, 0, 0]
        and isinstance(value, Dictionary)
        and value.get("/Type") == DOCUMENT_TIMESTAMP
    )
    own = value.objgen if isinstance(value, Dictionary) and value.is_indirect else None
    name = str(field.get("/T"))
    return _Field(number=field.objgen, name=name, value=own, is_archive=is_archive)
