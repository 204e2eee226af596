"""Lists of roles and states: the database refuses what is on none, and learns what is new."""

import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from certsvc.foundation.db.base import Base
from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.migrate import (
    SchemaOutOfDateError,
    migrate,
    require_current_schema,
)
from certsvc.foundation.db.value_lists import (
    ValueInUseError,
    one_of,
    outdated_lists,
    renew_lists,
    require_all_loaded,
    widen_lists,
)
from certsvc.foundation.db.violations import violation_of
from certsvc.people.rights.rules import STAFF_ROLES
from tests.architecture.tree import ROOT
from tests.support.checks import tables_with
from tests.support.world import World

MADE_UP = "made_up"
LIST = "ck_staff_roles_role"
UNKNOWN_STATES = {
    "UPDATE issuances SET state = 'unknown'": "ck_issuances_state",
    "UPDATE certificate_records SET status = 'unknown'": "ck_certificate_records_status",
    "UPDATE certificate_records SET route = 'unknown'": "ck_certificate_records_route",
    "UPDATE units SET kind = 'unknown'": "ck_units_kind",
    "INSERT INTO staff_roles SELECT login, 'unknown' FROM staff": LIST,
}


class MoreRoles(StrEnum):
    """The roles of a later version of the program."""

    CLERK = "clerk"
    MADE_UP = MADE_UP


def later(*more: str) -> list[str]:
    return [*STAFF_ROLES, *more]


@pytest.fixture
def connection(migrated_database: Database) -> Connection:  # type: ignore[misc]
    with migrated_database.engine.connect() as connection:
        connection.execute(
            text(
                "INSERT INTO units (code, name, kind, area_code)"
                " VALUES ('111111111111111111', 'u', 'government', '110101')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO staff (login, name, person_id, unit_code, password_hash)"
                " VALUES ('li', 'Li', 'P1', '111111111111111111', 'x')"
            )
        )
        connection.commit()
        yield connection


def give(connection: Connection, role: str) -> str | None:
    """Give somebody a role by raw SQL; return the constraint that refused it."""
    try:
        with connection.begin_nested():
            connection.execute(
                text("INSERT INTO staff_roles (login, role) VALUES ('li', :role)"), {"role": role}
            )
    except IntegrityError as error:
        violation = violation_of(error)
        return violation.constraint if violation else "?"
    return None


@pytest.mark.parametrize("statement", UNKNOWN_STATES)
def test_an_unknown_state_written_by_raw_sql_is_refused(world: World, statement: str) -> None:
    world.issue()
    with pytest.raises(IntegrityError) as caught, world.services.database.transaction() as session:
        session.execute(text(statement))
    violation = violation_of(caught.value)
    assert violation is not None
    assert violation.constraint == UNKNOWN_STATES[statement]


def test_every_list_of_the_program_is_the_databases(connection: Connection) -> None:
    assert outdated_lists(connection) == []
    require_all_loaded(connection)
    assert len(list(generated())) >= 15


def generated() -> list[str]:
    return [
        str(each.name)
        for table in Base.metadata.sorted_tables
        for each in table.constraints
        if each.info
    ]


def test_a_new_value_is_learned_and_another_one_still_refused(connection: Connection) -> None:
    program = tables_with("staff_roles", one_of("role", later(MADE_UP)))
    assert give(connection, MADE_UP) == LIST
    assert outdated_lists(connection, program) == [LIST]
    renew_lists(connection, program)
    assert outdated_lists(connection, program) == []
    assert give(connection, MADE_UP) is None
    assert give(connection, "unknown") == LIST
    connection.commit()


def test_a_value_that_rows_hold_does_not_leave_its_list(connection: Connection) -> None:
    assert give(connection, "clerk") is None
    fewer = tables_with("staff_roles", one_of("role", STAFF_ROLES[1:]))
    with pytest.raises(ValueInUseError):
        renew_lists(connection, fewer)
    connection.execute(text("DELETE FROM staff_roles"))
    renew_lists(connection, fewer)
    assert give(connection, "clerk") == LIST


def test_before_a_migration_the_old_and_the_new_may_be_written(connection: Connection) -> None:
    other = tables_with("staff_roles", one_of("role", MoreRoles))
    widen_lists(connection, other)
    for role in ("handler", MADE_UP):
        assert give(connection, role) is None
    assert give(connection, "unknown") == LIST


def test_a_run_that_fails_leaves_the_lists_as_they_were(connection: Connection) -> None:
    renew_lists(connection, tables_with("staff_roles", one_of("role", later(MADE_UP))))
    connection.rollback()
    assert outdated_lists(connection) == []
    assert give(connection, MADE_UP) == LIST


def test_tables_that_are_not_loaded_are_noticed(connection: Connection) -> None:
    with pytest.raises(RuntimeError, match="issuances"):
        require_all_loaded(connection, tables_with("staff_roles"))


def test_a_role_needs_no_migration_of_its_own(migrated_database: Database, tmp_path: Path) -> None:
    """Add a role to a copy of the program's source, and nothing else."""
    shutil.copytree(ROOT / "certsvc", tmp_path / "certsvc")
    rules = tmp_path / "certsvc" / "people" / "rights" / "rules.py"
    source = rules.read_text(encoding="utf-8")
    place = '    CLERK = "clerk"\n'
    assert place in source
    rules.write_text(
        source.replace(place, f'{place}    MADE_UP = "{MADE_UP}"\n', 1), encoding="utf-8"
    )
    url = migrated_database.engine.url.render_as_string(hide_password=False)
    script = (
        "from certsvc.people.rights.rules import Role\n"
        "from certsvc.foundation.db import migrate as m\n"
        "from certsvc.foundation.db.engine import Database\n"
        f"database = Database({url!r})\n"
        "try:\n    m.require_current_schema(database)\n"
        "except m.SchemaOutOfDateError:\n    print('out of date')\n"
        "m.migrate(database)\n"
        "m.require_current_schema(database)\n"
        "print(Role.MADE_UP.value)\n"
    )
    done = subprocess.run(  # noqa: S603  our own script
        [sys.executable, "-c", script],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        encoding="utf-8",
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": ""},
    )
    assert (done.stdout.split("\n")[:2], done.returncode) == (["out of date", MADE_UP], 0), (
        done.stderr
    )
    with migrated_database.engine.connect() as connection:
        assert outdated_lists(connection) == [LIST]
    with pytest.raises(SchemaOutOfDateError):
        require_current_schema(migrated_database)  # this program does not know it
    migrate(migrated_database)
    require_current_schema(migrated_database)
