"""Attached files are read, and none may unpack without end."""

import zlib
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from signing.pdf.attachments import read_attachment

_LIMIT = 4 << 20


def _with(content: bytes, filters: object = None, **entries: object) -> bytes:
    out = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        stream = pdf.make_stream(content, Dictionary(Type=Name.EmbeddedFile, **entries))
        if filters is not None:
            stream.Filter = filters
        spec = Dictionary(
            Type=Name.Filespec, F="twin.json", UF="twin.json", EF=Dictionary(F=stream)
        )
        tree = Dictionary(Names=Array([pikepdf.String("twin.json"), pdf.make_indirect(spec)]))
        pdf.Root.Names = Dictionary(EmbeddedFiles=tree)
        pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


@pytest.mark.parametrize("filters", [Name.FlateDecode, Array([Name.FlateDecode])])
def test_a_packed_attachment(filters: object) -> None:
    assert read_attachment(_with(zlib.compress(b"{}"), filters), "twin.json") == b"{}"


def test_an_attachment_as_it_is() -> None:
    assert read_attachment(_with(b"{}"), "twin.json") == b"{}"
    assert read_attachment(_with(b"{}"), "other.json") is None
    assert read_attachment(b"no file", "twin.json") is None


def test_one_that_is_too_large_is_none() -> None:
    assert read_attachment(_with(bytes(_LIMIT)), "twin.json") == bytes(_LIMIT)
    assert read_attachment(_with(bytes(_LIMIT + 1)), "twin.json") is None
    bomb = zlib.compress(bytes(64 << 20))
    assert read_attachment(_with(bomb, Name.FlateDecode), "twin.json") is None


@pytest.mark.parametrize(
    "filters", [Array([Name.FlateDecode, Name.FlateDecode]), Name.LZWDecode, Name.ASCIIHexDecode]
)
def test_one_packed_otherwise_is_none(filters: object) -> None:
    packed = zlib.compress(zlib.compress(bytes(64 << 20)))
    assert read_attachment(_with(packed, filters), "twin.json") is None


def test_one_that_is_damaged_is_none() -> None:
    assert read_attachment(_with(b"not packed", Name.FlateDecode), "twin.json") is None
    assert read_attachment(_with(zlib.compress(b"{}")[:-3], Name.FlateDecode), "twin.json") is None
