"""Tell a linearised file that was never updated from one with earlier revisions (ISO 32000-2 F).

A linearised file has two cross-reference sections without having two revisions: the first one names
the other as the one before it.
"""

import re

import pikepdf

_HEAD = 1024  # F.3.3: the parameters are within it
_PARAMETERS = re.compile(rb"\d+\s+\d+\s+obj\s*<<([^<>]*/Linearized\b[^<>]*)>>")
_LENGTH = re.compile(rb"/L\s+(\d{1,15})\b")
_STREAM_HEAD = re.compile(rb"\d+\s+\d+\s+obj\s*<<")
_FURTHER = re.compile(rb"/(?:Prev|XRefStm)\b|#")


def is_linearised_once(document: bytes, pdf: pikepdf.Pdf) -> bool:
    """Whether a file whose trailer names an earlier section is of one revision all the same.

    1. Its parameters say how long it is, and it is: whatever is appended makes that untrue (F.3.3);
    2. the section that the last one names has none before it.

    Args:
        document: The file.
        pdf: The same, opened.
    """
    parameters = _PARAMETERS.search(document, 0, _HEAD)
    length = _LENGTH.search(parameters[1]) if parameters else None
    if length is None or int(length[1]) != len(document):
        return False
    section = _section(document, int(pdf.trailer.get("/Prev", -1)))
    return section is not None and _FURTHER.search(section) is None


def _section(document: bytes, at: int) -> bytes | None:
    """The words of a cross-reference section: its trailer, or the dictionary of its stream."""
    if not 0 < at < len(document):
        return None
    if document.startswith(b"xref", at):
        start, end = document.find(b"trailer", at), document.find(b"startxref", at)
    else:
        start, end = at, document.find(b"stream", at)
        if _STREAM_HEAD.match(document, at) is None:
            return None
    return document[start:end] if 0 <= start < end else None
