"""Later revisions that hang something drawable somewhere: what it is, where, and how it is hidden.

One :class:`Shape` is one point of a large table; :func:`shapes` walks through it so that any two
choices meet at least once, always in the same order.
"""

from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import combinations
from random import Random

from tests.attacks.later_bytes import Draft, Entries, array, dictionary, reference, stream
from tests.attacks.later_writing import SPELLINGS, stamp_body

SUBTYPES = (
    *("Text", "Link", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine"),
    *("Highlight", "Underline", "Squiggly", "StrikeOut", "Caret", "Stamp", "Ink", "Popup"),
    *("FileAttachment", "Sound", "Movie", "Screen", "Widget", "PrinterMark", "TrapNet"),
    *("Watermark", "3D", "Redact", "Projection", "RichMedia"),
)
"""Every subtype of ISO 32000-2 table 171."""

RECTANGLES = {
    "at the origin": b"[ 0 0 0 0 ]",
    "a point": b"[ 40 60 40 60 ]",
    "a line": b"[ 0 90 300 90 ]",
    "a point outside": b"[ -20 -20 -20 -20 ]",
    "outside": b"[ 9000 9000 9100 9100 ]",
    "upside down": b"[ 280 180 20 20 ]",
    "normal": b"[ 20 20 280 180 ]",
    "almost empty": b"[ 40 60 40.0001 60.0001 ]",
    "none": b"",
}
"""Where it says it is."""

PARTS = (
    *("", "BBox", "Matrix", "Resources", "BBox Matrix", "BBox Resources", "Matrix Resources"),
    "BBox Matrix Resources",
)
"""What its appearance has."""

HOLDERS = ("stream", "states", "states unnamed", "kid", "page content", "seal", "down", "none")
"""What /AP /N is, and whose."""

STORES = ("none", "Certs", "CRLs", "OCSPs", "VRI")
"""Where in the security store the same stream is listed."""

PLACES = ("page and form", "page", "form", "kids of the seal", "kids of a new field", "nowhere")
"""What leads to it."""

VALUES = ("none", "the seal's", "bought timestamp", "empty", "text")
"""What the field holds, if it is one."""

_RED = b"q 1 0 0 rg 0 0 300 200 re f Q"
_CROSSED = b"q 0.1 0.1 0.1 rg 9 0 0 9 0 0 cm 0 0 50 50 re f Q"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One combination; a field takes the choices of the table of its name."""

    subtype: str = "Widget"
    rectangle: str = "at the origin"
    parts: str = ""
    holder: str = "stream"
    store: str = "none"
    place: str = "page and form"
    value: str = "none"
    spelling: str = "a line break after trailer"

    @property
    def name(self) -> str:
        """What is wrong with it."""
        appearance = f"appearance as {self.holder} with {self.parts or 'nothing'}"
        return (
            f"{self.subtype}, rectangle {self.rectangle}, {appearance}, in store {self.store},"
            f" on {self.place}, value {self.value}, written with {self.spelling}"
        )


_CHOICES: dict[str, tuple[str, ...]] = {
    "subtype": SUBTYPES,
    "rectangle": tuple(RECTANGLES),
    "parts": PARTS,
    "holder": HOLDERS,
    "store": STORES,
    "place": PLACES,
    "value": VALUES,
    "spelling": tuple(SPELLINGS),
}
assert list(_CHOICES) == [each.name for each in fields(Shape)]
_TRIES = 12


def random_shape(chance: Random) -> Shape:
    """Any one of the table; that of a signature field more often than others."""
    shape = {key: chance.choice(choices) for key, choices in _CHOICES.items()}
    if chance.random() < 0.5:
        shape["subtype"] = "Widget"
    return Shape(**shape)


@cache
def shapes() -> tuple[Shape, ...]:
    """So many that any two choices of two columns are together in one of them."""
    chance = Random("later revisions")  # noqa: S311  # the same every time
    missing = {
        pair
        for one, two in combinations(_CHOICES, 2)
        for pair in (((one, a), (two, b)) for a in _CHOICES[one] for b in _CHOICES[two])
    }
    found: list[Shape] = []
    while missing:
        tried = [random_shape(chance) for _ in range(_TRIES)]
        # One pair is given, so that the last ones are found as well.
        given = dict(min(missing))
        tried = [Shape(**(vars(shape) | given)) for shape in tried]
        best = max(tried, key=lambda shape: len(missing & _pairs(shape)))
        missing -= _pairs(best)
        found.append(best)
    return tuple(dict.fromkeys(found))


def _pairs(shape: Shape) -> set[tuple[tuple[str, str], tuple[str, str]]]:
    items = list(vars(shape).items())
    return set(combinations(items, 2))


def drawn_over(document: bytes, shape: Shape) -> Draft:
    """Somebody is about to append this to a file."""
    draft = Draft.of(document)
    seal = draft.seal
    appearance = _appearance(draft, shape, seal)
    number = draft.add(b"null")
    kids = [_kid(draft, shape, number, appearance)] if shape.holder == "kid" else []
    own = _annotation(draft, shape, seal)
    if appearance is not None and not kids:
        own |= _shown(shape, appearance)
    if kids:
        own[b"/Kids"] = array([reference(kid) for kid in kids])
    draft.new[number] = dictionary(own)
    _hang(draft, shape, number, seal)
    for kid in kids:
        draft.append(draft.page, [b"/Annots"], reference(kid))
    if appearance is not None and shape.store != "none":
        _list_in_store(draft, shape.store, appearance)
    return draft


def _appearance(draft: Draft, shape: Shape, seal: int) -> int | None:
    if shape.holder == "none":
        return None
    if shape.holder == "page content":
        return draft.contents
    if shape.holder == "seal" and b"/AP" in draft.read(seal):
        number = int(draft.read(seal)[b"/AP"].split()[2])
        return number if number in draft.old else None
    more: Entries = {b"/Type": b"/XObject", b"/Subtype": b"/Form"}
    if "BBox" in shape.parts:
        more[b"/BBox"] = b"[ 0 0 300 200 ]"
    if "Matrix" in shape.parts:
        more[b"/Matrix"] = b"[ 2 0 0 2 10 10 ]"
    if "Resources" in shape.parts:
        more[b"/Resources"] = b"<< /ProcSet [ /PDF ] >>"
    return draft.add(stream(_CROSSED if "Matrix" in shape.parts else _RED, more))


def _annotation(draft: Draft, shape: Shape, seal: int) -> Entries:
    own: Entries = {
        b"/Type": b"/Annot",
        b"/Subtype": b"/" + shape.subtype.encode(),
        b"/F": b"132",
        b"/P": reference(draft.page),
    }
    if RECTANGLES[shape.rectangle]:
        own[b"/Rect"] = RECTANGLES[shape.rectangle]
    own |= _OF_ITS_KIND.get(shape.subtype, {})
    if shape.subtype != "Widget" and shape.place == "page":
        return own
    own |= {b"/FT": b"/Tx" if shape.value == "text" else b"/Sig", b"/T": b"(Later)"}
    if shape.value == "the seal's":
        own[b"/V"] = draft.read(seal)[b"/V"]
    elif shape.value == "bought timestamp":
        own[b"/V"] = reference(draft.add(stamp_body(), outside=True))
    elif shape.value == "empty":
        own[b"/V"] = b"<< >>"
    elif shape.value == "text":
        own |= {b"/V": b"(2027)", b"/DA": b"(/Helv 20 Tf 1 0 0 rg)"}
    return own


_OF_ITS_KIND: dict[str, Entries] = {
    "FreeText": {b"/Contents": b"(2027)", b"/DA": b"(/Helv 20 Tf 1 0 0 rg)"},
    "Line": {b"/L": b"[ 20 20 280 180 ]", b"/C": b"[ 1 0 0 ]"},
    "Square": {b"/C": b"[ 1 0 0 ]", b"/IC": b"[ 1 0 0 ]"},
    "Circle": {b"/C": b"[ 1 0 0 ]", b"/IC": b"[ 1 0 0 ]"},
    "Polygon": {b"/Vertices": b"[ 20 20 280 180 20 180 ]", b"/C": b"[ 1 0 0 ]"},
    "PolyLine": {b"/Vertices": b"[ 20 20 280 180 20 180 ]", b"/C": b"[ 1 0 0 ]"},
    "Highlight": {b"/QuadPoints": b"[ 20 180 280 180 20 20 280 20 ]", b"/C": b"[ 1 0 0 ]"},
    "Underline": {b"/QuadPoints": b"[ 20 180 280 180 20 20 280 20 ]", b"/C": b"[ 1 0 0 ]"},
    "Squiggly": {b"/QuadPoints": b"[ 20 180 280 180 20 20 280 20 ]", b"/C": b"[ 1 0 0 ]"},
    "StrikeOut": {b"/QuadPoints": b"[ 20 180 280 180 20 20 280 20 ]", b"/C": b"[ 1 0 0 ]"},
    "Ink": {b"/InkList": b"[ [ 20 20 280 180 ] ]", b"/C": b"[ 1 0 0 ]"},
    "Link": {b"/Border": b"[ 0 0 9 ]", b"/C": b"[ 1 0 0 ]"},
    "Widget": {b"/MK": b"<< /BG [ 1 0 0 ] /BC [ 1 0 0 ] >>"},
    "Popup": {b"/Open": b"true", b"/C": b"[ 1 0 0 ]", b"/Contents": b"(2027)"},
    "Stamp": {b"/Name": b"/Approved"},
}


def _shown(shape: Shape, appearance: int) -> Entries:
    one = reference(appearance)
    if shape.holder == "states":
        return {b"/AP": b"<< /N << /On %b /Off %b >> >>" % (one, one), b"/AS": b"/On"}
    if shape.holder == "states unnamed":
        return {b"/AP": b"<< /N << /On %b >> >>" % one}
    if shape.holder == "down":
        return {b"/AP": b"<< /D %b /R %b >>" % (one, one)}
    return {b"/AP": b"<< /N %b >>" % one}


def _kid(draft: Draft, shape: Shape, parent: int, appearance: int | None) -> int:
    assert appearance is not None
    kid: Entries = {
        b"/Type": b"/Annot",
        b"/Subtype": b"/Widget",
        b"/F": b"132",
        b"/Parent": reference(parent),
        b"/P": reference(draft.page),
        b"/Rect": RECTANGLES[shape.rectangle] or b"[ 0 0 0 0 ]",
    }
    return draft.add(dictionary(kid | _shown(shape, appearance)))


def _hang(draft: Draft, shape: Shape, number: int, seal: int) -> None:
    one = reference(number)
    if shape.place in ("page", "page and form", "kids of the seal", "kids of a new field"):
        draft.append(draft.page, [b"/Annots"], one)
    if shape.place in ("page and form", "form"):
        draft.append(draft.root, [b"/AcroForm", b"/Fields"], one)
    if shape.place == "kids of the seal":
        draft.put(number, {b"/Parent": reference(seal)})
        draft.append(seal, [b"/Kids"], one)
    if shape.place == "kids of a new field":
        above = draft.add(dictionary({b"/FT": b"/Sig", b"/T": b"(Above)", b"/Kids": array([one])}))
        draft.put(number, {b"/Parent": reference(above)})
        draft.append(draft.root, [b"/AcroForm", b"/Fields"], reference(above))


def _list_in_store(draft: Draft, store: str, appearance: int) -> None:
    if store == "VRI":
        related = b"<< /Cert [ %b ] >>" % reference(appearance)
        draft.enter(draft.root, [b"/DSS", b"/VRI", b"/" + b"A1" * 20], related)
    else:
        draft.append(draft.root, [b"/DSS", b"/" + store.encode()], reference(appearance))


_STORED = Shape(store="Certs")
DANGEROUS = (
    *(replace(_STORED, spelling=spelling) for spelling in SPELLINGS),
    replace(_STORED, rectangle="a point outside", holder="states", store="CRLs"),
    replace(_STORED, rectangle="a line", holder="states unnamed", store="OCSPs"),
    replace(_STORED, holder="kid", place="form", store="VRI"),
    replace(_STORED, holder="page content"),
    replace(_STORED, holder="page content", store="none", value="bought timestamp"),
    replace(_STORED, store="VRI", place="kids of the seal", value="the seal's"),
    replace(_STORED, store="OCSPs", place="kids of a new field"),
    replace(_STORED, value="bought timestamp"),
    replace(_STORED, holder="none", place="nowhere", value="bought timestamp"),
)
"""Such as were accepted once, and their nearest neighbours; tried on every file."""
