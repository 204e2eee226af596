"""Later revisions that different readers read differently: tables, numbers, ends and repairs.

Each tries to have the page show something else, in one viewer at least.
"""

import re
from collections.abc import Callable

from tests.attacks.later_bytes import Draft, last_startxref, number_of, reference, stream
from tests.attacks.later_changes import archive
from tests.attacks.later_subjects import Subject
from tests.attacks.later_writing import SPELLINGS, stamped, write_later
from tests.support.seals import sealed_document

Trick = Callable[[Subject], bytes]

_RED = stream(b"q 1 0 0 rg 0 0 600 900 re f Q")
TRICKS: dict[str, Trick] = {}


def _trick(make: Trick) -> Trick:
    """Put it into the table under the name of the function."""
    TRICKS[make.__name__.replace("_", " ")] = make
    return make


def _archived(good: Subject) -> tuple[Draft, bytes]:
    """A revision as our archiver writes it, and the draft it came of."""
    draft = Draft.of(good.content)
    archive(draft)
    return draft, write_later(draft, "as ours", at=good.at)


def _red_object(draft: Draft, *, generation: int = 0) -> bytes:
    return b"%d %d obj\n%b\nendobj\n" % (draft.contents, generation, _RED)


def _end(draft: Draft, *, startxref: int, entries: bytes = b"", size: int = 0) -> bytes:
    root = reference(draft.root)
    trailer = b"trailer << /Root %b /Size %d %b>>\n" % (root, size or draft.size, entries)
    return trailer + b"startxref\n%d\n%%%%EOF\n" % startxref


def _row(number: int, offset: int, *, generation: int = 0, kind: bytes = b"n") -> bytes:
    return b"%d 1\n%010d %05d %b \n" % (number, offset, generation, kind)


def _table(good: Subject, body: bytes, rows: bytes, *, previous: int | None = None) -> bytes:
    """A revision with this table, whatever the rows say."""
    draft = Draft.of(good.content)
    before = last_startxref(good.content) if previous is None else previous
    content = good.content + body
    entries = b"/Prev %d " % before
    return content + b"xref\n" + rows + _end(draft, startxref=len(content), entries=entries)


@_trick
def object_without_a_table(good: Subject) -> bytes:
    return good.content + _red_object(Draft.of(good.content))


@_trick
def object_before_the_old_end_mark(good: Subject) -> bytes:
    """The end mark leads to the signed table; a viewer that repairs finds the later object."""
    draft = Draft.of(good.content)
    end = _end(draft, startxref=last_startxref(good.content))
    return good.content + _red_object(draft) + end


@_trick
def end_mark_to_nowhere(good: Subject) -> bytes:
    """Viewers then build a table of their own."""
    draft = Draft.of(good.content)
    return good.content + _red_object(draft) + _end(draft, startxref=0)


@_trick
def end_mark_beyond_the_end(good: Subject) -> bytes:
    draft = Draft.of(good.content)
    return good.content + _red_object(draft) + _end(draft, startxref=10**9)


@_trick
def end_mark_missing(good: Subject) -> bytes:
    draft = Draft.of(good.content)
    return good.content + _red_object(draft) + b"trailer << /Root %b >>\n" % reference(draft.root)


@_trick
def end_mark_with_a_sign(good: Subject) -> bytes:
    draft, archived = _archived(good)
    at = archived.rindex(b"startxref\n")
    broken = archived[at:].replace(b"startxref\n", b"startxref\n+")
    return archived[:at] + _red_object(draft) + broken


@_trick
def generation_of_its_own(good: Subject) -> bytes:
    """The content of the page once more, as generation 1."""
    draft = Draft.of(good.content)
    at = len(good.content)
    rows = _row(draft.contents, at, generation=1)
    return _table(good, _red_object(draft, generation=1), rows)


@_trick
def generation_that_the_table_does_not_know(good: Subject) -> bytes:
    draft = Draft.of(good.content)
    rows = _row(draft.contents, len(good.content))
    return _table(good, _red_object(draft, generation=3), rows)


@_trick
def content_freed(good: Subject) -> bytes:
    draft = Draft.of(good.content)
    return _table(good, b"", _row(draft.contents, 0, generation=1, kind=b"f"))


@_trick
def seal_freed(good: Subject) -> bytes:
    draft = Draft.of(good.content)
    return _table(good, b"", _row(draft.seal, 0, generation=1, kind=b"f"))


@_trick
def entry_into_a_stream(good: Subject) -> bytes:
    """An object lies within the data of another."""
    draft = Draft.of(good.content)
    inner = _red_object(draft)
    outer = b"%d 0 obj\n%b\nendobj\n" % (draft.size, stream(inner))
    at = len(good.content) + outer.index(inner)
    rows = _row(draft.contents, at) + _row(draft.size, len(good.content))
    return _table(good, outer, rows)


@_trick
def entry_to_a_signed_object(good: Subject) -> bytes:
    """Two signed objects change places by the table alone."""
    draft = Draft.of(good.content)
    other = good.content.index(b"\n%d 0 obj" % draft.page) + 1
    return _table(good, b"", _row(draft.contents, other))


@_trick
def entries_as_they_were(good: Subject) -> bytes:
    """A table that says again what the signed one says."""
    draft = Draft.of(good.content)
    at = good.content.rindex(b"\n%d 0 obj" % draft.contents) + 1
    return _table(good, b"", _row(draft.contents, at))


@_trick
def table_without_rows(good: Subject) -> bytes:
    return _table(good, b"", b"0 0\n")


@_trick
def previous_section_is_itself(good: Subject) -> bytes:
    draft = Draft.of(good.content)
    red = _red_object(draft)
    rows = _row(draft.contents, len(good.content))
    return _table(good, red, rows, previous=len(good.content) + len(red))


@_trick
def previous_section_left_out(good: Subject) -> bytes:
    """The signed objects are listed anew, one of them elsewhere."""
    draft = Draft.of(good.content)
    rows = b""
    for number in draft.old:
        at = good.content.rindex(b"\n%d 0 obj" % number) + 1
        rows += _row(number, len(good.content) if number == draft.contents else at)
    red, content = _red_object(draft), good.content
    at = len(content) + len(red)
    return content + red + b"xref\n" + rows + _end(draft, startxref=at)


@_trick
def previous_section_before_the_last(good: Subject) -> bytes:
    """The revision of the signature is passed over."""
    draft = Draft.of(good.content)
    first = int(good.content[good.content.index(b"startxref") + 9 :].split()[0])
    return _table(good, b"", _row(draft.contents, last_startxref(good.content)), previous=first)


@_trick
def object_twice_in_a_revision(good: Subject) -> bytes:
    """The listed one is as it was, the other one red."""
    draft = Draft.of(good.content)
    same = b"%d 0 obj\n%b\nendobj\n" % (draft.contents, draft.old[draft.contents])
    body = same + _red_object(draft)
    return _table(good, body, _row(draft.contents, len(good.content)))


@_trick
def object_between_the_revisions(good: Subject) -> bytes:
    """Before a revision as our archiver writes it lies an object that nobody lists."""
    draft = Draft.of(good.content + _red_object(Draft.of(good.content)))
    archive(draft)
    return write_later(draft, "as ours", at=good.at)


@_trick
def object_after_an_archive_revision(good: Subject) -> bytes:
    draft, archived = _archived(good)
    return archived + _red_object(draft)


@_trick
def comment_after_an_archive_revision(good: Subject) -> bytes:
    return _archived(good)[1] + b"%harmless\n"


@_trick
def white_space_after_the_end(good: Subject) -> bytes:
    return good.content + b"\n \n"


@_trick
def second_end_mark(good: Subject) -> bytes:
    return good.content + b"startxref\n%d\n%%%%EOF\n" % last_startxref(good.content)


@_trick
def trailer_encrypted(good: Subject) -> bytes:
    content = good.content
    encryption = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%b> /U <%b> /P -4 >> " % (
        b"00" * 32,
        b"00" * 32,
    )
    entries = b"/Prev %d %b" % (last_startxref(content), encryption)
    return (
        content + b"xref\n0 0\n" + _end(Draft.of(content), startxref=len(content), entries=entries)
    )


@_trick
def trailer_with_another_root(good: Subject) -> bytes:
    draft = Draft.of(good.content)
    tree = draft.add(b"<< /Type /Pages /Count 0 /Kids [ ] >>")
    root = draft.add(b"<< /Type /Catalog /Pages %b >>" % reference(tree))
    draft.trailer = draft.trailer | {b"/Root": reference(root)}
    return write_later(draft, "as ours", at=good.at)


@_trick
def trailer_with_other_information(good: Subject) -> bytes:
    draft = Draft.of(good.content)
    number = draft.add(b"<< /Title (Another title) >>")
    draft.trailer = draft.trailer | {b"/Info": reference(number)}
    archive(draft)
    return write_later(draft, "as ours", at=good.at)


def _respelled(old: bytes, new: bytes) -> Trick:
    """An archive revision in our form, but for one piece of its table or trailer."""

    def trick(good: Subject) -> bytes:
        draft = Draft.of(good.content)
        archive(draft)
        content = SPELLINGS["as ours"](draft)
        at = content.rindex(b"\nxref\n")
        changed = re.sub(old, new, content[at:], count=1)
        assert changed != content[at:], old
        return stamped(content[:at] + changed, at=good.at)

    return trick


def _comment_between(good: Subject) -> bytes:
    draft = Draft.of(good.content + b"%harmless\n")
    archive(draft)
    return write_later(draft, "as ours", at=good.at)


TRICKS |= {
    "size too small": _respelled(rb"/Size \d+", b"/Size 9"),
    "entry of the trailer twice": _respelled(rb"/Size", b"/Size 3 /Size"),
    "entry of the trailer escaped": _respelled(rb"/Root", b"/Ro#6ft 1 0 R /Root"),
    "hybrid with nothing": _respelled(rb"/Size", b"/XRefStm 15 /Size"),
}
RESPELLINGS: dict[str, Trick] = {
    "size too large": _respelled(rb"/Size \d+", b"/Size 99999"),
    "entry of the trailer unknown": _respelled(rb"/Size", b"/Harmless true /Size"),
    "identifier changed": _respelled(rb"/ID \[.*\]", b"/ID [<00><00>]"),
    "identifier left out": _respelled(rb"/ID \[.*\]", b""),
    "trailer on two lines": _respelled(rb"trailer ", b"trailer\n"),
    "comment in the trailer": _respelled(rb"trailer <<", b"trailer << %harmless\n"),
    "row with a line feed only": _respelled(rb" n \n", b" n\r\n"),
    "zeros before the end mark": _respelled(rb"startxref\n", b"startxref\n0"),
    "no end of line at the end": _respelled(rb"%%EOF\n", b"%%EOF"),
    "comment before the revision": _comment_between,
}
"""Only our own archiver must be spelled as our archiver spells."""


@_trick
def seal_of_another_file(good: Subject) -> bytes:
    """A second field bears a seal that is genuine elsewhere."""
    draft, other = Draft.of(good.content), Draft.of(sealed_document("rsa2048"))
    value = number_of(other.read(other.seal)[b"/V"])
    assert value is not None
    copy = draft.add(other.body(value), outside=True)
    field = b"<< /FT /Sig /T (Second) /Rect [ 0 0 0 0 ] /V %b >>" % reference(copy)
    draft.append(draft.root, [b"/AcroForm", b"/Fields"], reference(draft.add(field)))
    return write_later(draft, "a line break after trailer", at=good.at)


@_trick
def bytes_before_the_header(good: Subject) -> bytes:
    return b"%harmless\n" + good.content


@_trick
def header_of_another_version(good: Subject) -> bytes:
    return b"%PDF-1.0" + good.content[8:]


@_trick
def whole_file_again(good: Subject) -> bytes:
    """Another file follows; each reader may take another one."""
    return good.content + good.content


@_trick
def another_file_in_front(good: Subject) -> bytes:
    draft = Draft.of(good.content)
    number = draft.contents
    other = re.sub(rb"\n%d 0 obj" % number, b"\n%d 9 obj" % number, good.content)
    return other + good.content
