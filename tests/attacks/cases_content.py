"""What the page shows is changed in place, by somebody without the key: the digest tells."""

import re
import zlib

from tests.attacks.anatomy import Anatomy, stream
from tests.attacks.catalogue import attack
from tests.support.seals import sample_document, seal, sealed_document

_GROUP = "content changed in place"
_STEP = "digest.changed"


def _sealed() -> Anatomy:
    return Anatomy.of(sealed_document())


@attack(_GROUP, step=_STEP)
def text_of_the_page() -> bytes:
    """The page's content is replaced and the file laid out anew."""
    old = _sealed()
    old.objects[old.content] = stream(b"q 1 0 0 rg 0 0 600 800 re f Q")
    return old.write()


@attack(_GROUP, step=_STEP)
def twin_edited() -> bytes:
    """The machine-readable twin says something else than the page."""
    old = _sealed()
    number = old.number_of(b"/EmbeddedFile ")
    entries = b"/Subtype /application#2fjson /Type /EmbeddedFile "
    old.objects[number] = stream(b'{"name": "x"}', entries)
    return old.write()


@attack(_GROUP, step=_STEP)
def twin_edited_without_a_change_of_length() -> bytes:
    """Two bytes of the twin are changed where they stand."""
    document = sealed_document()
    at = document.index(b"stream\n{}\nendstream") + 7
    return document[:at] + b"[]" + document[at + 2 :]


@attack(_GROUP, step=_STEP)
def twin_renamed_in_the_name_tree() -> bytes:
    """The name tree leads to another attachment under the twin's name."""
    old = _sealed()
    data = old.add(stream(b'{"a": 1}', b"/Subtype /application#2fjson /Type /EmbeddedFile "))
    spec = old.add(
        b"<< /Type /Filespec /F (twin.json) /UF (twin.json) /EF << /F %d 0 R >> >>" % data
    )
    body = old.objects[old.catalog]
    old.objects[old.catalog] = re.sub(rb"\(twin.json\) \d+ 0 R", b"(twin.json) %d 0 R" % spec, body)
    return old.write()


@attack(_GROUP, step=_STEP)
def name_tree_with_two_entries_of_one_name() -> bytes:
    """Two attachments of one name: programs take the first or the last."""
    old = _sealed()
    old.replace(old.catalog, b"/Names [ ", b"/Names [ (twin.json) null ")
    return old.write()


@attack(_GROUP, step=_STEP)
def font_swapped() -> bytes:
    """The two fonts change places: the same codes draw other characters."""
    old = _sealed()
    number = old.number_of(b"/Font << /f0")
    old.objects[number] = re.sub(
        rb"/f0 (\d+ 0 R) /f1 (\d+ 0 R)", rb"/f0 \2 /f1 \1", old.objects[number]
    )
    return old.write()


@attack(_GROUP, step=_STEP)
def character_map_swapped() -> bytes:
    """What copying and reading aloud give is exchanged; the look stays."""
    old = _sealed()
    maps = [number for number, body in old.objects.items() if b"/Type /CMap" in body]
    first, second = maps
    old.objects[first], old.objects[second] = old.objects[second], old.objects[first]
    return old.write()


@attack(_GROUP, step=_STEP)
def hidden_layer() -> bytes:
    """An optional-content group hides the page, unless a layer is switched on."""
    old = _sealed()
    group = old.add(b"<< /Type /OCG /Name (x) >>")
    old.put(
        old.catalog,
        b"/OCProperties",
        b"<< /OCGs [ %d 0 R ] /D << /OFF [ %d 0 R ] >> >>" % (group, group),
    )
    number = old.number_of(b"/Font << /f0")
    old.put(number, b"/Properties", b"<< /Layer %d 0 R >>" % group)
    old.objects[old.content] = stream(b"/OC /Layer BDC q Q EMC")
    return old.write()


@attack(_GROUP, step=_STEP)
def pages_swapped() -> bytes:
    """The two pages change places in the page tree."""
    old = Anatomy.of(seal(sample_document(2)))
    number = old.number_of(b"/Type /Pages")
    old.objects[number] = re.sub(
        rb"/Kids \[ (\d+ 0 R) (\d+ 0 R) \]", rb"/Kids [ \2 \1 ]", old.objects[number]
    )
    return old.write()


@attack(_GROUP, step=_STEP)
def page_cut_smaller() -> bytes:
    """A crop box shows only a part of the page."""
    old = _sealed()
    old.put(old.page, b"/CropBox", b"[ 0 700 595 842 ]")
    return old.write()


@attack(_GROUP, step=_STEP)
def page_turned() -> bytes:
    """The page is shown upside down."""
    old = _sealed()
    old.put(old.page, b"/Rotate", b"180")
    return old.write()


@attack(_GROUP, step=_STEP)
def reason_changed() -> bytes:
    """The seal says it is for another purpose; nothing else is touched."""
    document = sealed_document()
    at = document.index(b"/Reason <") + 13
    return document[:at] + b"4e00" + document[at + 4 :]


@attack(_GROUP, step=_STEP)
def claimed_time_changed() -> bytes:
    """The seal claims another year."""
    document = sealed_document()
    at = document.index(b"/M (D:2026") + 6
    return document[:at] + b"2025" + document[at + 4 :]


@attack(_GROUP, step=_STEP)
def seal_image_swapped() -> bytes:
    """The seal's picture is exchanged for another."""
    old = _sealed()
    number = old.number_of(b"/BM /Multiply")
    body = old.objects[number]
    drawn = zlib.compress(b"1 0 0 rg 0 0 99 99 re f")
    head = re.sub(rb"/Length \d+", b"/Length %d" % len(drawn), body[: body.index(b"stream\n")])
    old.objects[number] = head + b"stream\n" + drawn + b"\nendstream"
    return old.write()


@attack(_GROUP, step=_STEP)
def metadata_changed() -> bytes:
    """The metadata name another author."""
    old = _sealed()
    number = old.number_of(b"/Type /Metadata")
    old.objects[number] = old.objects[number].replace(b"Typst", b"Tipst")
    return old.write()


@attack(_GROUP, step=_STEP)
def certification_lowered() -> bytes:
    """The permission becomes 3 in place, to allow notes afterwards."""
    return sealed_document().replace(b"/P 1 /V /1.2", b"/P 3 /V /1.2", 1)


@attack(_GROUP, step=_STEP)
def certification_removed_from_the_catalog() -> bytes:
    """The catalog's /Perms is renamed in place."""
    return sealed_document().replace(b"/Perms <<", b"/Permz <<", 1)


@attack(_GROUP, step=_STEP)
def one_bit_of_a_font() -> bytes:
    """One bit in the middle of an embedded font."""
    document = sealed_document()
    at = document.index(b"/CIDFontType0C") + 600
    return document[:at] + bytes((document[at] ^ 1,)) + document[at + 1 :]


@attack(_GROUP, step="nothing-active.active")
def script_put_in_place() -> bytes:
    """An unused entry of the catalog becomes a script, without a change of length."""
    document = sealed_document()
    old = Anatomy.of(document)
    body = old.objects[old.catalog]
    entry = re.search(rb"/MarkInfo << .*? >>", body)
    assert entry is not None
    script = b"/AA << /WC << /S /JavaScript /JS (x) >> >>"
    assert len(script) <= len(entry[0]) + 20
    old.objects[old.catalog] = body.replace(entry[0], script)
    return old.write()
