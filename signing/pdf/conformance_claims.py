"""Which conformance a document claims (PDF/A, PDF/UA), as its metadata say.

* ISO 19005-1 6.7.11, -2 and -3 6.6.4, -4 6.7.3: ``pdfaid:part`` and ``pdfaid:conformance``.
* ISO 14289-1 5, -2 5: ``pdfuaid:part``.
* Whether the claim is true is not looked at: who claims nothing has nothing to lose.
"""

from typing import Any

import pikepdf
from lxml import etree
from pikepdf import Array, Dictionary, Name, Stream

from signing.pdf.stream_data import unpack, unpack_head

_METADATA_LIMIT = 4 << 20
_PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
_PDFUA = "{http://www.aiim.org/pdfua/ns/id/}"
_PROFILE_HEAD = 20
_PROFILE_SPACE = slice(16, 20)  # ICC.1 7.2: the colour space of the data
_LENGTH_LIMIT = 8


def read_claims(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    """What it claims to be, such as ``PDF/A-2u`` and ``PDF/UA-1``."""
    root = _metadata(pdf)
    if root is None:
        return ()
    claims = []
    part, level = _value(root, f"{_PDFA}part"), _value(root, f"{_PDFA}conformance")
    if part:
        claims.append(f"PDF/A-{part}{level.lower()}")
    part = _value(root, f"{_PDFUA}part")
    if part:
        claims.append(f"PDF/UA-{part}")
    return tuple(claims)


def has_rgb_profile(pdf: pikepdf.Pdf) -> bool:
    """Whether an output intent of the document says what its device RGB is (ISO 19005-2 6.2.3)."""
    intents = pdf.Root.get("/OutputIntents")
    return isinstance(intents, Array) and any(map(_is_rgb, intents))


def _is_rgb(intent: object) -> bool:
    if not isinstance(intent, Dictionary) or intent.get("/S") != Name.GTS_PDFA1:
        return False
    profile = intent.get("/DestOutputProfile")
    head = unpack_head(profile, _PROFILE_HEAD) if isinstance(profile, Stream) else None
    return head is not None and head[_PROFILE_SPACE] == b"RGB "


def _metadata(pdf: pikepdf.Pdf) -> Any:  # noqa: ANN401  # lxml is untyped
    stream = pdf.Root.get("/Metadata")
    content = unpack(stream, _METADATA_LIMIT) if isinstance(stream, Stream) else None
    if content is None:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        return etree.fromstring(content.strip(b"\x00\t\n\r "), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _value(root: Any, name: str) -> str:  # noqa: ANN401  # lxml is untyped
    """A simple property: an element's text, or an attribute of a description (XMP 7.4, 7.9.2.2)."""
    for element in root.iter():
        found = element.text if element.tag == name else element.attrib.get(name)
        if found and found.strip().isalnum() and len(found.strip()) <= _LENGTH_LIMIT:
            return str(found).strip()
    return ""
