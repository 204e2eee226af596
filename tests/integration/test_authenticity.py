"""What anyone is told of a file or a code."""

from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest

from certsvc.authenticity.rules import AuthenticityVerdict
from certsvc.authenticity.service import CodeUnknownError, check_file_offline
from certsvc.extraction.records import Extraction
from certsvc.storage.objects import ObjectDamagedError, parse_digest
from signing.report import Outcome
from tests.integration.test_nine_steps import qr_of
from tests.support.world import NOW, World


@pytest.fixture
def sealed(sqlite_world: World) -> bytes:
    issued = sqlite_world.issue()
    return sqlite_world.services.store.get(parse_digest(issued.sha256))


def verdict(world: World, content: bytes) -> AuthenticityVerdict:
    return world.services.authenticity.check_file(content).verdict


@pytest.mark.duty("WF-E08-1")
def test_an_issued_file_is_authentic_and_its_holder_masked(
    sqlite_world: World, sealed: bytes
) -> None:
    report = sqlite_world.services.authenticity.check_file(sealed)
    assert report.verdict is AuthenticityVerdict.AUTHENTIC
    assert report.copy is not None
    assert report.copy.masked_holder_name == "青**"
    assert report.copy.masked_holder_code == "990***********0023"
    assert sqlite_world.resident.identity_number not in str(report)


def test_nothing_is_passed_that_was_not_checked(sqlite_world: World, sealed: bytes) -> None:
    report = sqlite_world.services.authenticity.check_file(sealed)
    not_checked = {check.name for check in report.checks if check.outcome is Outcome.NOT_CHECKED}
    assert not_checked == {"archive-timestamps"}


@pytest.mark.parametrize(
    "change",
    [
        lambda pdf: pdf + b"\n",
        lambda pdf: pdf[:-1],
        lambda pdf: pdf[:5000] + bytes([pdf[5000] ^ 1]) + pdf[5001:],
        lambda pdf: pdf[: len(pdf) // 2],
        lambda _: b"",
        lambda _: b"PK\x03\x04" + bytes(100),
        lambda _: b"\0" * 10_000,
        lambda _: b"%PDF-1.7\n",
    ],
)
def test_whatever_was_changed_is_not_authentic(
    sqlite_world: World, sealed: bytes, change: object
) -> None:
    assert callable(change)
    assert verdict(sqlite_world, change(sealed)) is AuthenticityVerdict.NOT_AUTHENTIC


def test_a_rewritten_file_is_not_authentic(sqlite_world: World, sealed: bytes) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(sealed)) as pdf:
        pdf.save(out)
    assert verdict(sqlite_world, out.getvalue()) is AuthenticityVerdict.NOT_AUTHENTIC


def test_an_expired_copy_is_genuine_but_not_in_force(sqlite_world: World, sealed: bytes) -> None:
    sqlite_world.clock.advance(timedelta(days=30))
    assert verdict(sqlite_world, sealed) is AuthenticityVerdict.AUTHENTIC
    sqlite_world.clock.advance(timedelta(days=1))
    assert verdict(sqlite_world, sealed) is AuthenticityVerdict.NOT_IN_FORCE


def test_a_sealed_file_that_is_not_registered_is_undecided(
    sqlite_world: World, sealed: bytes
) -> None:
    with sqlite_world.services.database.transaction() as session:
        for extraction in session.query(Extraction):
            extraction.object_sha256 = None
    assert verdict(sqlite_world, sealed) is AuthenticityVerdict.UNDECIDED


def test_offline_the_register_counts_as_not_checked(sqlite_world: World, sealed: bytes) -> None:
    report = check_file_offline(sealed, trust=sqlite_world.services.trust, now=NOW)
    assert report.verdict is AuthenticityVerdict.AUTHENTIC
    assert {c.name for c in report.checks if c.outcome is Outcome.NOT_CHECKED} == {
        "archive-timestamps",
        "revocation-now",
        "register",
    }


def test_offline_an_expired_copy_is_not_in_force(sqlite_world: World, sealed: bytes) -> None:
    later = NOW + timedelta(days=31)
    report = check_file_offline(sealed, trust=sqlite_world.services.trust, now=later)
    assert report.verdict is AuthenticityVerdict.NOT_IN_FORCE


class TestCodes:
    def code(self, sealed: bytes) -> str:
        return qr_of(sealed, 0)[0].rsplit("/", 1)[1]

    def test_a_code_is_read_as_people_type_it(self, sqlite_world: World, sealed: bytes) -> None:
        code = self.code(sealed)
        typed = "-".join(code[i : i + 4] for i in range(0, 26, 4)).lower()
        typed = typed.replace("0", "o").replace("1", "l")
        report = sqlite_world.services.authenticity.check_code(f" {typed} ")
        assert report.verdict is AuthenticityVerdict.AUTHENTIC
        assert "in-hand" in {c.name for c in report.checks if c.outcome is Outcome.NOT_CHECKED}

    @pytest.mark.parametrize("typed", ["", "0" * 26, "\0", "\ud800", "' OR 1=1", "长" * 5000])
    def test_anything_else_is_unknown(self, sqlite_world: World, sealed: bytes, typed: str) -> None:
        assert sealed
        with pytest.raises(CodeUnknownError):
            sqlite_world.services.authenticity.check_code(typed)

    def test_a_damaged_stored_file_is_not_called_genuine(
        self, sqlite_world: World, sealed: bytes
    ) -> None:
        (stored,) = [p for p in (sqlite_world.home / "objects").rglob("*") if p.is_file()]
        stored.chmod(0o600)
        stored.write_bytes(sealed + b"\n")
        with pytest.raises(ObjectDamagedError):
            sqlite_world.services.authenticity.check_code(self.code(sealed))
