"""No part of a workbook may have a document type, wherever it lies and however it is written."""

import io
import zipfile

import pytest
import xlsxwriter

from certsvc.certificates.batches.errors import BatchFileUnreadableError
from certsvc.certificates.batches.tables import read_table
from certsvc.evidence.sources.workbooks import WorkbookUnreadableError, read_workbook
from certsvc.foundation.tables.workbook_parts import WorkbookPartError, require_plain_parts

OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'


def good() -> dict[str, bytes]:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write_row(0, 0, ["证件号码", "姓名"])
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def with_type(content: bytes) -> bytes:
    head, end, rest = content.partition(b"?>")
    return head + end + OUTSIDE.encode() + rest


def judge(parts: dict[str, bytes]) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(packed(parts))) as archive:
            require_plain_parts(archive)
    except WorkbookPartError as error:
        return error.reason
    return "fine"


def test_a_document_type_is_found_in_every_part() -> None:
    parts = good()
    assert judge(parts) == "fine"
    assert len(parts) > 8
    for name, content in parts.items():
        assert judge(parts | {name: with_type(content)}) == "document-type", name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_in_every_encoding(encoding: str) -> None:
    mark = b"\xfe\xff" if encoding.endswith("be") else b""
    content = mark + f"{OUTSIDE}<x>&e;</x>".encode(encoding)
    assert judge(good() | {"xl/any.bin": content}) == "document-type"


def test_behind_a_long_comment_and_without_an_entity() -> None:
    content = b"<!--" + b" " * 300_000 + b"--><!DOCTYPE x><x/>"
    assert judge(good() | {"docProps/custom.xml": content}) == "document-type"


def test_what_is_called_xml_and_is_none() -> None:
    assert judge(good() | {"xl/theme/theme1.xml": b"PK"}) == "workbook"
    assert judge(good() | {"xl/media/image1.png": b"\x89PNG\r\n"}) == "fine"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (f" <?xml version='1.0'?>{OUTSIDE}<x/>", "utf-8"),
        ("<!doctype x><x/>", "utf-8"),
        (f"<?xml version='1.0' encoding='GB18030'?>{OUTSIDE}<x/>", "gb18030"),
        (f"<?xml version='1.0' encoding='x-unheard-of'?>{OUTSIDE}<x/>", "ascii"),
        (f"{OUTSIDE}<x/>", "utf-32"),
    ],
)
def test_what_a_more_tolerant_reader_may_take_for_xml(content: str, encoding: str) -> None:
    """Whatever it is called: the parser that looks for document types must have read it."""
    assert judge(good() | {"xl/any.bin": content.encode(encoding)}) == "workbook"


def test_both_readers_ask() -> None:
    parts = good()
    bad = packed(parts | {"xl/sharedStrings.xml": with_type(parts["xl/sharedStrings.xml"])})
    with pytest.raises(BatchFileUnreadableError) as told:
        read_table(bad)
    assert told.value.params == {"reason": "document-type"}
    with pytest.raises(WorkbookUnreadableError):
        read_workbook(bad, None)
    assert read_workbook(packed(parts), None) == [["证件号码", "姓名"]]
