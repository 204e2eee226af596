"""Good files that look unusual are not refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pikepdf
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from signing.report import Level, Verdict
from signing.validation import validate_document
from tests.attacks.anatomy import Anatomy, with_container
from tests.attacks.cases_identity import honest, root, sealed_as, trusting
from tests.attacks.resealing import Parts, resealed
from tests.packs.papers import CODES, rendered
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import (
    ALGORITHMS,
    NOW,
    sample_document,
    seal,
    seal_spec,
    sealed_document,
    timestamp_authority,
    trust,
    validate,
)


def _attached_as(name: str) -> bytes:
    """The sample with a further attachment of this name."""
    old = Anatomy.of(sealed_document())
    written = pikepdf.String(name).unparse()
    number = old.add(b"<< /Type /Filespec /F %b /UF %b >>" % (written, written))
    old.replace(old.catalog, b"/AF [ ", b"/AF [ %d 0 R " % number)
    return resealed(old.write())


def _linked(link: bytes) -> bytes:
    old = Anatomy.of(sealed_document())
    action = b"/A << /S /URI /URI %b >>" % link
    number = old.add(b"<< /Type /Annot /Subtype /Link /Rect [ 0 0 9 9 ] %b >>" % action)
    old.replace(old.page, b"/Annots [ ", b"/Annots [ %d 0 R " % number)
    return resealed(old.write())


_GOOD: dict[str, Callable[[], bytes]] = {
    **{
        f"{slug}, {level.value}": (lambda slug=slug, level=level: sealed_document(slug, level))
        for slug in ALGORITHMS
        for level in Level
    },
    **{f"the paper {code}": (lambda code=code: seal(rendered(code).pdf)) for code in CODES},
    **{f"{count} pages": (lambda count=count: seal(sample_document(count))) for count in (2, 30)},
    "sealed on the last page": lambda: seal(sample_document(3), spec=seal_spec(page_index=2)),
    "sealed in a corner": lambda: seal(sample_document(), spec=seal_spec(x_mm=21, y_mm=21)),
    "a long reason": lambda: seal(sample_document(), spec=seal_spec(reason="证明" * 200)),
    "an odd reason": lambda: seal(sample_document(), spec=seal_spec(reason="(\\)<>/%\n\x00𠮷")),
    "a reason like code": lambda: seal(
        sample_document(), spec=seal_spec(reason="/JS /AA startxre")
    ),
    "a field named oddly": lambda: seal(
        sample_document(), spec=replace(seal_spec(), field_name="印章 (1) 甲")
    ),
    "a stranger's empty location": lambda: seal(
        sample_document(), spec=replace(seal_spec(), location="")
    ),
    "a file name in Chinese": lambda: _attached_as("数据 附件.json"),
    "a file name with a path": lambda: _attached_as("../../x.json"),
    "a link to a page": lambda: _linked(b"(https://example.com/a?b=javascript:)"),
    "a link to a mailbox": lambda: _linked(b"(mailto:a@example.com)"),
    "a link without a scheme": lambda: _linked(b"(verify/1)"),
    "a link in UTF-16": lambda: _linked(b"<feff0068007400740070003a002f002f0061>"),
}


@pytest.mark.parametrize("name", _GOOD)
def test_a_good_file_is_not_refused(name: str) -> None:
    report = validate(_GOOD[name]())
    assert [check.code for check in report.checks if check.sub_indication] == []
    assert report.verdict is Verdict.TOTAL_PASSED
    expected = name.rpartition(", ")[2]
    assert report.seals[0].level is (Level(expected) if "BASELINE" in expected else Level.B_T)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(),
        Wish(purposes=(ObjectIdentifier("1.3.6.1.5.5.7.3.36"),)),  # RFC 9336
        Wish(purposes=(ExtendedKeyUsageOID.EMAIL_PROTECTION,)),
        Wish(purposes=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)),
        Wish(usage=("content_commitment",)),
        Wish(usage=("digital_signature",)),
        Wish(serial=1),
        Wish(serial=(1 << 159) - 1),
        Wish(name="A" * 64),
    ],
    ids=lambda wish: f"{wish.name[:4]} {wish.purposes} {wish.usage} {wish.serial}"[:60],
)
def test_a_good_certificate_is_not_refused(wish: Wish) -> None:
    report = validate_document(sealed_as(issue(wish, root())), trust=trusting(), at=NOW)
    assert report.verdict is Verdict.TOTAL_PASSED


def test_a_seal_outlives_its_certificate_by_its_timestamp() -> None:
    wish = Wish(starts_at=NOW - timedelta(days=9), ends_at=NOW + timedelta(days=1))
    document = sealed_as(issue(wish, root()))
    later = NOW + timedelta(days=30)
    assert validate_document(document, trust=trusting(), at=later).verdict is Verdict.TOTAL_PASSED


def test_clocks_may_differ_by_a_little() -> None:
    authority = timestamp_authority(at=NOW + timedelta(minutes=4))
    document = seal(sample_document(), authority=authority)
    assert validate_document(document, trust=trust(), at=NOW).verdict is Verdict.TOTAL_PASSED


def test_a_timestamp_taken_off_leaves_an_honest_lower_level() -> None:
    parts = Parts(sealed_as(honest()))
    parts.unsigned = []
    document = with_container(sealed_as(honest()), parts.assemble())
    report = validate_document(document, trust=trusting(), at=NOW)
    assert report.check("timestamp").code == "validation.timestamp.absent"
    assert (report.seals[0].level, report.seals[0].timestamp_at) == (Level.B_B, None)
