"""The log of uses: looked through, taken out as a table, and asked who used a seal at night."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from certsvc.demonstration.district import APPROVAL_BUREAU, HIRING_MATTER, POLICE, SCHOOL
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.storage.folder import FolderObjectStore
from certsvc.foundation.storage.objects import ObjectDigest, StoreUnavailableError
from certsvc.people.rights.rules import PermissionDeniedError
from certsvc.sealing.register.scope_rules import ServiceHours
from certsvc.sealing.uses.use_tables import COLUMNS, OUTCOMES, uses_as_csv
from certsvc.sealing.uses.uses import (
    ListedUse,
    UseSearch,
    find_uses,
    find_uses_outside_hours,
    record_export,
    units_with_uses,
)
from tests.support.world import NOW, World

SEAL = "data-sharing-seal"
HOUR = timedelta(hours=1)
_ALL = "SELECT * FROM seal_uses"


def found(world: World, **search: object) -> list[ListedUse]:
    actor = world.staff("seal.qian")
    with world.services.database.reading() as session:
        return find_uses(session, UseSearch(**search), actor=actor)  # type: ignore[arg-type]  # a test


@pytest.mark.duty("SZ-16-1", "SZ-15-1")
class TestSearch:
    def test_a_use_tells_everything_about_itself(self, world: World) -> None:
        issued = world.issue()
        (use,) = found(world)
        assert (use.seal_id, use.number, use.outcome) == (SEAL, 1, "sealed")
        assert (use.operator, use.unit_code) == ("staff:clerk.wang", APPROVAL_BUREAU)
        assert (use.identifier, use.copy_number) == (issued.identifier, issued.copy_number)
        assert use.sealed_sha256 == issued.sha256
        assert use.type_code == "no-criminal-record"
        assert len(use.authorisation_id) == 32
        assert {len(use.certificate_sha256), len(use.document_sha256)} == {64}
        assert (use.at, use.ended_at) == (NOW, NOW)

    def test_the_units_that_used_a_seal_are_a_choice(self, world: World) -> None:
        def units(seal: str = SEAL) -> list[str]:
            with world.services.database.reading() as session:
                return [code for code, _ in units_with_uses(session, seal)]

        assert units() == []
        world.issue()
        world.issue(purpose="再次")
        assert units() == [APPROVAL_BUREAU]
        world.services.issuer.issue(
            world.request(unit_code=SCHOOL, matter_code=HIRING_MATTER),
            actor=world.staff("clerk.chen"),
        )
        assert sorted(units()) == sorted([APPROVAL_BUREAU, SCHOOL])
        assert units("no such seal") == []

    def test_every_way_to_search(self, world: World) -> None:
        first = world.issue()
        world.clock.advance(HOUR)
        second = world.issue(purpose="再次")
        assert [use.copy_number for use in found(world)] == [
            second.copy_number,
            first.copy_number,
        ]
        for search, expected in (
            ({"seal_id": SEAL}, 2),
            ({"seal_id": "department-verification-seal"}, 0),
            ({"since_at": NOW + HOUR}, 1),
            ({"until_at": NOW + HOUR}, 1),
            ({"since_at": NOW, "until_at": NOW + 2 * HOUR}, 2),
            ({"operator": "staff:clerk.wang"}, 2),
            ({"operator": "staff:clerk.chen"}, 0),
            ({"unit_code": APPROVAL_BUREAU}, 2),
            ({"unit_code": SCHOOL}, 0),
            ({"copy_number": first.copy_number}, 1),
            ({"copy_number": "' OR 1=1 --"}, 0),
        ):
            assert len(found(world, **search)) == expected, search

    def test_what_failed_is_listed_as_abandoned(self, world: World) -> None:
        class FullStore(FolderObjectStore):
            def put(self, content: bytes) -> ObjectDigest:
                raise StoreUnavailableError(size=len(content))

        world.services.__dict__["store"] = FullStore(world.home)
        with pytest.raises(StoreUnavailableError):
            world.issue()
        (use,) = found(world)
        assert (use.outcome, use.sealed_sha256, use.number) == ("abandoned", None, 1)

    def test_only_custodians_read_and_only_of_their_unit(self, world: World) -> None:
        world.issue()
        foreign = replace(world.staff("seal.qian"), unit_code=POLICE)
        clerk = world.staff("clerk.wang")
        with world.services.database.reading() as session:
            assert find_uses(session, UseSearch(), actor=foreign) == []
            for search in (find_uses, find_uses_outside_hours):
                with pytest.raises(PermissionDeniedError):
                    search(session, UseSearch(), actor=clerk)


class TestOutsideHours:
    @pytest.mark.parametrize(
        ("own", "asked", "expected"),
        [
            ("", "", 1),  # a Saturday morning is outside office hours
            ("", "6 09:00-12:00", 0),
            ("", "1-7 18:00-24:00", 1),
            ("6-7 00:00-24:00", "", 0),  # the seal's own hours were others
            ("6-7 00:00-24:00", "1-5 08:30-17:30", 1),
        ],
    )
    def test_who_used_it_outside(self, world: World, own: str, asked: str, expected: int) -> None:
        world.rescope_seal(SEAL, service_hours=own, stop_before_days=1)
        world.issue()
        actor = world.staff("seal.zhao")
        hours = ServiceHours.parse(asked) if asked else None
        with world.services.database.reading() as session:
            uses = find_uses_outside_hours(session, UseSearch(), actor=actor, hours=hours)
        assert [use.operator for use in uses] == ["staff:clerk.wang"] * expected


class TestExport:
    def test_a_table_holds_every_column_and_no_formula(self, world: World) -> None:
        world.issue()
        (use,) = found(world)
        uses = [
            use,
            replace(use, unit_name='=HYPERLINK("x")', operator="@SUM(1)", copy_number="-1+2"),
        ]
        content = uses_as_csv(
            uses,
            titles={column: column for column in COLUMNS},
            outcomes={outcome: f"({outcome})" for outcome in OUTCOMES},
        )
        assert content.startswith(b"\xef\xbb\xbf")
        head, first, second = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        assert tuple(head) == COLUMNS
        assert first[COLUMNS.index("operator")] == "staff:clerk.wang"
        words = dict(zip(COLUMNS, first, strict=True))
        assert (words["outcome_words"], words["outcome"]) == ("(sealed)", "sealed")
        assert (words["type_name"], words["type_code"]) == ("无犯罪记录证明", "no-criminal-record")
        assert words["seal_name"] == "云岭区证照数据共享查询核验专用章"
        assert words["operator_name"].endswith("（演示）")
        assert first[COLUMNS.index("at")] == "2026-11-21T10:00:00+08:00"
        cells = dict(zip(COLUMNS, second, strict=True))
        assert cells["unit_name"] == '\'=HYPERLINK("x")'
        assert (cells["operator"], cells["copy_number"]) == ("'@SUM(1)", "'-1+2")

    def test_taking_it_out_of_the_house_is_on_record(self, world: World) -> None:
        world.issue()
        actor, uses = world.staff("seal.qian"), found(world)
        with world.services.database.transaction() as session:
            record_export(session, UseSearch(seal_id=SEAL), uses, actor=actor, now=NOW)
            entry = session.scalars(
                select(EventRecord).where(EventRecord.kind == "seal.uses-exported")
            ).one()
        assert (entry.actor, entry.subject, entry.details) == (actor.id, SEAL, {"count": 1})


class TestNobodyRewritesIt:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE seal_uses SET operator = 'x'",
            "DELETE FROM seal_uses",
            "DELETE FROM seal_uses WHERE id = 1",
            f"INSERT INTO seal_uses {_ALL} WHERE true ON CONFLICT (id) DO UPDATE SET operator = ''",
        ],
    )
    def test_on_both_engines(self, world: World, statement: str) -> None:
        world.issue()
        with (
            pytest.raises(DatabaseError, match="append-only"),
            world.services.database.transaction() as session,
        ):
            session.execute(text(statement))

    @pytest.mark.parametrize(
        "statement",
        [
            "REPLACE INTO seal_uses SELECT * FROM seal_uses",
            "INSERT OR REPLACE INTO seal_uses SELECT * FROM seal_uses",
            "UPDATE OR REPLACE seal_uses SET id = 1",
            "UPDATE OR IGNORE seal_uses SET operator = 'x'",
        ],
    )
    def test_on_sqlite(self, sqlite_world: World, statement: str) -> None:
        sqlite_world.issue()
        with (
            pytest.raises(DatabaseError, match="append-only"),
            sqlite_world.services.database.transaction() as session,
        ):
            session.execute(text(statement))

    @pytest.mark.parametrize(
        "statement",
        [
            "TRUNCATE seal_uses",
            "TRUNCATE seals CASCADE",
            "TRUNCATE seal_authorisations CASCADE",
            "MERGE INTO seal_uses u USING seal_uses v ON u.id = v.id WHEN MATCHED THEN DELETE",
        ],
    )
    def test_on_postgresql(self, postgres_world: World, statement: str) -> None:
        postgres_world.issue()
        with (
            pytest.raises(DatabaseError, match="append-only"),
            postgres_world.services.database.transaction() as session,
        ):
            session.execute(text(statement))
