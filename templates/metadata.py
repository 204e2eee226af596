"""The XMP packet: GB/T 36903 elements beside what the layout engine writes.

- The elements stand in their own namespace, described by a PDF/A extension schema
  (ISO 19005-3 §6.6.2.3), without which a PDF/A validator refuses them.
- Values are escaped; names are plain ASCII words.
"""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from templates.errors import FieldsInvalidError, RenderingFailedError

NAMESPACE = "urn:x-certsvc:gbt-36903:2018#"
"""The standard names elements but no XML namespace; this one is ours."""
PREFIX = "gbt36903"

NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
SCHEMAS_END = "</rdf:Bag></pdfaExtension:schemas>"
RDF_END = "</rdf:RDF>"


def with_elements(packet: str, elements: Mapping[str, str]) -> str:
    """Write the elements into an XMP packet made by the layout engine.

    Raises:
        FieldsInvalidError: an element's name is not a plain word.
        RenderingFailedError: the packet hasn't the shape the layout engine gives it.
    """
    for name in elements:
        if not NAME.fullmatch(name):
            raise FieldsInvalidError(field=f"metadata.{name}", reason="pattern")
    if not elements:
        return packet
    if packet.count(SCHEMAS_END) != 1 or packet.count(RDF_END) != 1:
        raise RenderingFailedError(pack="", reason="xmp-shape")
    described = packet.replace(SCHEMAS_END, _schema(elements) + SCHEMAS_END)
    return described.replace(RDF_END, _values(elements) + RDF_END)


def _values(elements: Mapping[str, str]) -> str:
    inner = "".join(
        f"<{PREFIX}:{name}>{escape(elements[name])}</{PREFIX}:{name}>" for name in sorted(elements)
    )
    return f'<rdf:Description rdf:about="" xmlns:{PREFIX}="{NAMESPACE}">{inner}</rdf:Description>'


def _schema(elements: Mapping[str, str]) -> str:
    properties = "".join(_property(name) for name in sorted(elements))
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>GB/T 36903-2018 certificate metadata</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI>"
        f"<pdfaSchema:prefix>{PREFIX}</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>"
        "</rdf:li>"
    )


def _property(name: str) -> str:
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>GB/T 36903-2018 {name}</pdfaProperty:description>"
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "</rdf:li>"
    )
