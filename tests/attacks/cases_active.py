"""Files with something active inside that were sealed all the same: the seal is genuine."""

import re

from tests.attacks.anatomy import Anatomy, stream
from tests.attacks.catalogue import attack, enter
from tests.attacks.resealing import resealed
from tests.support.seals import sealed_document

_GROUP = "active content under a genuine seal"
_STEP = "nothing-active.active"


def _with(entry: bytes, *, where: str = "catalog") -> bytes:
    old = Anatomy.of(sealed_document())
    number = getattr(old, where)
    old.objects[number] = b"<< " + entry + b" " + old.objects[number][2:]
    return resealed(old.write())


def _with_annotation(annotation: bytes) -> bytes:
    old = Anatomy.of(sealed_document())
    number = old.add(b"<< /Type /Annot /Rect [ 0 0 99 99 ] /F 4 " + annotation + b" >>")
    old.replace(old.page, b"/Annots [ ", b"/Annots [ %d 0 R " % number)
    return resealed(old.write())


for _name, _entry, _where in (
    ("script when opened", b"/OpenAction << /S /JavaScript /JS (x) >>", "catalog"),
    ("script in a name tree", b"/Kept << /JavaScript << /Names [ (a) << >> ] >> >>", "catalog"),
    ("script with an escaped name", b"/OpenAction << /S /J#61vaScript /#4aS (x) >>", "catalog"),
    ("script when printed", b"/AA << /WP << /S /JavaScript /JS (x) >> >>", "catalog"),
    ("script of a page", b"/AA << /O << /S /JavaScript /JS (x) >> >>", "page"),
    ("script of the seal", b"/AA << /U << /S /JavaScript /JS (x) >> >>", "widget"),
    ("program", b"/OpenAction << /S /Launch /F (calc.exe) >>", "catalog"),
    ("remote document", b"/OpenAction << /S /GoToR /F (//host/x) /D [ 0 /Fit ] >>", "catalog"),
    ("embedded document", b"/OpenAction << /S /GoToE /T << /R /C >> >>", "catalog"),
    ("submission", b"/OpenAction << /S /SubmitForm /F (x) >>", "catalog"),
    ("import of data", b"/OpenAction << /S /ImportData /F (x) >>", "catalog"),
    ("hiding of fields", b"/OpenAction << /S /Hide /T (Seal) /H true >>", "catalog"),
    ("switching of layers", b"/OpenAction << /S /SetOCGState /State [ ] >>", "catalog"),
    ("chain of actions", b"/OpenAction << /S /GoTo /D [ ] /Next << /S /Launch >> >>", "catalog"),
):
    enter(
        _GROUP,
        _name,
        how=f"The sealed file has {_entry.decode()}.",
        step=_STEP,
        make=lambda entry=_entry, where=_where: _with(entry, where=where),
    )

for _name, _entry in (
    ("link that is a script", b"/Subtype /Link /A << /S /URI /URI (javascript:alert) >>"),
    ("link with a broken scheme", b"/Subtype /Link /A << /S /URI /URI (Java\\tScript:alert) >>"),
    ("link in hexadecimal", b"/Subtype /Link /A << /S /URI /URI <6a6176617363726970743a61> >>"),
    ("link to a file", b"/Subtype /Link /A << /S /URI /URI (file:///x) >>"),
    ("link with data", b"/Subtype /Link /A << /S /URI /URI (data:text/html,x) >>"),
    ("link that runs a program", b"/Subtype /Link /A << /S /Launch /F (x) >>"),
    ("file on the page", b"/Subtype /FileAttachment /FS << /F (x.exe) >>"),
    ("film", b"/Subtype /Movie /Movie << /F (x) >>"),
    ("screen", b"/Subtype /Screen"),
    ("sound", b"/Subtype /Sound"),
    ("three dimensions", b"/Subtype /3D"),
    ("rich media", b"/Subtype /RichMedia"),
    ("deeply nested", b"/Subtype /Link /A " + b"<< /B " * 80 + b"0" + b" >>" * 80),
):
    enter(
        _GROUP,
        _name,
        how=f"The page has an annotation with {_entry.decode()[:60]}.",
        step=_STEP,
        make=lambda entry=_entry: _with_annotation(entry),
    )


@attack(_GROUP, step=_STEP)
def dynamic_form() -> bytes:
    """An XFA form, which shows what it computes instead of the page."""
    old = Anatomy.of(sealed_document())
    number = old.add(stream(b"<xdp/>"))
    old.replace(old.catalog, b"/AcroForm << ", b"/AcroForm << /XFA %d 0 R " % number)
    return resealed(old.write())


@attack(_GROUP, step=_STEP)
def action_object_that_the_link_refers_to() -> bytes:
    """The link's action stands in an object of its own, without the name of an action."""
    old = Anatomy.of(sealed_document())
    action = old.add(b"<< /S /URI /URI (javascript:alert) >>")
    number = old.add(b"<< /Type /Annot /Subtype /Link /Rect [ 0 0 9 9 ] /A %d 0 R >>" % action)
    old.replace(old.page, b"/Annots [ ", b"/Annots [ %d 0 R " % number)
    return resealed(old.write())


@attack(_GROUP, step="certification.not-ours")
def seal_that_permits_changes() -> bytes:
    """A genuine seal that permits form filling, which leaves room for later changes."""
    document = sealed_document().replace(b"/P 1 /V /1.2", b"/P 2 /V /1.2", 1)
    return resealed(document)


@attack(_GROUP, step="certification.not-in-catalog")
def certification_the_catalog_does_not_know() -> bytes:
    """A certification that /Perms does not name: readers would permit changes."""
    return resealed(re.sub(rb"/Perms <<", b"/Permz <<", sealed_document()))


@attack(_GROUP, step="file-structure.damaged")
def page_tree_loop() -> bytes:
    """The page tree contains itself."""
    old = Anatomy.of(sealed_document())
    number = old.number_of(b"/Type /Pages")
    old.objects[number] = b"<< /Type /Pages /Count 1 /Kids [ %d 0 R ] >>" % number
    return resealed(old.write())


@attack(_GROUP, step="file-structure.irregular")
def field_tree_loop() -> bytes:
    """The field is its own child."""
    old = Anatomy.of(sealed_document())
    old.put(old.widget, b"/Kids", b"[ %d 0 R ]" % old.widget)
    return resealed(old.write())
