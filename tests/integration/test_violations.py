"""Telling what a statement violated by its name, on both engines."""

import re

import pytest
from sqlalchemy import CheckConstraint, Table, UniqueConstraint, inspect, text
from sqlalchemy.exc import IntegrityError

from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.service import KIND
from certsvc.foundation.approvals.rules import Outcome, Signatory
from certsvc.foundation.approvals.service import propose
from certsvc.foundation.db.base import Base
from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.violations import Violation, ViolationKind, refused_as, violation_of
from certsvc.foundation.idempotency.rules import InProgressError
from certsvc.people.accounts.service import register_staff
from certsvc.people.units.records import Unit
from tests.architecture.tree import files
from tests.support.world import NOW

UNIT = "1" * 18
_NAMED = re.compile(r"refused_as\(\s*[\w().=, ]+?((?:,\s*\"\w+\")+)\s*\)")
_INSERT = "INSERT INTO units (code, name, kind, area_code) VALUES "
CASES = {
    "primary key": (f"{_INSERT}('{UNIT}', 'another', 'government', '1')", "unique", "pk_units"),
    "unique": (f"{_INSERT}('{'2' * 18}', 'unit', 'government', '1')", "unique", "uq_units_name"),
    "check": (f"{_INSERT}('{'3' * 18}', 'x', 'club', '1')", "check", "ck_units_kind"),
    "missing": (f"{_INSERT}('{'4' * 18}', NULL, 'government', '1')", "missing", None),
    "partial index": (
        (
            "UPDATE pack_versions SET approved_at ="
            " (SELECT decided_at FROM proposals WHERE id = pack_versions.proposal_id)"
        ),
        "unique",
        "uq_pack_versions_approved",
    ),
    "trigger": ("DELETE FROM pack_versions", "trigger", None),
}
REFERENCE = (
    "INSERT INTO staff_roles (login, role) VALUES ('nobody', 'clerk')",
    "fk_staff_roles_login",
)


@pytest.fixture
def database(migrated_database: Database) -> Database:
    """A database with a unit, and two proposals of one version of a pack, approved just now."""
    with migrated_database.transaction() as session:
        session.add(Unit(code=UNIT, name="unit", kind="government", area_code="110101"))
        session.flush()
        for login in ("a", "b"):
            register_staff(
                session,
                login=login,
                name=login,
                person_id=login,
                unit_code=UNIT,
                password="a long enough password",
                roles=frozenset(),
            )
        for number in (1, 2):
            proposal = propose(
                session, KIND, "p", reason="r", by=Signatory(account="staff:a", person="a"), now=NOW
            )
            session.add(
                PackVersion(
                    id=number,
                    code="p",
                    version="1.0",
                    digest="0" * 64,
                    title="t",
                    effective_on=NOW.date(),
                    content=b"",
                    proposal=proposal,
                )
            )
            session.flush()
            proposal.shown_sha256, proposal.decision_reason = "0" * 64, "r"
            proposal.outcome, proposal.decided_at = Outcome.APPROVED.value, NOW
            proposal.decided_by, proposal.decided_person = "staff:b", "b"
            session.flush()
    return migrated_database


def violated(database: Database, statement: str) -> Violation | None:
    with pytest.raises(IntegrityError) as caught, database.transaction() as session:
        session.execute(text(statement))
    return violation_of(caught.value)


@pytest.mark.parametrize("case", CASES)
def test_a_violation_is_told_by_kind_and_name(database: Database, case: str) -> None:
    statement, kind, constraint = CASES[case]
    found = violated(database, statement)
    assert found == Violation(kind=ViolationKind(kind), constraint=constraint)


def test_a_broken_reference_is_told_and_named_where_the_engine_names_it(
    database: Database,
) -> None:
    found = violated(database, REFERENCE[0])
    name = REFERENCE[1] if database.engine.dialect.name == "postgresql" else None
    assert found == Violation(kind=ViolationKind.REFERENCE, constraint=name)


def test_only_the_named_constraint_is_told_as_something_else(database: Database) -> None:
    with pytest.raises(InProgressError), refused_as(InProgressError(), "uq_units_name", "pk_units"):
        insert(database, CASES["unique"][0])
    with pytest.raises(IntegrityError), refused_as(InProgressError(), "uq_units_name"):
        insert(database, CASES["check"][0])


def insert(database: Database, statement: str) -> None:
    with database.transaction() as session:
        session.execute(text(statement))


def test_the_database_has_the_names_of_the_program(migrated_database: Database) -> None:
    asked = inspect(migrated_database.engine)
    for table in Base.metadata.sorted_tables:
        unique = {str(each["name"]) for each in asked.get_unique_constraints(table.name)}
        assert names(table, UniqueConstraint) == unique, table.name
        checks = {str(each["name"]) for each in asked.get_check_constraints(table.name)}
        assert names(table, CheckConstraint) == checks, table.name
        # SQLite gives a key that numbers itself no name.
        if asked.dialect.name != "sqlite" or not table.dialect_options["sqlite"]["autoincrement"]:
            assert asked.get_pk_constraint(table.name)["name"] == table.primary_key.name


def names(table: Table, kind: type[UniqueConstraint | CheckConstraint]) -> set[str]:
    return {str(each.name) for each in table.constraints if isinstance(each, kind)}


def test_every_constraint_that_is_waited_for_exists() -> None:
    known = {str(c.name) for table in Base.metadata.tables.values() for c in table.constraints}
    known |= {str(i.name) for table in Base.metadata.tables.values() for i in table.indexes}
    asked = [
        name
        for path in files("api", "certsvc", suffix=".py")
        for listed in _NAMED.findall(path.read_text(encoding="utf-8"))
        for name in re.findall(r'"(\w+)"', listed)
    ]
    calls = sum(
        path.read_text(encoding="utf-8").count("refused_as(")
        for path in files("api", "certsvc", suffix=".py")
    )
    assert len(asked) >= calls - 1 > 5, "the pattern no longer finds the names"
    assert set(asked) <= known


def test_nobody_else_looks_into_an_integrity_error() -> None:
    looking = {
        path.name
        for path in files("api", "certsvc", suffix=".py")
        if re.search(r"\bIntegrityError\b|in str\(error", path.read_text(encoding="utf-8"))
    }
    assert looking == {"violations.py"}
