"""Which conformance a document claims (PDF/A, PDF/UA), as its metadata say.

* ISO 19005-1 6.7.11, -2 and -3 6.6.4, -4 6.7.3: ``pdfaid:part`` and ``pdfaid:conformance``.
* ISO 14289-1 5, -2 5: ``pdfuaid:part``.
* Whether the claim is true is not looked at: who claims nothing has nothing to lose.
"""

import pikepdf
from lxml import etree
from pikepdf import Array, Dictionary, Name, Stream

from signing.pdf.stream_data import unpack, unpack_head

_METADATA_LIMIT = 4 << 20
_PART = "{http://www.aiim.org/pdfa/ns/id/}part"
_LEVEL = "{http://www.aiim.org/pdfa/ns/id/}conformance"
_UA_PART = "{http://www.aiim.org/pdfua/ns/id/}part"
_NAMES = (_PART, _LEVEL, _UA_PART)
_PROFILE_HEAD = 20
_PROFILE_SPACE = slice(16, 20)  # ICC.1 7.2: the colour space of the data
_LENGTH_LIMIT = 8


def read_claims(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    """What it claims to be, such as ``PDF/A-2u`` and ``PDF/UA-1``."""
    found = _properties(pdf)
    claims = []
    if _PART in found:
        claims.append(f"PDF/A-{found[_PART]}{found.get(_LEVEL, '').lower()}")
    if _UA_PART in found:
        claims.append(f"PDF/UA-{found[_UA_PART]}")
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


def _properties(pdf: pikepdf.Pdf) -> dict[str, str]:
    """The claims among the metadata: elements, or attributes of one (XMP 7.5, 7.9.2.2)."""
    stream = pdf.Root.get("/Metadata")
    content = unpack(stream, _METADATA_LIMIT) if isinstance(stream, Stream) else None
    if content is None:
        return {}
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content.strip(b"\x00\t\n\r "), parser)
    except (etree.XMLSyntaxError, ValueError):
        return {}
    found: dict[str, str] = {}
    for element in root.iter():
        for name, value in ((element.tag, element.text), *element.items()):
            if name in _NAMES and value and value.strip().isalnum():
                found.setdefault(name, value.strip()[:_LENGTH_LIMIT])
    return found
