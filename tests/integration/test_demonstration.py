"""The demonstration made again: on another day, after its files were lost, and at any date."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from certsvc.catalogue.uses.records import UseListEntry
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.records.records import CertificateRecord
from certsvc.demonstration.firms import make_firms
from certsvc.demonstration.main_job import main_jobs
from certsvc.demonstration.people import make_residents
from certsvc.demonstration.pki import PkiLostError
from certsvc.demonstration.world import world_steps, write_demonstration_settings
from certsvc.evidence.inquiries.records import DepartmentReply
from certsvc.foundation.clock import FixedClock
from keys.development import DevelopmentSealName, create_development_pki
from tests.support.command import run_command
from tests.support.world import NOW, World, make_world

LONGER_THAN_ANY = timedelta(days=91)
"""The longest-lived pack's copies live 90 days."""


def make_again(world: World) -> None:
    for step in world_steps(world.services):
        step.run()


def run_main_jobs(world: World) -> dict[str, IssuedCopy]:
    return {job.type_code: job.issue(lambda _: None) for job in main_jobs(world.services)}


def facts_of(world: World, issued: IssuedCopy) -> dict[str, Any]:
    with world.services.database.transaction() as session:
        return (
            session.scalars(
                select(CertificateRecord).where(CertificateRecord.identifier == issued.identifier)
            )
            .one()
            .fields
        )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


class TestLostFiles:
    def lose_everything(self, home: Path) -> None:
        shutil.rmtree(home / "pki")

    def lose_pki_and_trust(self, home: Path) -> None:
        shutil.rmtree(home / "pki")
        (home / "trust.pem").unlink()

    def lose_a_key(self, home: Path) -> None:
        (home / "pki" / "data-sharing-seal.key").unlink()

    def lose_a_seal(self, home: Path) -> None:
        (home / "pki" / "data-sharing-seal.pem").unlink()
        (home / "pki" / "data-sharing-seal.key").unlink()

    def exchange_a_seal(self, home: Path) -> None:
        self.lose_a_seal(home)
        name = DevelopmentSealName(slug="data-sharing-seal", common_name="章", organisation="区")
        create_development_pki(home / "pki", names=[name], now=NOW)

    def exchange_the_root(self, home: Path) -> None:
        shutil.rmtree(home / "pki")
        create_development_pki(home / "pki", names=(), now=NOW)

    def exchange_root_and_trust(self, home: Path) -> None:
        self.exchange_the_root(home)
        shutil.copyfile(home / "pki" / "root.pem", home / "trust.pem")

    @pytest.mark.parametrize(
        "lose",
        [
            lose_everything,
            lose_pki_and_trust,
            lose_a_key,
            lose_a_seal,
            exchange_a_seal,
            exchange_the_root,
            exchange_root_and_trust,
        ],
    )
    def test_another_pki_never_takes_the_place_of_the_lost_one(
        self, world: World, lose: Callable[[object, Path], None]
    ) -> None:
        lose(self, world.home)
        left = contents(world.home / "pki"), (world.home / "trust.pem").exists()
        with pytest.raises(PkiLostError) as refused:
            make_again(world)
        assert refused.value.params == {"home": str(world.home)}
        assert (contents(world.home / "pki"), (world.home / "trust.pem").exists()) == left

    @pytest.mark.parametrize("lose", [lose_everything, exchange_the_root])
    def test_a_new_database_does_not_exchange_the_trusted_root(
        self, sqlite_world: World, lose: Callable[[object, Path], None]
    ) -> None:
        home = sqlite_world.home
        sqlite_world.services.close()
        (home / "certsvc.db").unlink()
        lose(self, home)
        trusted = (home / "trust.pem").read_bytes()
        with pytest.raises(PkiLostError):
            make_again(sqlite_world.restarted())
        assert (home / "trust.pem").read_bytes() == trusted

    def test_the_command_says_what_to_do(self, world: World) -> None:
        shutil.rmtree(world.home / "pki")
        answer = run_command(world.home, "demo", "--no-serve")
        assert answer.code == 1
        assert "demonstration.pki-lost" in answer.err
        assert str(world.home) in answer.err.replace("\n", "")

    @pytest.mark.both_engines
    def test_what_is_whole_is_used_again(self, world: World) -> None:
        home = world.home
        before = contents(home / "pki")
        with (home / "trust.pem").open("ab") as trusted:
            other = create_development_pki(home / "other", names=(), now=NOW)
            trusted.write(other.root.public_bytes(Encoding.PEM))
        two_roots = (home / "trust.pem").read_bytes()
        make_again(world)
        assert (home / "trust.pem").read_bytes() == two_roots
        (home / "trust.pem").unlink()
        make_again(world)
        assert (home / "trust.pem").read_bytes() == (home / "pki" / "root.pem").read_bytes()
        assert contents(home / "pki") == before
        world.clock.advance(timedelta(days=20))
        make_again(world)
        assert contents(home / "pki") == before


class TestOtherDays:
    def test_a_copy_is_used_again_while_it_is_in_force(self, world: World) -> None:
        first = run_main_jobs(world)
        world.clock.advance(timedelta(days=30))
        make_again(world)
        assert run_main_jobs(world) == first
        with world.services.database.transaction() as session:
            assert len(session.scalars(select(DepartmentReply)).all()) == 1

    def test_a_copy_that_expired_is_issued_anew_from_new_facts(self, world: World) -> None:
        first = run_main_jobs(world)
        world.clock.advance(LONGER_THAN_ANY)
        world = world.restarted()
        make_again(world)
        second = run_main_jobs(world)
        for type_code, issued in second.items():
            assert issued.copy_number != first[type_code].copy_number
            assert issued.valid_until == first[type_code].valid_until + LONGER_THAN_ANY
        assert run_main_jobs(world) == second
        fields = facts_of(world, second["no-criminal-record"])
        assert fields["period_to_on"] == "2027-02-19"
        fields = facts_of(world, second["social-insurance"])
        assert fields["as_of_on"] == "2027-02-19"
        assert fields["contributions"][-1]["to_month"] == "2027-01"
        world.services.close()

    def test_a_reply_that_others_asked_for_is_not_used(self, world: World) -> None:
        world.record_reply(period_from_on="2010-01-01", period_to_on="2026-01-01")
        issued = run_main_jobs(world)["no-criminal-record"]
        assert facts_of(world, issued)["period_to_on"] == "2026-11-20"


def example(world: World, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(world.home / "example-departments.db")) as connection, connection:
        return connection.execute(statement).fetchall()


@pytest.mark.both_engines
def test_the_main_job_has_one_certificate_of_every_pack(world: World) -> None:
    packs = {pack.code for pack in world.services.packs}
    assert len(packs) >= 8
    made = run_main_jobs(world)
    assert set(made) == packs
    assert len({issued.route for issued in made.values()}) == 2


class TestExampleDatabase:
    def test_it_is_left_alone_on_the_same_day_and_made_anew_on_another(self, world: World) -> None:
        names = "SELECT DISTINCT xm FROM si_persons"
        bases = "SELECT sfzh, qsny, xz, jfjs FROM si_payments WHERE qsny < '2026' ORDER BY 1, 2, 3"
        before = example(world, bases)
        example(world, "UPDATE si_persons SET xm = '改名'")
        world.clock.advance(timedelta(hours=13, minutes=59))
        make_again(world)
        assert example(world, names) == [("改名",)]
        world.clock.advance(timedelta(minutes=1))
        make_again(world)
        assert len(example(world, names)) > 50
        assert example(world, "SELECT DISTINCT cxjzrq FROM police_persons") == [("2026-11-21",)]
        assert example(world, bases) == before, "no day rewrites the past"

    @pytest.mark.parametrize("table", ["police_persons", "si_payments", "example_made_for"])
    def test_what_is_half_there_is_made_anew(self, world: World, table: str) -> None:
        whole = example(world, f"SELECT * FROM {table}")  # noqa: S608  our own names
        example(world, f"DROP TABLE {table}")
        make_again(world)
        assert example(world, f"SELECT * FROM {table}") == whole  # noqa: S608  our own names

    def test_another_version_of_the_program_makes_it_anew(self, world: World) -> None:
        example(world, "UPDATE example_made_for SET version = 0")
        example(world, "DELETE FROM si_payments")
        make_again(world)
        assert example(world, "SELECT count(*) FROM si_payments")[0][0] > 1000


@pytest.fixture(
    params=["2025-03-01T00:30+08:00", "2026-11-21T10:00+08:00", "2028-02-29T23:59+08:00"]
)
def dated_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A demonstration made from nothing at some date."""
    write_demonstration_settings(tmp_path)
    at = datetime.fromisoformat(request.param).astimezone(UTC)
    world = make_world(tmp_path, "", FixedClock(at))
    make_again(world)
    yield world
    world.services.close()


EXPECTED = {
    2025: (date(2025, 1, 1), "2025-02-28", "2012-01", "2025-02", 2),
    2026: (date(2026, 1, 1), "2026-11-20", "2012-01", "2026-10", 10),
    2028: (date(2028, 1, 1), "2028-02-28", "2014-01", "2028-01", 1),
}


def test_every_date_follows_from_the_clock(dated_world: World) -> None:
    in_force_from, as_of, first_month, last_month, months = EXPECTED[dated_world.clock.now().year]
    made = run_main_jobs(dated_world)
    with dated_world.services.database.transaction() as session:
        assert set(session.scalars(select(UseListEntry.effective_on))) == {in_force_from}
    fields = facts_of(dated_world, made["no-criminal-record"])
    assert (fields["period_from_on"], fields["period_to_on"]) == ("2006-03-07", as_of)
    fields = facts_of(dated_world, made["social-insurance"])
    assert fields["as_of_on"] == as_of
    rows = fields["contributions"]
    assert (rows[0]["from_month"], rows[-1]["to_month"]) == (first_month, last_month)
    assert rows[-1]["months"] == months
    queried = example(dated_world, "SELECT DISTINCT cxjzrq FROM police_persons")
    assert queried == [(as_of,)]


def test_the_area_belongs_to_no_place() -> None:
    citizens = [person for person in make_residents() if person.is_citizen]
    assert {person.identity_number[:6] for person in citizens} == {"990101"}
    assert {firm.credit_code[2:8] for firm in make_firms()} == {"990101"}
