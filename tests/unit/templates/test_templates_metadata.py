"""GB/T 36903 elements in the XMP packet."""

import pytest

from templates.errors import FieldsInvalidError, RenderingFailedError
from templates.metadata import RDF_END, SCHEMAS_END, with_elements

PACKET = f"<x>{SCHEMAS_END}<y/>{RDF_END}</x>"


def test_values_are_escaped_and_described() -> None:
    packet = with_elements(PACKET, {"certificateCopyCause": "<b>&入学</b>"})
    assert "&lt;b&gt;&amp;入学&lt;/b&gt;</gbt36903:certificateCopyCause>" in packet
    assert "<pdfaProperty:name>certificateCopyCause</pdfaProperty:name>" in packet


def test_no_elements_change_nothing() -> None:
    assert with_elements(PACKET, {}) == PACKET


@pytest.mark.parametrize("name", ["", "1st", "a b", "a><b", "名称", "a:b"])
def test_a_name_that_is_no_plain_word_is_refused(name: str) -> None:
    with pytest.raises(FieldsInvalidError, match="metadata"):
        with_elements(PACKET, {name: "x"})


def test_a_packet_of_another_shape_is_refused() -> None:
    with pytest.raises(RenderingFailedError, match="xmp-shape"):
        with_elements("<x/>", {"certificateName": "x"})
