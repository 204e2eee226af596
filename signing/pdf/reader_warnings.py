"""What the PDF reader says of a file it cannot read, or reads with a complaint."""

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

    To be asked when everything of interest has been read: warnings come with reading.
    """
    return all(_HARMLESS in warning for warning in pdf.get_warnings())
