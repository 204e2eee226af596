"""Files attached to a document, such as the machine-readable twin of a certificate."""

from io import BytesIO

import pikepdf


def read_attachment(document: bytes, name: str) -> bytes | None:
    """Return the content of an attached file, or None if there is none of this name.

    The caller must have validated the document first: what is attached is only as good as the
    seal over it.
    """
    try:
        with pikepdf.open(BytesIO(document)) as pdf:
            attached = pdf.attachments.get(name)
            return attached.get_file().read_bytes() if attached is not None else None
    except (pikepdf.PdfError, ValueError, KeyError, TypeError):
        return None
