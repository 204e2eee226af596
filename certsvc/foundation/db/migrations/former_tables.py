"""Tables and triggers as they were before proposals had one table, and how tables are made anew.

Part of a released migration: not altered.
"""

import importlib
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime
from certsvc.foundation.db.migrations.triggers import (
    APPEND_ONLY,
    forbid_changes,
    refuse_on_postgresql,
    refuse_on_sqlite,
    refuse_replacing_on_sqlite,
)

_VERSIONS = "certsvc.foundation.db.migrations.versions"
_first = importlib.import_module(f"{_VERSIONS}.0001_first_schema")
_custody = importlib.import_module(f"{_VERSIONS}.0002_custody")
_packs = importlib.import_module(f"{_VERSIONS}.0004_pack_versions")
_reasons = importlib.import_module(f"{_VERSIONS}.0008_seal_decisions")
VERSION_TABLES = ("seal_versions", "seal_version_types", "seal_version_units")
SAME_SEAL_CHANGE: str = _first.SEAL_REGISTER_TABLES["seal_changes"]
# Table, its reference to changes of seals, its columns, theirs.
_REFERENCES = (
    ("seal_versions", "change_id_seal_id", ["change_id", "seal_id"], ["id", "seal_id"]),
    ("seal_key_trials", "change_id", ["change_id"], ["id"]),
)

_CHANGE = "id, seal_id, number, action, version_sha256, approved_at, state_after, took_effect"
SEAL_CHANGES_AFTER = f"""
INSERT INTO seal_changes ({_CHANGE}, proposal_id, stop_ground)
SELECT {_CHANGE}, CASE WHEN proposed_by <> 'system' THEN id END,
    CASE WHEN proposed_by = 'system' THEN reason END
FROM former
"""  # noqa: S608  our own names
_FILES = "code, version, digest, title, effective_on, content"
_PEOPLE = "reason, proposed_by, proposed_person, proposed_at, decision_reason"
PACK_VERSIONS_AFTER = f"""
INSERT INTO pack_versions (id, {_FILES}, proposal_id, approved_at)
SELECT id, {_FILES}, id + {{offset}}, CASE WHEN outcome = 'approved' THEN decided_at END
FROM former
"""  # noqa: S608  our own names
SEAL_CHANGES_BEFORE = f"""
INSERT INTO seal_changes ({_CHANGE}, {_PEOPLE}, approved_by, approved_person, closed_by,
    closed_at, outcome)
SELECT f.id, seal_id, number, action, version_sha256, approved_at, state_after, took_effect,
    coalesce(p.reason, stop_ground), coalesce(p.proposed_by, 'system'),
    coalesce(p.proposed_person, 'system'), coalesce(p.proposed_at, approved_at),
    p.decision_reason,
    CASE WHEN approved_at IS NOT NULL THEN coalesce(p.decided_by, 'system') END,
    CASE WHEN approved_at IS NOT NULL THEN coalesce(p.decided_person, 'system') END,
    CASE WHEN p.outcome IN ('rejected', 'withdrawn') THEN p.decided_by END,
    CASE WHEN p.outcome IN ('rejected', 'withdrawn') THEN p.decided_at END,
    CASE WHEN p.outcome IN ('rejected', 'withdrawn') THEN p.outcome END
FROM former f LEFT JOIN proposals p ON p.id = f.proposal_id
"""  # noqa: S608  our own names
PACK_VERSIONS_BEFORE = f"""
INSERT INTO pack_versions (id, {_FILES}, {_PEOPLE}, outcome, decided_by, decided_person,
    decided_at)
SELECT f.id, {_FILES}, p.reason, p.proposed_by, p.proposed_person, p.proposed_at,
    p.decision_reason, CASE WHEN p.outcome <> 'expired' THEN p.outcome END,
    p.decided_by, p.decided_person, CASE WHEN p.outcome <> 'expired' THEN p.decided_at END
FROM former f JOIN proposals p ON p.id = f.proposal_id
"""  # noqa: S608  our own names


def on_sqlite() -> bool:
    """Tell which engine it is."""
    return op.get_bind().dialect.name == "sqlite"


def open_references() -> None:
    """Let the table of seals' changes be made anew under what refers to it."""
    if on_sqlite():
        # Counted when everything is there again; at the commit nothing may be missing.
        op.execute("PRAGMA defer_foreign_keys = ON")
    for table in VERSION_TABLES:
        trigger = f"{table}_version_complete"
        if on_sqlite():
            op.execute(f"DROP TRIGGER {trigger}")
        else:
            op.execute(f"DROP TRIGGER {trigger} ON {table}")
            op.execute(f"DROP FUNCTION {trigger}()")
    if not on_sqlite():
        for table, name, *_ in _REFERENCES:
            op.drop_constraint(op.f(f"fk_{table}_{name}"), table, type_="foreignkey")


def close_references() -> None:
    """Let tables refer to seals' changes again."""
    if on_sqlite():
        return
    for table, name, ours, theirs in _REFERENCES:
        op.create_foreign_key(op.f(f"fk_{table}_{name}"), table, "seal_changes", ours, theirs)


def rebuild(table: str, make: Callable[[], None], move: str) -> None:
    """Make a table anew, its rows moved by a statement that takes them from `former`."""
    op.execute(f"CREATE TABLE former AS SELECT * FROM {table}")  # noqa: S608  our own names
    op.drop_table(table)
    drop_functions(table)
    make()
    op.execute(move)
    op.drop_table("former")
    continue_numbers(table)


def drop_functions(table: str) -> None:
    """Drop what the triggers of a table that is no more called."""
    if on_sqlite():
        return
    of_table = sa.text(
        "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        " AND starts_with(proname, :prefix) AND prorettype = 'trigger'::regtype"
    )
    for name in op.get_bind().scalars(of_table, {"prefix": f"{table}_"}).all():
        op.execute(f"DROP FUNCTION {name}()")


def continue_numbers(table: str) -> None:
    """Let the next row have a number that none has."""
    if not on_sqlite():
        op.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id))"  # noqa: S608  our own names
            f" FROM {table} HAVING count(*) > 0"
        )


def seal_change_columns() -> list[sa.Column[object]]:
    """Make what changes of seals had before and have after."""
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seal_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("version_sha256", sa.String(length=64), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("state_after", sa.String(length=20), nullable=True),
        sa.Column("took_effect", sa.Integer(), nullable=True),
    ]


def seal_change_constraints() -> list[sa.Constraint]:
    """Make what bound changes of seals before and binds them after."""
    return [
        sa.CheckConstraint(
            "action IN ('apply', 'make', 'file', 'enable', 'stop', 'cancel', 'amend', 'rescope')",
            name=op.f("ck_seal_changes_action"),
        ),
        sa.CheckConstraint(
            "state_after IN ('applied', 'made', 'filed', 'in_use', 'stopped', 'cancelled')",
            name=op.f("ck_seal_changes_state_after"),
        ),
        sa.CheckConstraint(
            "action IN ('amend', 'rescope') OR state_after = CASE action"
            " WHEN 'apply' THEN 'applied' WHEN 'make' THEN 'made' WHEN 'file' THEN 'filed'"
            " WHEN 'enable' THEN 'in_use' WHEN 'stop' THEN 'stopped' ELSE 'cancelled' END",
            name=op.f("ck_seal_changes_state_of_action"),
        ),
        sa.ForeignKeyConstraint(["seal_id"], ["seals.id"], name=op.f("fk_seal_changes_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_changes")),
        sa.UniqueConstraint("id", "seal_id", name=op.f("uq_seal_changes_id_seal_id")),
        sa.UniqueConstraint("seal_id", "number", name=op.f("uq_seal_changes_seal_id_number")),
        sa.UniqueConstraint(
            "seal_id", "took_effect", name=op.f("uq_seal_changes_seal_id_took_effect")
        ),
    ]


def make_seal_changes() -> None:
    """Make the table of seals' changes as it was before."""
    op.create_table(
        "seal_changes",
        *seal_change_columns(),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_person", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("approved_person", sa.String(length=64), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        *seal_change_constraints(),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_seal_changes_reason")),
        sa.CheckConstraint(
            "approved_by <> proposed_by AND approved_person <> proposed_person"
            " OR approved_by = 'system' AND proposed_by = 'system' AND action = 'stop'",
            name=op.f("ck_seal_changes_two_people"),
        ),
        sa.CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)"
            " AND (approved_by IS NULL) = (approved_person IS NULL)"
            " AND (approved_by IS NULL) = (state_after IS NULL)"
            " AND (approved_by IS NULL) = (took_effect IS NULL)",
            name=op.f("ck_seal_changes_approval_whole"),
        ),
        sa.CheckConstraint(
            "(closed_by IS NULL) = (closed_at IS NULL) AND (closed_by IS NULL) = (outcome IS NULL)",
            name=op.f("ck_seal_changes_closing_whole"),
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR closed_by IS NULL", name=op.f("ck_seal_changes_one_end")
        ),
        sa.CheckConstraint(
            "outcome = 'withdrawn' AND closed_by = proposed_by"
            " OR outcome = 'rejected' AND closed_by <> proposed_by",
            name=op.f("ck_seal_changes_outcome"),
        ),
    )
    # It came later.
    op.add_column("seal_changes", sa.Column("decision_reason", sa.String(length=500)))


def pack_version_columns() -> list[sa.Column[object]]:
    """Make what versions of packs had before and have after."""
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    ]


def pack_version_constraints() -> list[sa.Constraint]:
    """Make what bound versions of packs before and binds them after."""
    return [
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_pack_versions_digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_versions")),
    ]


def index_pack_versions(approved: str) -> None:
    """Index versions of packs; of each number there is one that is approved."""
    table, where = "pack_versions", sa.text(approved)
    op.create_index(
        "uq_pack_versions_approved",
        table,
        ["code", "version"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_index("ix_pack_versions_code_effective_on", table, ["code", "effective_on"])
    op.create_index(op.f("ix_pack_versions_digest"), table, ["digest"])


def make_pack_versions() -> None:
    """Make the table of packs' versions as it was before."""
    op.create_table(
        "pack_versions",
        *pack_version_columns(),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_person", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_person", sa.String(length=64), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('approved', 'rejected', 'withdrawn')",
            name=op.f("ck_pack_versions_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL)"
            " AND (outcome IS NULL) = (decided_person IS NULL)"
            " AND (outcome IS NULL) = (decided_at IS NULL)"
            " AND (outcome IS NULL) = (decision_reason IS NULL)",
            name=op.f("ck_pack_versions_decision_whole"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome = 'withdrawn' AND decided_by = proposed_by"
            " OR outcome <> 'withdrawn' AND decided_by <> proposed_by"
            " AND decided_person <> proposed_person",
            name=op.f("ck_pack_versions_two_people"),
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_pack_versions_reason")),
        *pack_version_constraints(),
    )
    index_pack_versions("outcome = 'approved'")


def make_ceremony_approvals() -> None:
    """Make the table of ceremonies' approvals as it was before."""
    op.create_table(
        "ceremony_approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ceremony_sha256", sa.String(length=64), nullable=False),
        sa.Column("approver", sa.String(length=80), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ceremony_approvals")),
    )


def drop_ceremony_approvals() -> None:
    """Drop that table."""
    op.drop_table("ceremony_approvals")
    drop_functions("ceremony_approvals")


def keep_rows(table: str) -> None:
    """Refuse to delete rows."""
    if on_sqlite():
        refuse_on_sqlite(table, f"{table}_no_delete", "BEFORE DELETE")
        return
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION seal_register_guard()"
    )


def refuse(table: str, name: str, event: str, condition: str, words: str) -> None:
    """Refuse an event where the condition holds, by a trigger of the table."""
    make = refuse_on_sqlite if on_sqlite() else refuse_on_postgresql
    make(table, f"{table}_{name}", event, condition, words)


def keep_time_forward() -> None:
    """Let no change of a seal take effect before the last one, as before."""
    for table, name, event, condition, words in _first._seal_checks():  # noqa: SLF001  as it was then
        if table == "seal_changes":
            refuse(table, name, f"BEFORE {event}", condition, words)


def guard_as_before() -> None:
    """Let the database refuse what it refused before."""
    keep_rows("seal_changes")
    if on_sqlite():
        refuse_replacing_on_sqlite("seal_changes", SAME_SEAL_CHANGE)
    for table, name, columns, condition in _first.SEAL_REGISTER_GUARDS:
        if table == "seal_changes":
            _guard_as_before(table, name, columns, condition)
    keep_time_forward()
    for table in VERSION_TABLES:
        late = _first._version_late()  # noqa: SLF001  as it was then
        refuse(table, "version_complete", "BEFORE INSERT", late, APPEND_ONLY)
    for name, columns, condition, words in _reasons.CHECKS:
        if on_sqlite():
            refuse("seal_changes", f"{name}_new", "AFTER INSERT", condition, words)
            refuse(
                "seal_changes", f"{name}_altered", f"AFTER UPDATE OF {columns}", condition, words
            )
        else:
            event = f"AFTER INSERT OR UPDATE OF {columns}"
            refuse("seal_changes", name, event, condition, words)
    freeze = _packs._freeze_on_sqlite if on_sqlite() else _packs._freeze_on_postgresql  # noqa: SLF001  as it was then
    freeze()
    forbid_changes("ceremony_approvals", _custody.APPEND_ONLY["ceremony_approvals"])


def _guard_as_before(table: str, name: str, columns: str, condition: str) -> None:
    event = f"UPDATE OF {columns}" if columns else "UPDATE"
    if on_sqlite():
        refuse_on_sqlite(table, f"{table}_{name}", f"BEFORE {event}", condition)
        return
    when = f"WHEN ({condition}) " if condition else ""
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} "
        f"FOR EACH ROW {when}EXECUTE FUNCTION seal_register_guard()"
    )
