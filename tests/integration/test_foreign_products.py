"""Files that EU DSS and Poppler signed; and DSS on what we accept of pyHanko's and OpenSSL's."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

from signing.report import ValidationReport, Verdict
from signing.validation import validate_document
from tests.judges.dss import judge_levels
from tests.judges.signers import sign_by_dss, sign_by_poppler
from tests.support.foreign_pki import foreign_pki
from tests.support.foreign_seals import Wishes, blank_document, openssl_cms, sign, sign_by


def _judge(path: Path) -> ValidationReport:
    now = datetime.fromtimestamp(time.time() + 60, UTC)
    return validate_document(path.read_bytes(), trust=foreign_pki().trust, at=now)


def _coverage(report: ValidationReport) -> list[str]:
    checks = [check for check in report.checks if check.name == "whole-file"]
    return [check.code.rpartition(".")[2] for check in checks]


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_signed_once_and_twice_by_dss(kind: str, tmp_path: Path) -> None:
    keystore = foreign_pki().signers[kind].keystore(tmp_path / "signer.p12")
    pairs = []
    for name, streams in (("tables", False), ("streams", True)):
        blank, once, twice = (tmp_path / f"{name}-{count}.pdf" for count in range(3))
        blank.write_bytes(blank_document(streams=streams))
        pairs += [(blank, once), (once, twice)]
    sign_by_dss(keystore, pairs)
    for (_, once), (_, twice) in zip(pairs[::2], pairs[1::2], strict=True):
        report = _judge(once)
        assert (report.verdict, _coverage(report)) == (Verdict.TOTAL_PASSED, ["passed"])
        report = _judge(twice)
        assert report.verdict is Verdict.TOTAL_PASSED
        assert _coverage(report) == ["signed-again", "passed"]


def test_signed_once_and_twice_by_poppler(tmp_path: Path) -> None:
    keystore = foreign_pki().signers["rsa"].keystore(tmp_path / "signer.p12")
    blank, once, twice = (tmp_path / f"{count}.pdf" for count in range(3))
    blank.write_bytes(blank_document())
    sign_by_poppler(keystore, blank, once)
    sign_by_poppler(keystore, once, twice)
    assert _judge(once).verdict is Verdict.TOTAL_PASSED
    report = _judge(twice)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert _coverage(report) == ["signed-again", "passed"]


_ARCHIVED = Wishes(timestamped=True, long_term=True, archival=True)
_CERTIFIED = Wishes(timestamped=True, long_term=True, archival=True, permission=MDPPerm.NO_CHANGES)


def test_dss_finds_nothing_wrong_in_what_we_accept(tmp_path: Path) -> None:
    blank = blank_document()
    documents = {
        "archived": sign(blank, _ARCHIVED),
        "archived-certification": sign(blank, _CERTIFIED),
        "signed-twice": sign(sign(blank), Wishes(field="B", kind="rsa")),
        "subject-key-identifier": sign_by(blank, openssl_cms("-keyid")),
        "without-attributes": sign_by(blank, openssl_cms("-noattr")),
        "cades": sign_by(blank, openssl_cms("-cades"), sub_filter=SigSeedSubFilter.PADES),
    }
    paths = [tmp_path / f"{name}.pdf" for name in documents]
    for path, document in zip(paths, documents.values(), strict=True):
        path.write_bytes(document)
        assert _judge(path).verdict is Verdict.TOTAL_PASSED, path.name
    root = foreign_pki().root.certificate.public_bytes(Encoding.PEM)
    for path, verdicts in zip(paths, judge_levels(paths, root_pem=root), strict=True):
        assert verdicts, path.name
        for verdict in verdicts:
            assert verdict.intact, (path.name, verdict)
            assert verdict.trusted, (path.name, verdict)
            assert not verdict.modified, (path.name, verdict)
            # Without revocation data DSS passes nothing; the archived files have them.
            assert verdict.indication == "TOTAL_PASSED" or "archived" not in path.name
