"""Compare what two revisions of a document show, object by object.

* Pages, their resources, annotations, layers and everything else the catalog leads to are the
  same objects with the same bytes.
* Only these may differ: signature fields added to the form, the security store, the version, the
  dates and the producer among the metadata, and annotations of signatures that nobody can see.
* That a field's rectangle is empty hides nothing: viewers draw its appearance where that says. So
  one is unseen only if it has no entry but those that draw nothing, by a closed list.

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
# Of a signature field and its widget (ISO 32000-2 tables 166, 191, 226, 235); none is drawn.
_UNSEEN_KEYS = {
    *("/Type", "/Subtype", "/FT", "/T", "/TU", "/TM", "/F", "/Ff", "/Rect", "/V", "/P"),
    *("/Lock", "/SV", "/AP", "/AS", "/DA", "/M", "/Border"),
}
_BLANK_KEYS = {
    *("/Type", "/Subtype", "/FormType", "/BBox", "/Matrix", "/Resources", "/Length", "/Filter"),
}
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
    signed = [sum(map(_is_signed, _list(_form(pdf).get("/Fields")))) for pdf in (before, after)]
    return signed[0] == signed[1] and _are_same(before.Root.get("/DSS"), after.Root.get("/DSS"))


def shows_further_signature(before: pikepdf.Pdf, after: pikepdf.Pdf) -> bool:
    """Whether a signature field was added or filled in that somebody could see."""
    old, new = (_form(pdf).get("/Fields") for pdf in (before, after))
    earlier = {_number(field): field for field in _list(old)}
    return any(
        _is_signature(field)
        and not is_unseen(field)
        and not _are_same(earlier.get(_number(field)), field)
        for field in _list(new)
    )


def adds_empty_field(before: pikepdf.Pdf, after: pikepdf.Pdf) -> bool:
    """Whether a signature field was added that nobody signed."""
    counts = [
        sum(
            _is_signature(field) and not _is_signed(field)
            for field in _list(_form(pdf).get("/Fields"))
        )
        for pdf in (before, after)
    ]
    return counts[0] < counts[1]


def is_unseen(field: object) -> bool:
    """Whether no viewer can draw anything for a signature field: by what it lacks."""
    return (
        isinstance(field, pikepdf.Dictionary)
        and set(field.keys()) <= _UNSEEN_KEYS
        and ("/Rect" not in field or _takes_no_area(field))
        and ("/AP" not in field or _is_blank(field.get("/AP")))
        and ("/Border" not in field or _has_no_width(field.get("/Border")))
    )


def _has_no_width(border: object) -> bool:
    return isinstance(border, pikepdf.Array) and all(part == 0 for part in list(border))


def _is_blank(appearance: object) -> bool:
    """One stream with nothing in it, as PDF/A asks for and PDFBox writes."""
    if not isinstance(appearance, pikepdf.Dictionary) or set(appearance.keys()) != {"/N"}:
        return False
    stream = appearance.get("/N")
    return (
        isinstance(stream, pikepdf.Stream)
        and set(stream.keys()) <= _BLANK_KEYS
        and not len(stream.read_raw_bytes())
    )


def _form(pdf: pikepdf.Pdf) -> pikepdf.Object:
    return _dictionary(pdf.Root.get("/AcroForm"))


def _number(field: object) -> tuple[int, int]:
    return field.objgen if isinstance(field, pikepdf.Object) else (0, 0)


def _takes_no_area(annotation: pikepdf.Object) -> bool:
    corners = annotation.get("/Rect")
    if not isinstance(corners, pikepdf.Array) or len(corners) != _CORNERS:
        return False
    if not all(isinstance(corner, int | Decimal) for corner in list(corners)):
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
    pairs: list[tuple[object, object]] = []
    keys = set(old.keys())
    if _is_invisible_signature(old) and _is_invisible_signature(new) and "/V" not in old:
        # It may have been signed since; what it has else, it has still.
        return [(old.get(key), new.get(key)) for key in keys - {"/AP", "/F"}]
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
    return (
        isinstance(annotation, pikepdf.Dictionary)
        and bool(annotation.get("/Subtype") == "/Widget")
        and bool(annotation.get("/FT") == "/Sig")
        and is_unseen(annotation)
    )


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
    return _is_signature(field) and is_unseen(field)


def _is_signed(field: object) -> bool:
    return isinstance(field, pikepdf.Dictionary) and _is_signature(field) and "/V" in field


def _is_signature(field: object) -> bool:
    return isinstance(field, pikepdf.Dictionary) and bool(field.get("/FT") == "/Sig")


def _words_are_same(before: pikepdf.Pdf, after: pikepdf.Pdf) -> bool:
    """Title, author and the like: windows show them, archives file by them."""
    old, new = (_dictionary(pdf.trailer.get("/Info")) for pdf in (before, after))
    keys = (set(old.keys()) | set(new.keys())) - _MAY_BE_UPDATED
    if not all(_are_same(old.get(key), new.get(key)) for key in keys):
        return False
    streams = before.Root.get("/Metadata"), after.Root.get("/Metadata")
    if _are_same(*streams):
        return True
    old_words, new_words = _metadata(before), _metadata(after)
    return old_words is not None and old_words == new_words


def _dictionary(value: object) -> pikepdf.Object:
    return value if isinstance(value, pikepdf.Dictionary) else pikepdf.Dictionary()


def _metadata(pdf: pikepdf.Pdf) -> dict[str, str] | None:
    """The words of the metadata, or ``None`` if they are no XML."""
    try:
        return {
            key: str(value)
            for key, value in pdf.open_metadata(strict=True).items()
            if not key.endswith(_METADATA_MAY_BE_UPDATED)
        }
    except (ValueError, SyntaxError):
        return None
