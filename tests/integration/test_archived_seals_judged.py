"""Seals of the long-term levels before judges that share no code with the seal engine."""

import asyncio
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import (
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)

from signing.levels import Level
from signing.long_term.archive_timestamps import add_archive_timestamp, restate_material
from signing.report import Verdict
from tests.judges import complaints_of_mutool, complaints_of_qpdf, judge_cms, judge_signatures
from tests.judges.cms import cut_out_signatures, judge_archive_timestamp
from tests.judges.dss import DssTimestamp, judge_levels
from tests.judges.verapdf import require_conformance
from tests.support.seals import (
    ALGORITHMS,
    NOW,
    demonstration_pki,
    sealed_document,
    timestamp_authority,
    validate,
)

_LONG_TERM = (Level.B_LT, Level.B_LTA)
_KNOWN_TO_ALL = sorted(set(ALGORITHMS) - {"ed25519"})  # Poppler 22.12 and OpenSSL 3.0's CMS


def _root_pem() -> bytes:
    return demonstration_pki().root.public_bytes(Encoding.PEM)


def _written(folder: Path, slug: str, level: Level) -> Path:
    path = folder / f"{slug}-{level.value}.pdf"
    path.write_bytes(sealed_document(slug, level))
    return path


def _renewed() -> bytes:
    """Archived twice more."""
    document = sealed_document(level=Level.B_LTA)
    for _ in range(2):
        document, _ = add_archive_timestamp(document, timestamp_authority=timestamp_authority())
    return document


def test_dss_finds_the_archive_level_passed_for_every_algorithm(tmp_path: Path) -> None:
    paths = [_written(tmp_path, slug, Level.B_LTA) for slug in ALGORITHMS]
    renewed = tmp_path / "renewed.pdf"
    renewed.write_bytes(_renewed())
    for path, (verdict,) in zip(
        [*paths, renewed], judge_levels([*paths, renewed], root_pem=_root_pem()), strict=True
    ):
        assert verdict.level == Level.B_LTA.value, (path.name, verdict)
        if "ed25519" in path.name:  # DSS's policy does not allow EdDSA to make signatures
            assert verdict.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", verdict
        else:
            assert verdict.indication == "TOTAL_PASSED", (path.name, verdict)
        assert (verdict.intact, verdict.trusted, verdict.bound) == (True, True, True), path.name
        assert not verdict.modified, path.name
        archives = 3 if path == renewed else 1
        kinds = ("SIGNATURE_TIMESTAMP", *["DOCUMENT_TIMESTAMP"] * archives)
        assert verdict.timestamps == tuple(
            DssTimestamp(type=kind, valid=True, trusted=True) for kind in kinds
        ), path.name


def test_dss_finds_the_long_term_level_once_a_later_revision_names_the_material(
    tmp_path: Path,
) -> None:
    paths = [tmp_path / "sealed.pdf", tmp_path / "restated.pdf"]
    sealed = sealed_document(level=Level.B_LT)
    for path, document in zip(paths, (sealed, restate_material(sealed)), strict=True):
        path.write_bytes(document)
    (before,), (after,) = judge_levels(paths, root_pem=_root_pem())
    assert before.level == Level.B_T.value  # see docs/decisions/seal-levels.md
    assert (after.level, after.indication) == (Level.B_LT.value, "TOTAL_PASSED")
    assert not after.modified


def test_archive_and_accessibility_standards_hold_at_every_level(tmp_path: Path) -> None:
    paths = [_written(tmp_path, "p256", level) for level in Level]
    renewed = tmp_path / "renewed.pdf"
    renewed.write_bytes(_renewed())
    require_conformance([*paths, renewed])


@pytest.mark.parametrize("level", _LONG_TERM)
@pytest.mark.parametrize("slug", ALGORITHMS)
def test_qpdf_and_mutool_have_no_complaint(slug: str, level: Level, tmp_path: Path) -> None:
    path = _written(tmp_path, slug, level)
    assert complaints_of_qpdf(path) == []
    assert complaints_of_mutool(path) == []


@pytest.mark.parametrize("level", _LONG_TERM)
@pytest.mark.parametrize("slug", _KNOWN_TO_ALL)
def test_pdfsig_finds_the_seal_valid_and_trusted(slug: str, level: Level, tmp_path: Path) -> None:
    verdicts = judge_signatures(_written(tmp_path, slug, level), root_pem=_root_pem())
    seal, *archives = verdicts
    assert (seal.valid, seal.trusted) == (True, True), seal.text
    assert seal.total_document is (level is Level.B_LT)
    assert len(archives) == (1 if level is Level.B_LTA else 0)
    assert all(found.total_document for found in archives)


@pytest.mark.parametrize("level", _LONG_TERM)
@pytest.mark.parametrize("slug", _KNOWN_TO_ALL)
def test_openssl_verifies_the_container(slug: str, level: Level, tmp_path: Path) -> None:
    judge_cms(_written(tmp_path, slug, level), root_pem=_root_pem(), index=0)


@pytest.mark.parametrize("slug", ALGORITHMS)
def test_openssl_verifies_the_archive_timestamp(slug: str, tmp_path: Path) -> None:
    judge_archive_timestamp(_written(tmp_path, slug, Level.B_LTA), root_pem=_root_pem())


def test_openssl_verifies_every_timestamp_of_a_renewed_file(tmp_path: Path) -> None:
    path = tmp_path / "renewed.pdf"
    path.write_bytes(_renewed())
    assert len(cut_out_signatures(path.read_bytes())) == 4
    for index in (1, 2, 3):
        judge_archive_timestamp(path, root_pem=_root_pem(), index=index)


@pytest.mark.parametrize("level", _LONG_TERM)
@pytest.mark.parametrize("slug", ALGORITHMS)
def test_pyhanko_agrees_with_nothing_but_the_material_inside(slug: str, level: Level) -> None:
    reader = PdfFileReader(BytesIO(sealed_document(slug, level)))
    root = asn1_x509.Certificate.load(demonstration_pki().root.public_bytes(Encoding.DER))
    context = DocumentSecurityStore.read_dss(reader).as_validation_context(
        {
            "trust_roots": [root],
            "moment": NOW,
            "best_signature_time": NOW,
            "allow_fetching": False,
            "revocation_mode": "require",
        }
    )
    seal, *archives = reader.embedded_signatures
    status = asyncio.run(
        async_validate_pdf_signature(
            seal, signer_validation_context=context, ts_validation_context=context
        )
    )
    assert status.bottom_line, status.pretty_print_details()
    assert status.docmdp_ok
    assert status.timestamp_validity.trusted
    assert len(archives) == (1 if level is Level.B_LTA else 0)
    for archive in archives:
        found = asyncio.run(async_validate_pdf_timestamp(archive, context))
        assert (found.intact, found.valid, found.trusted) == (True, True, True)
        assert found.coverage.name == "ENTIRE_FILE"


def test_dss_counts_long_term_material_only_where_it_follows_the_seal(tmp_path: Path) -> None:
    # docs/decisions/seal-levels.md: one revision and DSS's word for the level exclude each other.
    paths = []
    for slug in ALGORITHMS:
        path = _written(tmp_path, slug, Level.B_LT)
        restated = tmp_path / f"{slug}-restated.pdf"
        restated.write_bytes(restate_material(path.read_bytes()))
        paths += [path, restated]
    levels = {}
    for path, (verdict,) in zip(paths, judge_levels(paths, root_pem=_root_pem()), strict=True):
        assert (verdict.intact, verdict.trusted, verdict.modified) == (True, True, False), path.name
        levels[path.name] = verdict.level
        if path.name.endswith("restated.pdf") and "ed25519" not in path.name:
            assert verdict.indication == "TOTAL_PASSED", (path.name, verdict)
    for slug in ALGORITHMS:
        assert levels[f"{slug}-{Level.B_LT.value}.pdf"] == Level.B_T.value
        assert levels[f"{slug}-restated.pdf"] == Level.B_LT.value


def test_restated_material_is_an_archive_revision_to_us() -> None:
    restated = restate_material(sealed_document(level=Level.B_LT))
    report = validate(restated)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.seals[0].level is Level.B_LT
    assert report.check("one-revision").code == "validation.one-revision.archived"
