"""Lay a riding seal (骑缝章) over the edges of the pages.

* Each page gets one more content stream, an artifact (PDF/UA-1 7.1): a slice is decoration for a
  screen reader, which is told of the seal itself. The page's own streams stay as they are, held
  between ``q`` and ``Q`` so that what they leave behind cannot move the slice.
* A page gets resources of its own (copy on write): pages share them, and others are left alone.
* Edges and millimetres are those one sees, however a page is turned, cropped or scaled.
* It is laid in before signing, in the one revision that is sealed.
"""

import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from signing.errors import InputTooLargeError, RidingSealPlacementError
from signing.pdf.page_attributes import inherited
from signing.pdf.plain_writer import Body
from signing.placement.appearance import add_appearance
from signing.placement.painting import Painting
from signing.placement.riding_slices import SlicePlace, divide, place
from signing.placement.seal_spec import SealSpec
from signing.placement.seen_pages import UPRIGHT, Matrix, SeenPage, after, see_page, undone

_CONTENT_LIMIT = 64 << 20  # unpacked, of all pages together
# Pairs of operators that open and close; each counted under the one that closes.
_STEPS = {b"q": (b"Q", 1), b"Q": (b"Q", -1)} | {
    b"BMC": (b"EMC", 1),
    b"BDC": (b"EMC", 1),
    b"EMC": (b"EMC", -1),
}


def add_riding_seal(
    pdf: pikepdf.Pdf, spec: SealSpec, drawn: tuple[pikepdf.Object, Matrix], painting: Painting
) -> dict[int, Body]:
    """Draw the riding seal that a spec asks for on its pages, if it asks for one.

    Args:
        pdf: The document.
        spec: Looks and words.
        drawn: The form XObject that draws the image of the seal itself, and how it is turned.
        painting: How a seal meets the page.

    Returns:
        Parts that are still to be written, by their object number.

    Raises:
        RidingSealPlacementError: A page is not there, too small, or not well formed.
        SealPlacementError: It cannot be told how a page is seen.
        InputTooLargeError: The pages unpack to more than can be looked at.
    """
    riding = spec.riding
    if riding is None:
        return {}
    image, (appearance, turn) = riding.image or spec.image, drawn
    parts: dict[int, Body] = {}
    if image is not spec.image:
        appearance, parts = add_appearance(pdf, image, painting)
        turn = UPRIGHT
    before, room = pdf.make_stream(b"q\n"), _CONTENT_LIMIT
    for piece in divide(riding, image, page_count=len(pdf.pages)):
        page = pdf.pages[piece.page_index]
        seen = see_page(page.obj, piece.page_index)
        where = place(piece, riding, image, (0, 0, seen.width_pt, seen.height_pt))
        room = _require_balanced(page, piece.page_index, room)
        name = _own_resource(page.obj, appearance)
        added = pdf.make_stream(_draw(where, seen, turn, name))
        page.obj.Contents = Array([before, *_streams(page.obj), added])
        painting.prepare(page.obj)
    return parts


def _draw(where: SlicePlace, seen: SeenPage, turn: Matrix, name: Name) -> bytes:
    """The content stream that draws a slice, after everything else on the page."""
    left, bottom, right, top = seen.rectangle(where.window)
    # The form stands upright on the page of the seal itself; that is taken back first.
    matrix = after(undone(turn), after((1, 0, 0, 1, *where.origin), seen.to_page))
    return (
        (b"\nQ\n/Artifact BMC\nq %.4f %.4f %.4f %.4f re W n %b cm %b Do Q\nEMC\n")
        % (
            *(left, bottom, right - left, top - bottom),
            b" ".join(b"%.6g" % (part + 0.0) for part in matrix[:4])  # never -0
            + b" %.4f %.4f" % matrix[4:],
            name.unparse(),
        )
    )


def _require_balanced(page: pikepdf.Page, index: int, room: int) -> int:
    """What a page opens it closes; otherwise the slice would be moved, or part of its text.

    Returns:
        What is left of the room for unpacked content.
    """
    for stream in _streams(page.obj):
        room -= _unpacked_size(stream, index, room)
    depths = {b"Q": 0, b"EMC": 0}
    for instruction in pikepdf.parse_content_stream(page, "q Q BMC BDC EMC"):
        closing, step = _STEPS[instruction.operator.unparse()]
        depths[closing] += step
        if depths[closing] < 0:
            break
    if any(depths.values()):
        raise RidingSealPlacementError(page=index + 1, reason="content")
    return room


def _unpacked_size(stream: Stream, index: int, room: int) -> int:
    packed, filters = stream.read_raw_bytes(), stream.get("/Filter")
    if isinstance(filters, Array) and len(filters) == 1:
        filters = filters[0]
    if filters is None:
        size = len(packed)
    elif filters == "/FlateDecode":
        try:
            size = len(zlib.decompressobj().decompress(packed, room + 1))
        except zlib.error as error:
            raise RidingSealPlacementError(page=index + 1, reason="content") from error
    else:
        raise RidingSealPlacementError(page=index + 1, reason="content")
    if size > room:
        raise InputTooLargeError(limit="bytes", maximum=_CONTENT_LIMIT)
    return size


def _streams(page: pikepdf.Object) -> list[Stream]:
    contents = page.get("/Contents")
    listed = list(contents) if isinstance(contents, Array) else [contents]
    return [stream for stream in listed if isinstance(stream, Stream)]


def _own_resource(page: pikepdf.Object, form: pikepdf.Object) -> Name:
    """Give the page resources of its own with the form in them; the form's name there."""
    shared = inherited(page, "/Resources")
    resources = _copy(shared)
    objects = _copy(resources.get("/XObject"))
    number = 0
    while f"/RidingSeal{number}" in objects:
        number += 1
    objects[f"/RidingSeal{number}"] = form
    resources.XObject = objects
    page.Resources = resources
    return Name(f"/RidingSeal{number}")


def _copy(dictionary: object) -> Dictionary:
    if not isinstance(dictionary, Dictionary):
        return Dictionary()
    return Dictionary({key: dictionary[key] for key in dictionary.keys()})  # noqa: SIM118
