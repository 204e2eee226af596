"""Which files get an archive timestamp, and what it leaves as it was."""

from collections.abc import Callable
from io import BytesIO

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from signing.errors import ArchiveInputError
from signing.levels import Level
from signing.long_term.archive_timestamps import add_archive_timestamp
from signing.pdf.file_layout import read_layout
from signing.report import Verdict
from signing.revocation.validation_material import ValidationMaterial
from tests.support.revocation_proofs import make_list
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import (
    demonstration_pki,
    sealed_document,
    timestamp_authority,
    validate,
)


def _add(document: bytes, material: ValidationMaterial | None = None) -> bytes:
    extended, token = add_archive_timestamp(
        document, timestamp_authority=timestamp_authority(), material=material
    )
    assert token.hex().encode() in extended
    return extended


@pytest.mark.parametrize("level", Level)
def test_nothing_before_the_end_is_touched(level: Level) -> None:
    document = sealed_document(level=level)
    extended = _add(document)
    assert extended.startswith(document)
    assert validate(extended).verdict is Verdict.TOTAL_PASSED
    layout = read_layout(extended)
    assert layout is not None
    written = {number for number, _, _ in layout.revisions[-1].objects}
    before = {number for one in layout.revisions[:-1] for number, _, _ in one.objects}
    with pikepdf.open(BytesIO(document)) as pdf:
        assert written & before == {pdf.Root.objgen[0]}


def test_a_file_without_a_line_end_at_its_end() -> None:
    document = sealed_document()
    assert document.endswith(b"%%EOF\n")
    extended = _add(document[:-1])
    assert extended.startswith(document)  # else the first object stands in a comment
    assert read_layout(extended) is not None
    with pikepdf.open(BytesIO(extended), attempt_recovery=False) as pdf:
        assert len(pdf.Root.AcroForm.Fields) == 2
        assert pdf.get_warnings() == []


def test_the_store_keeps_what_it_has_and_takes_nothing_twice() -> None:
    document = sealed_document(level=Level.B_LT)
    authority = issue(Wish(name="签发机构", ca=True))
    proof = make_list(authority.certificate, authority.private_key)
    certificate = demonstration_pki().seals["p256"].chain[0]
    known = certificate.public_bytes(Encoding.DER)
    material = ValidationMaterial(certificates=(known,), proofs=(proof,))
    extended = _add(_add(document, material), material)
    with pikepdf.open(BytesIO(document)) as old, pikepdf.open(BytesIO(extended)) as new:
        assert len(new.Root.DSS.CRLs) == len(old.Root.DSS.CRLs) + 1
        assert len(new.Root.DSS.Certs) == len(old.Root.DSS.Certs)


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"",
        lambda: b"%PDF-1.7\n",
        lambda: sealed_document() + b"% more\n",
        lambda: sealed_document()[:-200],
    ],
    ids=["nothing", "head", "more", "less"],
)
def test_what_is_no_document_of_ours(make: Callable[[], bytes]) -> None:
    with pytest.raises(ArchiveInputError) as caught:
        _add(make())
    assert caught.value.params == {"reason": "foreign-layout"}


def _unsealed(body: bytes) -> bytes:
    """A plain file with this catalog."""
    head = b"%PDF-1.7\n"
    objects = [
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + body + b" >>\nendobj\n",
        b"2 0 obj\n<< /Type /Pages /Kids [ ] /Count 0 >>\nendobj\n",
    ]
    first, second = len(head), len(head) + len(objects[0])
    at = second + len(objects[1])
    return b"".join(
        (
            head,
            *objects,
            b"xref\n0 3\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \n" % (first, second),
            b"trailer << /Root 1 0 R /Size 3 /ID [<00><00>] >>\nstartxref\n%d\n%%%%EOF\n" % at,
        )
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"/AcroForm 7",
        b"/AcroForm << >>",
        b"/AcroForm << /Fields 2 0 R >>",
        b"/AcroForm << /Fields [ ] >>",
        b"/AcroForm << /Fields 7 >>",
        b"/AcroForm << /Fields [ ] >> /DSS 7",
        b"/AcroForm << /Fields [ << /FT /Sig /V << /Type /DocTimeStamp >> >> ] >>",
        b"/AcroForm << /Fields [ << /FT /Sig /V << /Type /Sig >> >> ] >> /DSS 7",
        b"/AcroForm << /Fields [ << /FT /Sig /V << /Type /Sig >> >> ] >> /DSS << /Certs 7 >>",
        b"/AcroForm << /Fields [ << /FT /Sig /V << /Type /Sig >> >> ] >>",
        b"/AcroForm << /Fields [ ] >> /Bad <",
    ],
)
def test_a_plain_file_that_bears_no_seal_of_ours(body: bytes) -> None:
    document = _unsealed(body)
    assert read_layout(document) is not None
    if body.endswith(b"/Type /Sig >> >> ] >>"):
        extended = _add(document)  # a seal of sorts: what is wrong with it, validation says
        assert validate(extended).verdict is not Verdict.TOTAL_PASSED
    else:
        with pytest.raises(ArchiveInputError):
            _add(document)
