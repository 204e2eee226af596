"""Archive timestamps of other bytes, other files, other times and strangers."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from pikepdf import Dictionary

from signing.levels import Level
from signing.long_term.archive_timestamps import add_archive_timestamp
from signing.pdf.plain_writer import Body
from signing.pdf.revision_writer import append_revision
from signing.report import Outcome, SubIndication, Verdict
from tests.support.archive_revisions import archive_revision, assert_refused
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import (
    NOW,
    make_authority,
    sample_document,
    seal,
    sealed_document,
    timestamp_authority,
    validate,
)

_DAY = timedelta(days=1)


def _archived() -> bytes:
    return sealed_document(level=Level.B_LTA)


def _stamp_of_another_file() -> bytes:
    other = archive_revision(sealed_document(level=Level.B_LT))
    document = archive_revision(seal(sample_document(2), level=Level.B_LT))
    start, end = _hole(document)
    other_start, other_end = _hole(other)
    assert end - start == other_end - other_start
    return document[:start] + other[other_start:other_end] + document[end:]


def _hole(document: bytes) -> tuple[int, int]:
    first, second = re.findall(rb"/ByteRange \[ 0 (\d+) (\d+) \d+", document)[-1]
    return int(first), int(second)


def _stamp_range(change: Callable[[list[int]], list[int]]) -> bytes:
    """The timestamp's /ByteRange written otherwise, and honestly timestamped as it then is."""
    document = archive_revision(sealed_document(level=Level.B_LT))
    found = list(re.finditer(rb"/ByteRange \[ (\d+) (\d+) (\d+) (\d+) *\]", document))[-1]
    start, end = _hole(document)
    numbers = change([int(number) for number in found.groups()])
    written = b"/ByteRange [ " + b" ".join(b"%d" % number for number in numbers) + b" ]"
    document = document[: found.start()] + written.ljust(len(found[0])) + document[found.end() :]
    covered = b"".join(
        document[at : at + length]
        for at, length in zip(numbers[::2], numbers[1::2], strict=False)
        if at >= 0
    )
    token = timestamp_authority().timestamp(hashlib.sha256(covered).digest())
    digits = token.hex().encode().ljust(end - start - 2, b"0")
    return document[: start + 1] + digits + document[end - 1 :]


_RANGES: dict[str, Callable[[list[int]], list[int]]] = {
    "short of the end": lambda n: [n[0], n[1], n[2], n[3] - 1],
    "beyond the end": lambda n: [n[0], n[1], n[2], n[3] + 1],
    "from one": lambda n: [1, n[1] - 1, n[2], n[3]],
    "second gap": lambda n: [n[0], n[1], n[2] + 8, n[3] - 8],
    "overlapping": lambda n: [n[0], n[2], n[1], n[3]],
    "nothing": lambda _: [0, 0, 0, 0],
    "the sealed revision alone": lambda n: [0, n[1] // 2, n[1] // 2, 10],
    "missing numbers": lambda n: n[:2],
    "negative": lambda n: [0, -1, n[2], n[3]],
}


@pytest.mark.parametrize("name", _RANGES)
def test_a_timestamp_of_other_bytes(name: str) -> None:
    report = validate(_stamp_range(_RANGES[name]))
    assert report.check("archive-timestamps").outcome is Outcome.FAILED
    assert_refused(report)
    assert report.seals[0].level is not Level.B_LTA


def test_the_range_as_it_should_be_is_accepted() -> None:
    assert validate(_stamp_range(lambda numbers: numbers)).verdict is Verdict.TOTAL_PASSED


def test_a_timestamp_of_another_file() -> None:
    report = validate(_stamp_of_another_file())
    assert report.check("archive-timestamps").code == "validation.archive-timestamps.imprint"
    assert_refused(report)


def test_timestamps_out_of_order() -> None:
    document = sealed_document(level=Level.B_LT)
    for days in (2, 1):
        authority = timestamp_authority(at=NOW + days * _DAY)
        document, _ = add_archive_timestamp(document, timestamp_authority=authority)
    report = validate(document, at=NOW + 3 * _DAY)
    assert report.check("archive-timestamps").code == "validation.archive-timestamps.future"
    assert report.sub_indication is SubIndication.TIMESTAMP_ORDER_FAILURE


def test_a_timestamp_from_the_future() -> None:
    late = timestamp_authority(at=NOW + _DAY)
    document, _ = add_archive_timestamp(sealed_document(), timestamp_authority=late)
    assert validate(document).sub_indication is SubIndication.TIMESTAMP_ORDER_FAILURE
    assert validate(document, at=NOW + _DAY).verdict is Verdict.TOTAL_PASSED


def test_an_untrusted_timestamp() -> None:
    stranger = issue(
        Wish(
            name="无名时间戳", purposes=(ExtendedKeyUsageOID.TIME_STAMPING,), purposes_critical=True
        )
    )
    authority = make_authority(stranger.key, [stranger.certificate])
    document, _ = add_archive_timestamp(sealed_document(), timestamp_authority=authority)
    report = validate(document)
    assert report.check("archive-timestamps").code == "validation.archive-timestamps.untrusted"
    assert_refused(report)


def test_bytes_between_and_after_revisions() -> None:
    document = _archived()
    for changed in (
        document + b"\n",
        document + b"% x\n",
        document.replace(b"%%EOF\n", b"%%EOF\n% x\n", 1),
        document[:-1],
    ):
        assert_refused(validate(changed))


def test_every_byte_of_the_archive_revision_counts() -> None:
    document, start = _archived(), len(sealed_document(level=Level.B_LT))
    start = document.index(b"startxref") + 20
    for at in range(start, len(document), 97):
        changed = document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :]
        report = validate(changed)
        assert report.verdict is not Verdict.TOTAL_PASSED, (at, document[at : at + 20])


def _repeated(document: bytes, count: int) -> bytes:
    """One more revision, in which the last timestamp is the value of further fields."""
    with pikepdf.open(BytesIO(document)) as pdf:
        value = pdf.Root.AcroForm.Fields[len(pdf.Root.AcroForm.Fields) - 1].V.unparse()
        changed: dict[int, Body] = {}
        for number in range(count):
            field = pdf.make_indirect(Dictionary())
            pdf.Root.AcroForm.Fields.append(field)
            body = b"<< /Type /Annot /Subtype /Widget /FT /Sig /F 132 /Rect [ 0 0 0 0 ]"
            changed[field.objgen[0]] = body + b" /T (x%d) /V %b >>" % (number, value), None
        changed[pdf.Root.objgen[0]] = pdf.Root.unparse(resolved=True), None
        return append_revision(document, pdf, changed)


@pytest.mark.parametrize("count", [1, 900])
def test_one_timestamp_under_several_names(count: int) -> None:
    report = validate(_repeated(_archived(), count))
    assert report.check("archive-timestamps").code == "validation.archive-timestamps.repeated"
    assert report.check("whole-file").code == "validation.whole-file.forbidden"
    assert_refused(report)
