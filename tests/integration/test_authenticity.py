"""What anyone is told of a file or a code."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Event

import pikepdf
import pytest

from certsvc.certificates.extraction.records import Extraction
from certsvc.foundation.messages.catalogue import load_catalogue
from certsvc.foundation.storage.objects import ObjectDamagedError, parse_digest
from certsvc.verification.authenticity.offline import check_file_offline
from certsvc.verification.authenticity.rules import AuthenticityAnswer
from certsvc.verification.authenticity.service import (
    AuthenticityDesk,
    BusyError,
    CodeUnknownError,
)
from certsvc.verification.authenticity.twin import PaperParts
from keys.uri import open_key
from signing.levels import Level
from signing.report import Outcome, SubIndication, Verdict
from signing.sealing import seal_document
from tests.integration.test_nine_steps import qr_of
from tests.support.broken_files import pdf_of_pages
from tests.support.seals import NOW as SEALED_AT
from tests.support.seals import demonstration_pki, sample_document, seal_spec, trust
from tests.support.world import NOW, World


@pytest.fixture
def sealed(world: World) -> bytes:
    issued = world.issue()
    return world.services.store.get(parse_digest(issued.sha256))


def answer(world: World, content: bytes) -> AuthenticityAnswer:
    return world.services.authenticity.check_file(content).answer


@pytest.mark.both_engines
def test_an_issued_file_is_authentic_and_its_holder_masked(world: World, sealed: bytes) -> None:
    report = world.services.authenticity.check_file(sealed)
    assert report.answer is AuthenticityAnswer.AUTHENTIC
    assert report.copy is not None
    assert report.copy.masked_holder_name == "青**"
    assert report.copy.masked_holder_code == "990***********0023"
    assert world.resident.identity_number not in str(report)


def test_nothing_is_passed_that_was_not_checked(world: World, sealed: bytes) -> None:
    report = world.services.authenticity.check_file(sealed)
    not_checked = {check.name for check in report.checks if check.outcome is Outcome.NOT_CHECKED}
    assert not_checked == {"archive-timestamps"}


@pytest.mark.parametrize(
    "change",
    [
        lambda pdf: pdf + b"\n",
        lambda pdf: pdf[:-1],
        lambda pdf: pdf[:5000] + bytes([pdf[5000] ^ 1]) + pdf[5001:],
    ],
)
def test_whatever_was_changed_is_not_authentic(world: World, sealed: bytes, change: object) -> None:
    assert callable(change)
    assert answer(world, change(sealed)) is AuthenticityAnswer.NOT_AUTHENTIC


PNG, JPEG, HEIC = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"\0\0\0\x18ftypheic"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda pdf: pdf[: len(pdf) // 2], "cut-off"),
        (lambda _: b"", "empty"),
        (lambda _: b"PK\x03\x04" + bytes(100), "archive"),
        (lambda _: b"PK\x03\x04OFD.xml", "ofd"),
        (lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "archive"),
        (lambda _: PNG + bytes(50), "picture"),
        (lambda _: JPEG + bytes(50), "picture"),
        (lambda _: HEIC + bytes(50), "picture"),
        (lambda _: b"RIFF\0\0\0\0WEBP", "picture"),
        (lambda _: b"\0" * 10_000, "other"),
        (lambda _: b"%PDF-1.7\n", "cut-off"),
        (lambda _: b"%PDF-1.7\n%%EOF\n", "damaged"),
        (lambda _: encrypted_pdf(), "encrypted"),
    ],
)
def test_what_is_no_readable_pdf_is_told_plainly_and_never_passed(
    world: World, sealed: bytes, change: object, kind: str
) -> None:
    assert callable(change)
    report = world.services.authenticity.check_file(change(sealed))
    assert (report.answer, report.file_kind) == (AuthenticityAnswer.UNREADABLE, kind)
    assert report.verdict is not Verdict.TOTAL_PASSED
    assert f"answer.unreadable.{kind}" in load_catalogue()


def encrypted_pdf() -> bytes:
    out = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


def test_a_pdf_without_a_seal_is_called_that(world: World) -> None:
    report = world.services.authenticity.check_file(pdf_of_pages(1))
    assert report.answer is AuthenticityAnswer.UNSEALED
    assert report.verdict is Verdict.INDETERMINATE
    assert report.seals == ()


def test_no_step_that_failed_goes_with_a_pass(world: World, sealed: bytes) -> None:
    world.clock.advance(timedelta(days=40))
    report = world.services.authenticity.check_file(sealed)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.sub_indication is SubIndication.GENERIC
    assert report.seals[0].verdict is Verdict.TOTAL_PASSED, "nothing is wrong with the seal"


def test_a_seal_without_a_timestamp_is_undecided(world: World) -> None:
    seals = demonstration_pki().seals["p256"]
    document = seal_document(
        sample_document(),
        seal_spec(),
        key=open_key(seals.key_uri),
        chain=seals.chain,
        timestamp_authority=None,
        level=Level.B_B,
        signed_at=SEALED_AT,
    )
    report = check_file_offline(document, trust=trust(), now=SEALED_AT)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.answer is AuthenticityAnswer.UNDECIDED
    assert world.services.authenticity.check_file(document).answer is not (
        AuthenticityAnswer.AUTHENTIC
    )


def test_no_more_files_are_checked_at_once_than_there_are_places(
    world: World, sealed: bytes
) -> None:
    services = world.services
    entered, leave = Event(), Event()

    def wait_inside() -> PaperParts:
        entered.set()
        assert leave.wait(20)
        return services.paper_parts()

    desk = AuthenticityDesk(
        database=services.database,
        clock=world.clock,
        store=services.store,
        trust=services.trust,
        parts=wait_inside,
        status_source=services.revocation_source,
        at_once=1,
        patience_s=0.01,
    )
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(desk.check_file, sealed)
        assert entered.wait(20)
        with pytest.raises(BusyError):
            desk.check_file(sealed)
        leave.set()
        assert first.result(20).answer is AuthenticityAnswer.AUTHENTIC
    assert desk.check_file(sealed).answer is AuthenticityAnswer.AUTHENTIC


def test_a_rewritten_file_is_not_authentic(world: World, sealed: bytes) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(sealed)) as pdf:
        pdf.save(out)
    assert answer(world, out.getvalue()) is AuthenticityAnswer.NOT_AUTHENTIC


def test_an_expired_copy_is_genuine_but_not_in_force(world: World, sealed: bytes) -> None:
    world.clock.advance(timedelta(days=30))
    assert answer(world, sealed) is AuthenticityAnswer.AUTHENTIC
    world.clock.advance(timedelta(days=1))
    assert answer(world, sealed) is AuthenticityAnswer.NOT_IN_FORCE


def test_a_sealed_file_that_is_not_registered_is_undecided(world: World, sealed: bytes) -> None:
    with world.services.database.transaction() as session:
        for extraction in session.query(Extraction):
            extraction.object_sha256 = None
    assert answer(world, sealed) is AuthenticityAnswer.UNDECIDED


def test_offline_the_register_counts_as_not_checked(world: World, sealed: bytes) -> None:
    report = check_file_offline(sealed, trust=world.services.trust, now=NOW)
    assert report.answer is AuthenticityAnswer.AUTHENTIC
    assert {c.name for c in report.checks if c.outcome is Outcome.NOT_CHECKED} == {
        "archive-timestamps",
        "revocation-now",
        "record-state",
        "register",
        "seal-status-then",
        "seal-status-now",
    }


def test_offline_an_expired_copy_is_not_in_force(world: World, sealed: bytes) -> None:
    later = NOW + timedelta(days=31)
    report = check_file_offline(sealed, trust=world.services.trust, now=later)
    assert report.answer is AuthenticityAnswer.NOT_IN_FORCE


class TestCodes:
    def code(self, sealed: bytes) -> str:
        return qr_of(sealed, 0)[0].rsplit("/", 1)[1]

    def test_a_code_is_read_as_people_type_it(self, world: World, sealed: bytes) -> None:
        code = self.code(sealed)
        typed = "-".join(code[i : i + 4] for i in range(0, 26, 4)).lower()
        typed = typed.replace("0", "o").replace("1", "l")
        report = world.services.authenticity.check_code(f" {typed} ")
        assert report.answer is AuthenticityAnswer.REGISTERED
        assert "in-hand" in {c.name for c in report.checks if c.outcome is Outcome.NOT_CHECKED}

    @pytest.mark.parametrize("typed", ["", "0" * 26, "\0", "\ud800", "' OR 1=1", "长" * 5000])
    def test_anything_else_is_unknown(self, world: World, sealed: bytes, typed: str) -> None:
        assert sealed
        with pytest.raises(CodeUnknownError):
            world.services.authenticity.check_code(typed)

    def test_a_damaged_stored_file_is_not_called_genuine(self, world: World, sealed: bytes) -> None:
        (stored,) = [p for p in (world.home / "objects").rglob("*") if p.is_file()]
        stored.chmod(0o600)
        stored.write_bytes(sealed + b"\n")
        with pytest.raises(ObjectDamagedError):
            world.services.authenticity.check_code(self.code(sealed))
