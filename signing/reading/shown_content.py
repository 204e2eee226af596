"""Compare what two revisions of a document show, object by object.

* Pages, their resources, annotations, layers and everything else the catalog leads to are the
  same objects with the same bytes.
* Only these may differ: signature fields added to the form, the security store, the version, the
  dates and the producer among the metadata, and annotations of signatures that take up no area.

This is a second opinion on pyHanko's difference analysis, by another parser and by other rules: an
object that only one of the two sees as it is shown to people would be a hole in the other.
"""

from decimal import Decimal

import pikepdf

_NOT_SHOWN = {"/AcroForm", "/DSS", "/Extensions", "/Metadata", "/Version"}
_BESIDE_FIELDS = {"/Fields", "/SigFlags"}
_DEFAULT_LOOKS = {"/DR", "/DA", "/Q"}
_MAY_BE_UPDATED = {"/ModDate", "/Producer"}
_METADATA_MAY_BE_UPDATED = ("}ModifyDate", "}MetadataDate", "}Producer", "}InstanceID")
_CORNERS = 4
_OBJECT_LIMIT = 500_000


def shows_the_same(before: pikepdf.Pdf, after: pikepdf.Pdf) -> bool:
    """Whether both show the same to everybody, invisible signatures aside."""
    old, new = before.Root, after.Root
    keys = (set(old.keys()) | set(new.keys())) - _NOT_SHOWN
    return (
        all(_are_same(old.get(key), new.get(key)) for key in sorted(keys))
        and _forms_are_alike(old.get("/AcroForm"), new.get("/AcroForm"))
        and _words_are_same(before, after)
    )


def is_same_store(before: pikepdf.Pdf, after: pikepdf.Pdf) -> bool:
    """Whether nothing was added to what an archive adds to: security store and timestamps."""
    forms = [pdf.Root.get("/AcroForm", pikepdf.Dictionary()) for pdf in (before, after)]
    signed = [sum(map(_is_signed, _list(form.get("/Fields")))) for form in forms]
    return signed[0] == signed[1] and _are_same(before.Root.get("/DSS"), after.Root.get("/DSS"))


def _takes_no_area(annotation: pikepdf.Object) -> bool:
    corners = annotation.get("/Rect")
    if not isinstance(corners, pikepdf.Array) or len(corners) != _CORNERS:
        return False
    left, bottom, right, top = (Decimal(str(corner)) for corner in list(corners))
    return left == right or bottom == top


def _are_same(old: object, new: object) -> bool:
    waiting = [(old, new)]
    seen = set[tuple[tuple[int, int], tuple[int, int]]]()
    while waiting and len(seen) < _OBJECT_LIMIT:
        old, new = waiting.pop()
        if not (isinstance(old, pikepdf.Object) and isinstance(new, pikepdf.Object)):
            if type(old) is not type(new) or old != new:
                return False
            continue
        if old.is_indirect and new.is_indirect:
            if (old.objgen, new.objgen) in seen:
                continue
            seen.add((old.objgen, new.objgen))
        inside = _inside(old, new)
        if inside is None:
            return False
        waiting += inside
    return not waiting


def _inside(old: pikepdf.Object, new: pikepdf.Object) -> list[tuple[object, object]] | None:
    """What must be the same for these two to be; ``None`` if they are not."""
    if isinstance(old, pikepdf.Stream):
        same = isinstance(new, pikepdf.Stream) and old.read_raw_bytes() == new.read_raw_bytes()
        return [(old.stream_dict, new.stream_dict)] if same else None
    if isinstance(old, pikepdf.Array):
        same = isinstance(new, pikepdf.Array) and len(old) == len(new)
        return list(zip(old, new, strict=True)) if same else None
    if isinstance(old, pikepdf.Dictionary):
        return _inside_dictionaries(old, new) if isinstance(new, pikepdf.Dictionary) else None
    return [] if old == new else None


def _inside_dictionaries(
    old: pikepdf.Object, new: pikepdf.Object
) -> list[tuple[object, object]] | None:
    if _is_invisible_signature(old) and _is_invisible_signature(new):
        return []  # an empty field may have been signed since
    pairs: list[tuple[object, object]] = []
    keys = set(old.keys())
    if old.get("/Type") == "/Page":
        annotations = _annotations(old.get("/Annots"), new.get("/Annots"))
        if annotations is None or keys - {"/Annots"} != set(new.keys()) - {"/Annots"}:
            return None
        pairs += annotations
        keys.discard("/Annots")
    elif keys != set(new.keys()):
        return None
    return pairs + [(old.get(key), new.get(key)) for key in keys]


def _annotations(old: object, new: object) -> list[tuple[object, object]] | None:
    """Those that were there, paired; ``None`` if one is gone or another can be seen."""
    before, after = _list(old), _list(new)
    if len(before) > len(after):
        return None
    added = after[len(before) :]
    if not all(_is_invisible_signature(item) for item in added):
        return None
    return list(zip(before, after, strict=False))


def _is_invisible_signature(annotation: object) -> bool:
    if not isinstance(annotation, pikepdf.Dictionary) or annotation.get("/Subtype") != "/Widget":
        return False
    kind = annotation.get("/FT", annotation.get("/Parent", pikepdf.Dictionary()).get("/FT"))
    return bool(kind == "/Sig") and _takes_no_area(annotation)


def _forms_are_alike(old: object, new: object) -> bool:
    """Defaults of looks decide how filled-in fields are drawn."""
    before = old if isinstance(old, pikepdf.Dictionary) else pikepdf.Dictionary()
    after = new if isinstance(new, pikepdf.Dictionary) else pikepdf.Dictionary()
    keys = (set(before.keys()) | set(after.keys())) - _BESIDE_FIELDS
    fields, later = _list(before.get("/Fields")), _list(after.get("/Fields"))
    if not fields:
        keys -= _DEFAULT_LOOKS
    return (
        all(_are_same(before.get(key), after.get(key)) for key in keys)
        and len(fields) <= len(later)
        and all(map(_are_same, fields, later))
        and all(map(_is_unseen_signature, later[len(fields) :]))
    )


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, pikepdf.Array) else []


def _is_unseen_signature(field: object) -> bool:
    if not isinstance(field, pikepdf.Dictionary) or not _is_signature(field):
        return False
    return "/Rect" not in field or _takes_no_area(field)


def _is_signed(field: object) -> bool:
    return isinstance(field, pikepdf.Dictionary) and _is_signature(field) and "/V" in field


def _is_signature(field: object) -> bool:
    return isinstance(field, pikepdf.Dictionary) and bool(field.get("/FT") == "/Sig")


def _words_are_same(before: pikepdf.Pdf, after: pikepdf.Pdf) -> bool:
    """Title, author and the like: windows show them, archives file by them."""
    old = before.trailer.get("/Info", pikepdf.Dictionary())
    new = after.trailer.get("/Info", pikepdf.Dictionary())
    keys = (set(old.keys()) | set(new.keys())) - _MAY_BE_UPDATED
    if not all(_are_same(old.get(key), new.get(key)) for key in keys):
        return False
    streams = before.Root.get("/Metadata"), after.Root.get("/Metadata")
    return _are_same(*streams) or _metadata(before) == _metadata(after)


def _metadata(pdf: pikepdf.Pdf) -> dict[str, str]:
    return {
        key: str(value)
        for key, value in pdf.open_metadata(strict=True).items()
        if not key.endswith(_METADATA_MAY_BE_UPDATED)
    }
