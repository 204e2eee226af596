"""What is in the store must be known for ours by every later version of this code.

A revision is ours if the archiver would write these very bytes, so the spelling of a catalog by
the PDF library counts too. ``archived.pdf`` was sealed at B-LT and archived twice with pikepdf
10.17 and qpdf 12.4; its catalog holds one of each kind of value. Should an update fail here, keep
the old spelling for what is stored, and never write the file anew: it stands for files that exist.
"""

from pathlib import Path

from signing.pdf.file_layout import read_layout
from signing.reading.archive_revisions import find_whole_ends

_STORED = Path(__file__).parents[2] / "support" / "archived.pdf"


def test_a_stored_archive_is_still_known_for_ours() -> None:
    document = _STORED.read_bytes()
    layout = read_layout(document)
    assert layout is not None
    ends = [revision.end for revision in layout.revisions]
    assert len(ends) == 3
    assert sorted(find_whole_ends(document, layout)) == ends
    assert b"/Spelt [ 1.50 -0.002 17 4 2147483648 true null <00ff10> " in document
