"""Each judge passes a sound file and is seen to refuse a broken one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.judges import (
    complaints_of_mutool,
    complaints_of_qpdf,
    judge_cms,
    judge_pdf,
    judge_signatures,
    judge_timestamp,
)
from tests.judges.cms import cut_out_signature
from tests.judges.process import JudgeError
from tests.judges.samples import (
    SIGNER,
    Issued,
    appended_to,
    changed_after_sealing,
    conforming,
    issue,
    plain,
    sealed,
    truncated,
)
from tests.judges.verapdf import require_conformance

# NSS and OpenSSL verify at the machine's time, so these certificates must be valid now.
NOW = datetime.now(tz=UTC)  # noqa: TID251 - no clock reaches into a foreign program


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("test root", None, NOW, usage="ca")


@pytest.fixture(scope="module")
def stranger() -> Issued:
    return issue("another root", None, NOW, usage="ca")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, root: Issued) -> Path:
    """Every sample as a file, named after its defect."""
    good = conforming()
    signed = sealed(good, root, NOW)
    samples = {
        "conforming": good,
        "plain": plain(),
        "truncated": truncated(good),
        "empty": b"",
        "a-zip": b"PK\x03\x04" + bytes(200),
        "sealed": signed,
        "sealed-changed": changed_after_sealing(signed),
        "sealed-appended": appended_to(signed),
    }
    made = tmp_path_factory.mktemp("samples")
    for name, content in samples.items():
        (made / f"{name}.pdf").write_bytes(content)
    return made


def test_verapdf_judges_many_files_in_one_run(folder: Path) -> None:
    names = ["conforming", "plain", "truncated", "empty", "a-zip"]
    verdicts = judge_pdf(folder / f"{name}.pdf" for name in names)
    assert [(v.path.stem, v.flavour, v.compliant) for v in verdicts] == [
        (name, flavour, name == "conforming") for name in names for flavour in ("3a", "ua1")
    ]


def test_verapdf_names_the_broken_rule(folder: Path) -> None:
    as_pdfa, as_pdfua = judge_pdf(folder / "plain.pdf")
    assert [(rule.clause, rule.test) for rule in as_pdfa.failures] == [("6.6.4", 1)]
    assert ("5", 1) in [(rule.clause, rule.test) for rule in as_pdfua.failures]
    assert "PDF/A Identification" in str(as_pdfa)


def test_verapdf_says_why_a_file_could_not_be_read(folder: Path) -> None:
    assert "parse" in str(judge_pdf(folder / "truncated.pdf", ["3a"])[0].error)


def test_verapdf_refuses_an_unknown_flavour(folder: Path) -> None:
    with pytest.raises(JudgeError, match="unknown flavour"):
        judge_pdf(folder / "conforming.pdf", ["9z"])


def test_require_conformance_lists_every_refusal(folder: Path) -> None:
    require_conformance(folder / "conforming.pdf")
    with pytest.raises(AssertionError, match=r"plain\.pdf as 3a: refused(.|\n)*as ua1: refused"):
        require_conformance([folder / "conforming.pdf", folder / "plain.pdf"])


def test_pdfsig_accepts_a_whole_valid_trusted_signature(folder: Path, root: Issued) -> None:
    [verdict] = judge_signatures(folder / "sealed.pdf", root_pem=root.pem())
    assert (verdict.valid, verdict.trusted, verdict.total_document) == (True, True, True)
    assert (verdict.field, verdict.signer) == ("Seal", SIGNER)
    assert (verdict.subfilter, verdict.hash_algorithm) == ("ETSI.CAdES.detached", "SHA-256")


def test_pdfsig_refuses_a_change(folder: Path, root: Issued) -> None:
    [verdict] = judge_signatures(folder / "sealed-changed.pdf", root_pem=root.pem())
    assert not verdict.valid
    assert "Digest Mismatch" in verdict.text


def test_pdfsig_sees_bytes_added_after_the_seal(folder: Path, root: Issued) -> None:
    [verdict] = judge_signatures(folder / "sealed-appended.pdf", root_pem=root.pem())
    assert (verdict.valid, verdict.total_document) == (True, False)


def test_pdfsig_trusts_only_the_given_root(folder: Path, stranger: Issued) -> None:
    [verdict] = judge_signatures(folder / "sealed.pdf", root_pem=stranger.pem())
    assert (verdict.valid, verdict.trusted) == (True, False)
    [verdict] = judge_signatures(folder / "sealed.pdf")
    assert not verdict.trusted


def test_pdfsig_finds_no_signature_in_an_unsigned_file(folder: Path) -> None:
    assert judge_signatures(folder / "conforming.pdf") == []


@pytest.mark.parametrize("name", ["truncated", "empty", "a-zip"])
def test_pdfsig_refuses_an_unreadable_file(folder: Path, name: str) -> None:
    with pytest.raises(JudgeError, match="pdfsig"):
        judge_signatures(folder / f"{name}.pdf")


@pytest.mark.parametrize("name", ["conforming", "plain", "sealed"])
def test_structure_judges_have_no_complaint_of_a_sound_file(folder: Path, name: str) -> None:
    assert complaints_of_qpdf(folder / f"{name}.pdf") == []
    assert complaints_of_mutool(folder / f"{name}.pdf") == []


@pytest.mark.parametrize("name", ["truncated", "empty", "a-zip"])
def test_structure_judges_complain_of_a_broken_file(folder: Path, name: str) -> None:
    assert complaints_of_qpdf(folder / f"{name}.pdf") != []
    assert complaints_of_mutool(folder / f"{name}.pdf") != []


def test_openssl_accepts_the_cms_and_its_timestamp(folder: Path, root: Issued) -> None:
    assert cut_out_signature((folder / "sealed.pdf").read_bytes()).whole
    judge_cms(folder / "sealed.pdf", root_pem=root.pem())
    judge_timestamp(folder / "sealed.pdf", root_pem=root.pem())


def test_openssl_refuses_a_change(folder: Path, root: Issued) -> None:
    with pytest.raises(JudgeError, match="CAdES Verification failure"):
        judge_cms(folder / "sealed-changed.pdf", root_pem=root.pem())


def test_openssl_trusts_only_the_given_root(folder: Path, stranger: Issued) -> None:
    with pytest.raises(JudgeError, match="openssl cms"):
        judge_cms(folder / "sealed.pdf", root_pem=stranger.pem())
    with pytest.raises(JudgeError, match="openssl ts"):
        judge_timestamp(folder / "sealed.pdf", root_pem=stranger.pem())


def test_cut_out_signature_sees_what_is_not_covered(folder: Path) -> None:
    assert not cut_out_signature((folder / "sealed-appended.pdf").read_bytes()).whole
    with pytest.raises(JudgeError, match="no /ByteRange"):
        cut_out_signature((folder / "conforming.pdf").read_bytes())
