"""Account for every byte that follows a signed revision.

* What was added are whole revisions: objects, one cross-reference section, its end mark.
* Each object begins where its section says, and the next thing begins where it ends; so nothing
  lies between them for a reader that repairs files, or that starts from another end mark.
* No entry points back into the signed bytes, where an object could wait to be swapped in.
"""

import re
from itertools import pairwise

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import XRefSectionType

_OBJECT = re.compile(rb"\d{1,10}\s+\d{1,5}\s+obj\b")
_SPACE = b"\x00\t\n\x0c\r "
_END = rb"startxref\s+(\d{1,10})\s+%%EOF\s*"
_TABLE = re.compile(rb"xref\s+[0-9nf\s]+trailer\s*<<(.*)>>\s*" + _END, re.DOTALL)
_STREAM = re.compile(rb"\d{1,10}\s+\d{1,5}\s+obj\b.*endstream\s+endobj\s+" + _END, re.DOTALL)


class UnaccountedBytesError(Exception):
    """Something was added that is no revision; internal to the validator."""


def check_appended_revisions(
    document: bytes, reader: PdfFileReader, *, revision: int, covered_end: int
) -> None:
    """All that follows is revisions, without gaps.

    Args:
        document: The file.
        reader: The same, read.
        revision: The signed revision, counted from 0.
        covered_end: Where its signed bytes end.

    Raises:
        UnaccountedBytesError: Something else follows, or an entry points back.
    """
    sections, objects = set(), set()
    for later in range(revision + 1, reader.xrefs.total_revisions):
        meta = reader.xrefs.get_xref_container_info(later)
        if meta.xref_section_type not in (XRefSectionType.STANDARD, XRefSectionType.STREAM):
            raise UnaccountedBytesError  # hybrid: readers take one half or the other
        sections.add(meta.declared_startxref)
        entries = reader.xrefs.get_xref_data(later).standard_xrefs
        objects |= {offset for _, offset in entries.values()}
    starts = [*sorted(sections | objects), len(document)]
    if starts[0] < covered_end or document[covered_end : starts[0]].strip(_SPACE):
        raise UnaccountedBytesError
    for start, end in pairwise(starts):
        if start in sections:
            _check_section(document[start:end], start)
        else:
            _check_object(document[start:end])


def _check_section(written: bytes, start: int) -> None:
    found = _TABLE.fullmatch(written) or _STREAM.fullmatch(written)
    if (
        found is None
        or written.count(b"startxref") != 1
        or int(found[found.lastindex or 1]) != start
    ):
        raise UnaccountedBytesError
    if written.startswith(b"xref") and b"endobj" in written:
        raise UnaccountedBytesError


def _check_object(written: bytes) -> None:
    closed = written.rstrip(_SPACE)
    if _OBJECT.match(written) is None or not closed.endswith(b"endobj"):
        raise UnaccountedBytesError
    stream = written.find(b"stream")
    head = written if stream < 0 else written[:stream]
    if head.count(b"endobj") != (1 if stream < 0 else 0):
        raise UnaccountedBytesError
