"""Which warnings of the PDF reader say nothing about what a document shows."""

import pikepdf

# What PDFBox, and so EU DSS, writes: cross-reference streams that do not list themselves.
_HARMLESS = "xref entry for the xref stream itself is missing"


def is_regular(pdf: pikepdf.Pdf) -> bool:
    """Whether the reader found nothing that another reader could understand in another way.

    To be asked when everything of interest has been read: warnings come with reading.
    """
    return all(_HARMLESS in warning for warning in pdf.get_warnings())
