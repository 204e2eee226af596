"""Archive timestamps of files and of stored copies: when due, what stays, what is refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from certsvc.certificates.extraction.archiving import ArchiveUselessError, CopyNotArchivableError
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.service import fetch_file
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.storage.objects import parse_digest
from certsvc.verification.authenticity.rules import AuthenticityAnswer
from signing.levels import Level
from signing.validation import validate_document
from tests.support.command import run_command
from tests.support.seals import sample_document
from tests.support.world import NOW, World

_ALWAYS, _NEVER = timedelta(days=40_000), timedelta(0)


@pytest.fixture
def copy(world: World) -> bytes:
    """A copy the installation issued."""
    return world.services.store.get(parse_digest(world.issue().sha256))


def _level(world: World, content: bytes) -> Level | None:
    report = validate_document(content, trust=world.services.trust, at=NOW)
    return report.seals[0].level


def test_what_is_not_due_stays_as_it_is(world: World, copy: bytes) -> None:
    archived = world.services.archivist.archive(copy, within=_NEVER)
    assert (archived.content, archived.is_new) == (copy, False)
    assert archived.lasts_until > NOW + timedelta(days=365)


def test_a_renewed_file_begins_with_the_old_one_and_stays_authentic(
    world: World, copy: bytes
) -> None:
    archived = world.services.archivist.archive(copy, within=_ALWAYS)
    assert archived.is_new
    assert archived.content.startswith(copy)
    assert _level(world, archived.content) is Level.B_LTA
    report = world.services.authenticity.check_file(archived.content)
    assert report.answer is AuthenticityAnswer.AUTHENTIC
    codes = {check.name: check.code for check in report.checks}
    assert codes["register"] == "check.register.known-with-archive"


@pytest.mark.both_engines
def test_a_stored_copy_is_handed_out_as_archived(world: World) -> None:
    number = world.issue().copy_number
    archivist = world.services.archivist
    assert list(archivist.published_copies()) == [number]
    archived = archivist.archive_copy(number, within=_ALWAYS)
    holder = world.holder()
    with world.services.database.transaction() as session:
        extraction = session.get_one(Extraction, number)
        name = fetch_file(session, number, actor=holder, now=NOW)
        entry = session.query(EventRecord).filter_by(kind="copy.archived").one()
    assert world.services.store.get(name) == archived.content
    assert name != extraction.object_sha256
    assert entry.details == {"sha256": name, "sealed_sha256": extraction.object_sha256}
    assert archivist.archive_copy(number, within=_NEVER).content == archived.content


def test_the_same_authority_cannot_prolong_itself(world: World, copy: bytes) -> None:
    once = world.services.archivist.archive(copy, within=_ALWAYS).content
    with pytest.raises(ArchiveUselessError):
        world.services.archivist.archive(once, within=_ALWAYS)


def test_a_changed_file_is_not_archived(world: World, copy: bytes) -> None:
    with pytest.raises(CopyNotArchivableError) as caught:
        world.services.archivist.archive(copy[:-3] + b"x\n\n", within=_ALWAYS)
    assert caught.value.params["reason"]


def test_an_unsealed_file_is_not_archived(world: World) -> None:
    with pytest.raises(CopyNotArchivableError):
        world.services.archivist.archive(sample_document(), within=_ALWAYS)


class TestCommand:
    """`certsvc archive`."""

    @pytest.fixture
    def file(self, world: World, tmp_path: Path) -> Path:
        path = tmp_path / "copy.pdf"
        path.write_bytes(world.services.store.get(parse_digest(world.issue().sha256)))
        return path

    def test_it_renews_in_place(self, world: World, file: Path) -> None:
        before = file.read_bytes()
        answer = run_command(world.home, "archive", str(file), "--within-days", "40000")
        assert (answer.code, answer.err.count("错误")) == (0, 0)
        assert str(file) in answer.out
        assert file.read_bytes().startswith(before)
        assert len(file.read_bytes()) > len(before)

    def test_one_bad_file_does_not_keep_the_others_from_it(
        self, world: World, file: Path, tmp_path: Path
    ) -> None:
        bad, out = tmp_path / "bad.pdf", tmp_path / "out"
        bad.write_bytes(b"%PDF-1.7 no")
        out.mkdir()
        options = ("--within-days", "40000", "--out", str(out))
        answer = run_command(world.home, "archive", str(bad), str(file), *options)
        assert answer.code == 1
        assert "archive.seal-does-not-hold" in answer.err
        assert [path.name for path in out.iterdir()] == [file.name]

    @pytest.mark.both_engines
    def test_the_whole_store(self, world: World, file: Path) -> None:
        del file
        answer = run_command(
            world.home, "--lang", "en", "archive", "--stored", "--within-days", "40000"
        )
        assert answer.code == 0
        assert answer.out.count("archive timestamp added") == 1

    def test_nothing_named(self, world: World) -> None:
        answer = run_command(world.home, "archive")
        assert answer.code == 1
        assert "cli.archive.nothing" in answer.err
