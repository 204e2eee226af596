"""Recognising files that are no readable PDF, by their first and last bytes.

This only chooses the text of the answer; the file itself was not checked.
"""

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_PHOTO_BRANDS = (b"heic", b"heix", b"mif1", b"avif")
_ZIP, _OFFICE = b"PK", b"\xd0\xcf\x11\xe0"
_END_WITHIN = 2048


def kind_of(content: bytes) -> str:
    """Return what a file looks like: the end of a code `answer.unreadable.…`."""
    if not content:
        return "empty"
    if content.startswith(b"%PDF-"):
        return _kind_of_pdf(content)
    if content.startswith((_ZIP, _OFFICE)):
        return "ofd" if b"OFD.xml" in content[:4096] else "archive"
    return "picture" if _is_picture(content) else "other"


def _kind_of_pdf(content: bytes) -> str:
    if b"%%EOF" not in content[-_END_WITHIN:]:
        return "cut-off"
    return "encrypted" if b"/Encrypt" in content else "damaged"


def _is_picture(content: bytes) -> bool:
    is_webp = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    is_photo = content[4:8] == b"ftyp" and content[8:12] in _PHOTO_BRANDS
    return content.startswith(_PICTURES) or is_webp or is_photo
