"""Sealed files before judges that share no code with the seal engine."""

import asyncio
import hashlib
import re
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tests.judges import (
    complaints_of_mutool,
    complaints_of_qpdf,
    judge_cms,
    judge_signatures,
    judge_timestamp,
)
from tests.judges.cms import cut_out_signature
from tests.judges.verapdf import require_conformance
from tests.support.seals import (
    ALGORITHMS,
    NOW,
    demonstration_pki,
    sample_document,
    seal,
    seal_spec,
    sealed_document,
)
from tests.support.tools import require_tool


def _root_pem() -> bytes:
    return demonstration_pki().root.public_bytes(Encoding.PEM)


@pytest.fixture(params=sorted(ALGORITHMS))
def sealed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{request.param}.pdf"
    path.write_bytes(sealed_document(request.param))
    return path


@pytest.fixture(params=sorted(set(ALGORITHMS) - {"ed25519"}))
def sealed_as_all_know(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """By an algorithm that Poppler 22.12 and the CMS of OpenSSL 3.0 know."""
    path = tmp_path / f"{request.param}.pdf"
    path.write_bytes(sealed_document(request.param))
    return path


def test_pdfsig_finds_it_valid_trusted_and_whole(sealed_as_all_know: Path) -> None:
    sealed = sealed_as_all_know
    (verdict,) = judge_signatures(sealed, root_pem=_root_pem())
    assert (verdict.valid, verdict.trusted, verdict.total_document) == (True, True, True)
    assert verdict.subfilter == "ETSI.CAdES.detached"
    assert verdict.signer == "示范区电子证明核实信息专用章（演示）"


def test_openssl_verifies_the_container(sealed_as_all_know: Path) -> None:
    judge_cms(sealed_as_all_know, root_pem=_root_pem())


def test_openssl_verifies_the_timestamp(sealed: Path) -> None:
    judge_timestamp(sealed, root_pem=_root_pem())


def test_openssl_verifies_the_value_of_an_ed25519_signature(tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed_document("ed25519"))
    parts = cut_out_signature(path.read_bytes())
    signer = cms.ContentInfo.load(parts.cms)["content"]["signer_infos"][0]
    values = {item["type"].native: item["values"][0].native for item in signer["signed_attrs"]}
    assert values["message_digest"] == hashlib.sha512(parts.content).digest()  # RFC 8419 3.1
    certificate = demonstration_pki().seals["ed25519"].chain[0]
    public = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(public)
    (tmp_path / "signed").write_bytes(b"\x31" + signer["signed_attrs"].dump()[1:])
    (tmp_path / "value").write_bytes(signer["signature"].native)
    finished = subprocess.run(  # noqa: S603  # a list, no shell
        [
            *(require_tool("openssl"), "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem"),
            *("-rawin", "-in", "signed", "-sigfile", "value"),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert b"Signature Verified Successfully" in finished.stdout, finished.stderr


def test_qpdf_and_mutool_have_no_complaint(sealed: Path) -> None:
    assert complaints_of_qpdf(sealed) == []
    assert complaints_of_mutool(sealed) == []


def test_pyhanko_validates_it(sealed: Path) -> None:
    root = asn1_x509.Certificate.load(demonstration_pki().root.public_bytes(Encoding.DER))
    reader = PdfFileReader(BytesIO(sealed.read_bytes()))
    context = ValidationContext(
        trust_roots=[root], moment=NOW, best_signature_time=NOW, allow_fetching=False
    )
    (signature,) = reader.embedded_signatures
    status = asyncio.run(
        async_validate_pdf_signature(
            signature, signer_validation_context=context, ts_validation_context=context
        )
    )
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.docmdp_ok
    assert status.timestamp_validity.trusted


def test_archive_and_accessibility_standards_still_hold(tmp_path: Path) -> None:
    paths = []
    for pages, index in ((1, 0), (3, 0), (3, 2)):
        path = tmp_path / f"{pages}-{index}.pdf"
        path.write_bytes(seal(sample_document(pages), spec=seal_spec(page_index=index)))
        paths.append(path)
    require_conformance(paths)


def _red_box_mm(path: Path, folder: Path, page: int, dpi: int = 300) -> tuple[float, ...]:
    subprocess.run(  # noqa: S603  # a list, no shell
        [
            *(require_tool("pdftoppm"), "-r", str(dpi), "-png", "-singlefile"),
            *("-f", str(page), path, folder / "page"),
        ],
        check=True,
    )
    with Image.open(folder / "page.png") as image:
        red, green, _ = image.convert("RGB").split()
        reddish = Image.merge("RGB", (red, green, green)).convert("HSV").split()[1]
        box = reddish.point(lambda value: 255 if value > 128 else 0).getbbox()
    assert box is not None
    return tuple(value / dpi * 25.4 for value in box)


@pytest.mark.parametrize(("page", "x_mm", "y_mm"), [(0, 150, 120), (1, 40.5, 250)])
def test_the_seal_is_where_and_as_large_as_asked(
    tmp_path: Path, page: int, x_mm: float, y_mm: float
) -> None:
    path = tmp_path / "sealed.pdf"
    spec = seal_spec(page_index=page, x_mm=x_mm, y_mm=y_mm)
    path.write_bytes(seal(sample_document(2), spec=spec))
    box = _red_box_mm(path, tmp_path, page + 1)
    radius = 21
    expected = (x_mm - radius, y_mm - radius, x_mm + radius, y_mm + radius)
    assert box == pytest.approx(expected, abs=0.2)


def test_the_twin_is_still_attached(sealed: Path) -> None:
    finished = subprocess.run(  # noqa: S603  # a list, no shell
        [require_tool("qpdf"), "--show-attachment=twin.json", sealed],
        check=True,
        capture_output=True,
    )
    assert finished.stdout == b"{}"


def test_sealing_twice_differs_in_the_signature_alone() -> None:
    hole = re.compile(rb"/Contents <[0-9a-f]{1000,}>")
    first, second = (hole.split(seal(sample_document(), slug="p256")) for _ in range(2))
    assert first == second
    assert len(first) == 2
