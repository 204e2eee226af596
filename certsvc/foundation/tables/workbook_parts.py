"""Refuses workbooks whose XML parts have a document type, and so entities.

No spreadsheet program writes one. It could only be there to unfold, or to fetch something from
elsewhere, in whichever reader opens the workbook next.
"""

import zipfile
from xml.parsers import expat

_XML_NAMES = (".xml", ".rels", ".vml")
_PIECE_BYTES = 64 * 1024
_BEFORE_MARKUP = b"\0\xff\xfe\xef\xbb\xbf \t\r\n"
"""Marks of an encoding, zeros of a wide one, white space: what more tolerant readers pass over."""


class WorkbookPartError(ValueError):
    """A part of a workbook is not what it has to be; internal."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why: `document-type` or `workbook`."""


class _RootReachedError(Exception):
    """The first element begins: nothing after it can be a document type."""


def require_plain_parts(archive: zipfile.ZipFile) -> None:
    """Accept an archive of which no XML part has a document type, whatever the part is called.

    Raises:
        WorkbookPartError: one has; or is called XML, or begins like it, and is none.
    """
    for entry in archive.infolist():
        if entry.is_dir() or _is_xml(archive, entry):
            continue
        is_called_xml = entry.filename.lower().endswith(_XML_NAMES)
        if is_called_xml or _begins_like_markup(archive, entry):
            raise WorkbookPartError("workbook")


def _is_xml(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = _stop
    try:
        with archive.open(entry) as part:
            while piece := part.read(_PIECE_BYTES):
                parser.Parse(piece, False)  # noqa: FBT003  expat takes no keywords
    except _RootReachedError:
        return True
    except WorkbookPartError:
        raise
    except (expat.ExpatError, LookupError, ValueError):
        pass  # malformed, or in an encoding that this parser does not know
    return False


def _begins_like_markup(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as part:
        return part.read(_PIECE_BYTES).lstrip(_BEFORE_MARKUP).startswith(b"<")


def _refuse(*_: object) -> None:
    raise WorkbookPartError("document-type")


def _stop(*_: object) -> None:
    raise _RootReachedError
