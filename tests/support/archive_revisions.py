"""Revisions as an archive makes them, with something else in them."""

import hashlib
import re
from collections.abc import Callable, Mapping
from io import BytesIO

import pikepdf
from pikepdf import Dictionary

from signing.pdf.archive_writer import signature_containers
from signing.pdf.plain_writer import Body
from signing.pdf.revision_writer import append_revision
from signing.pdf.security_store import lay_in_store, prepare_store
from signing.pdf.signature_hole import SignatureHole, timestamp_body
from signing.report import ValidationReport, Verdict
from signing.revocation.validation_material import NO_MATERIAL
from tests.support.seals import (
    timestamp_authority,
)

_SIZE = 4096


def archive_revision(
    document: bytes,
    change: Callable[[pikepdf.Pdf], Mapping[int, Body] | None] = lambda _: None,
    *,
    field: bytes = b"",
    value: bytes = b"",
    edit: Callable[[bytes], bytes] = lambda extended: extended,
) -> bytes:
    """A revision as we archive, byte for byte, but for what the change does to catalog and objects.

    Args:
        document: A sealed document.
        change: Changes the opened document's catalog; further objects to write.
        field: One more entry of the timestamp's field, or another one in place of its own.
        value: The same for the timestamp itself.
        edit: Changes the written file before it is timestamped, behind its objects.
    """
    with pikepdf.open(BytesIO(document)) as pdf:
        changed = _with_store(pdf)
        place, stamp = (pdf.make_indirect(Dictionary()) for _ in range(2))
        name = b"(ArchiveTimestamp%d)" % len(pdf.Root.AcroForm.Fields)
        pdf.Root.AcroForm.Fields.append(place)
        more = change(pdf) or {}
        body = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T %b /F 132 " % name
        body += b"/Rect [ 0 0 0 0 ] /V %b >>" % stamp.unparse()
        changed |= {
            place.objgen[0]: (_with_entry(body, field), None),
            stamp.objgen[0]: (_with_entry(timestamp_body(cms_size=_SIZE), value), None),
            pdf.Root.objgen[0]: (pdf.Root.unparse(resolved=True), None),
        }
        extended = append_revision(document, pdf, changed | dict(more))
    return _filled(edit(extended))


def _with_store(pdf: pikepdf.Pdf) -> dict[int, Body]:
    """The security store as it is, naming the seals."""
    seals = signature_containers(pdf, with_timestamps=False)
    names = [hashlib.sha1(seal, usedforsecurity=False).hexdigest().upper() for seal in seals]
    kept = pdf.Root.get("/DSS")
    kept = kept if isinstance(kept, Dictionary) else None
    return lay_in_store(pdf, prepare_store(NO_MATERIAL), kept=kept, served=names)


def _with_entry(body: bytes, entry: bytes) -> bytes:
    if not entry:
        return body
    key = entry.split(b" ")[0]
    own = re.compile(re.escape(key) + rb" (?:/[\w.]+|\[[^]]*\]|\([^)]*\)|\d+ 0 R)")
    changed, count = own.subn(lambda _: entry, body)
    return changed if count else body[:-2] + entry + b" >>"


def _filled(extended: bytes) -> bytes:
    hole = SignatureHole(extended, cms_size=_SIZE)
    return hole.fill(timestamp_authority().timestamp(hole.digest("sha256")))


def assert_refused(report: ValidationReport) -> None:
    """The report says no, and why."""
    assert report.verdict is not Verdict.TOTAL_PASSED
    assert report.sub_indication is not None
    assert {check.code.rsplit(".", 1)[1] for check in report.checks} != {"unreadable"}
