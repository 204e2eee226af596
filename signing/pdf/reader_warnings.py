"""Errors and warnings of the PDF reader."""

from collections.abc import Iterable

import pikepdf

READER_ERRORS = (
    pikepdf.PdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RuntimeError,
    OverflowError,
)
"""What reading a hostile or damaged file raises."""

# What PDFBox, and so EU DSS, writes: cross-reference streams that do not list themselves.
_HARMLESS = "xref entry for the xref stream itself is missing"


def is_regular(pdf: pikepdf.Pdf) -> bool:
    """Whether the reader found nothing that another reader could understand in another way.

    To be asked once, when everything of interest has been read: warnings come with reading, and
    the reader forgets them when it has told them.
    """
    return are_harmless(pdf.get_warnings())


def are_harmless(warnings: Iterable[object]) -> bool:
    """The same, of warnings that the reader told."""
    return all(_HARMLESS in str(warning) for warning in warnings)


def ran_out_of_memory(words: str) -> bool:
    """Whether a message of the reader is about the memory it may use, not about the file."""
    return "bad_alloc" in words
