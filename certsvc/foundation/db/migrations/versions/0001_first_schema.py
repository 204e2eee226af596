"""First schema: the main job, from catalogue to sealed copy."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime
from certsvc.foundation.db.migrations.triggers import (
    forbid_changes_on_sqlite,
    refuse_on_postgresql,
    refuse_on_sqlite,
    refuse_replacing_on_sqlite,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# Table, and the condition under which a new row would take the place of one that is there.
APPEND_ONLY = {
    "log_entries": "sequence = NEW.sequence OR entry_sha256 = NEW.entry_sha256",
    "seal_uses": "id = NEW.id OR authorisation_id = NEW.authorisation_id AND event = NEW.event",
}


def _forbid_changes(table: str, same_row: str) -> None:
    """Make the database itself refuse to change, delete or replace a row."""
    if op.get_bind().dialect.name == "sqlite":
        forbid_changes_on_sqlite(table, same_row)
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


# Table, name of the trigger, columns it guards (all if empty), row it guards (any if empty).
SEAL_REGISTER_GUARDS = (
    ("staff", "person_fixed", "login, person_id", ""),
    ("seals", "identity_fixed", "id, name, owner_unit_code, route", ""),
    (
        "seal_changes",
        "proposal_fixed",
        "id, seal_id, number, action, reason, version_sha256, proposed_by, proposed_at",
        "",
    ),
    ("seal_changes", "proposer_fixed", "proposed_person", ""),
    (
        "seal_changes",
        "decision_fixed",
        "",
        "OLD.approved_at IS NOT NULL OR OLD.closed_at IS NOT NULL",
    ),
    ("seal_versions", "version_fixed", "", ""),
    ("seal_version_types", "version_fixed", "", ""),
    ("seal_version_units", "version_fixed", "", ""),
    (
        "seal_authorisations",
        "authorisation_fixed",
        "id, seal_id, version_id, number, used_on, number_of_day, created_at, expires_at",
        "",
    ),
    (
        "seal_authorisations",
        "document_fixed",
        "record_id, route, type_code, copy_number, unit_code, document_sha256",
        "",
    ),
    ("seal_authorisations", "redeemed_once", "redeemed_at", "OLD.redeemed_at IS NOT NULL"),
)
# Table, and the condition under which a new row would take the place of one that is there.
SEAL_REGISTER_TABLES = {
    # An account taken away and made again could have another person behind it.
    "staff": "login = NEW.login",
    "seals": "id = NEW.id OR name = NEW.name",
    "seal_changes": (
        "id = NEW.id OR seal_id = NEW.seal_id"
        " AND (number = NEW.number OR took_effect = NEW.took_effect)"
    ),
    "seal_versions": "change_id = NEW.change_id",
    "seal_version_types": "change_id = NEW.change_id AND type_code = NEW.type_code",
    "seal_version_units": "change_id = NEW.change_id AND unit_code = NEW.unit_code",
    "seal_authorisations": (
        "id = NEW.id OR seal_id = NEW.seal_id AND (number = NEW.number"
        " OR used_on = NEW.used_on AND number_of_day = NEW.number_of_day)"
    ),
}
CONTENT = (
    "rim_text",
    "bottom_text",
    "second_line",
    "rim_number",
    "has_star",
    "uploaded_image",
    "diameter_mm",
    "key_uri",
    "certificate_chain_pem",
)


def _version_in_force(seal: str) -> str:
    """Name the change that carries the version in force of a seal."""
    return (
        "(SELECT v.change_id FROM seal_versions v JOIN seal_changes c ON c.id = v.change_id"  # noqa: S608  our own names
        f" WHERE c.seal_id = {seal} AND c.took_effect IS NOT NULL"
        " ORDER BY c.took_effect DESC LIMIT 1)"
    )


def _content_foreign() -> str:
    """Say when a seal's new content is neither its version in force nor before its first."""
    same = "IS" if op.get_bind().dialect.name == "sqlite" else "IS NOT DISTINCT FROM"
    equal = " AND ".join(f"v.{column} {same} NEW.{column}" for column in CONTENT)
    return (
        "EXISTS (SELECT 1 FROM seal_changes"  # noqa: S608  our own names
        " WHERE seal_id = NEW.id AND took_effect IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM seal_versions v"
        f" WHERE v.change_id = {_version_in_force('NEW.id')} AND {equal})"
    )


def _version_late() -> str:
    """Say when something would be added to a version that was decided on."""
    return (
        "EXISTS (SELECT 1 FROM seal_changes WHERE id = NEW.change_id"
        " AND (approved_at IS NOT NULL OR closed_at IS NOT NULL))"
    )


def _decided_before_last() -> str:
    """Say when a decision would take effect at an instant before the last one of its seal."""
    return (
        "EXISTS (SELECT 1 FROM seal_changes"
        " WHERE seal_id = NEW.seal_id AND approved_at > NEW.approved_at)"
    )


def _use_forbidden() -> str:
    """Say when state, version, scope or limits do not permit a new authorisation."""
    day = (
        "date(NEW.created_at, '+8 hours')"
        if op.get_bind().dialect.name == "sqlite"
        else "(NEW.created_at AT TIME ZONE 'UTC' + interval '8 hours')::date"
    )
    state = (
        "(SELECT state_after FROM seal_changes WHERE seal_id = NEW.seal_id"
        " AND took_effect IS NOT NULL ORDER BY took_effect DESC LIMIT 1)"
    )
    rows = "(SELECT 1 FROM {table} WHERE change_id = NEW.version_id{more})"
    of_types = rows.format(table="seal_version_types", more="")
    of_type = rows.format(table="seal_version_types", more=" AND type_code = NEW.type_code")
    of_units = rows.format(table="seal_version_units", more="")
    of_unit = rows.format(table="seal_version_units", more=" AND unit_code = NEW.unit_code")
    over = " AND (total_limit < NEW.number OR daily_limit < NEW.number_of_day)"
    return " OR ".join(
        [
            f"coalesce({state}, '') <> 'in_use'",
            f"NEW.version_id <> {_version_in_force('NEW.seal_id')}",
            f"(EXISTS {of_types} AND NOT EXISTS {of_type})",
            f"(EXISTS {of_units} AND NOT EXISTS {of_unit})",
            f"EXISTS {rows.format(table='seal_versions', more=over)}",
            f"NEW.used_on <> {day}",
        ]
    )


# Table, name of the trigger, event, when it refuses, what it says.
def _seal_checks() -> tuple[tuple[str, str, str, str, str], ...]:
    altered = f"UPDATE OF {', '.join(CONTENT)}"
    return (
        ("seals", "content_approved", altered, _content_foreign(), "is append-only"),
        ("seal_changes", "time_forward", "INSERT", _decided_before_last(), "is append-only"),
        (
            "seal_changes",
            "time_forward_still",
            "UPDATE OF approved_at",
            _decided_before_last(),
            "is append-only",
        ),
        ("seal_versions", "version_complete", "INSERT", _version_late(), "is append-only"),
        ("seal_version_types", "version_complete", "INSERT", _version_late(), "is append-only"),
        ("seal_version_units", "version_complete", "INSERT", _version_late(), "is append-only"),
        ("seal_authorisations", "in_scope", "INSERT", _use_forbidden(), "is outside the scope"),
    )


def _guard_seal_register() -> None:
    """Let no seal vanish or become another, and no decision about one be rewritten."""
    if op.get_bind().dialect.name == "sqlite":
        for table, same_row in SEAL_REGISTER_TABLES.items():
            refuse_on_sqlite(table, f"{table}_no_delete", "BEFORE DELETE")
            refuse_replacing_on_sqlite(table, same_row)
        for table, name, columns, condition in SEAL_REGISTER_GUARDS:
            event = f"BEFORE UPDATE OF {columns}" if columns else "BEFORE UPDATE"
            refuse_on_sqlite(table, f"{table}_{name}", event, condition)
        for table, name, event, condition, words in _seal_checks():
            refuse_on_sqlite(table, f"{table}_{name}", f"BEFORE {event}", condition, words)
        return
    op.execute(
        "CREATE FUNCTION seal_register_guard() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
        "USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in SEAL_REGISTER_TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION seal_register_guard()"
        )
    for table, name, columns, condition in SEAL_REGISTER_GUARDS:
        event = f"UPDATE OF {columns}" if columns else "UPDATE"
        when = f"WHEN ({condition}) " if condition else ""
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} "
            f"FOR EACH ROW {when}EXECUTE FUNCTION seal_register_guard()"
        )
    for table, name, event, condition, words in _seal_checks():
        refuse_on_postgresql(table, f"{table}_{name}", f"BEFORE {event}", condition, words)


def _content_columns() -> list[sa.Column[object]]:
    """Make what a seal and each of its versions have alike."""
    return [
        sa.Column("rim_text", sa.String(length=60), nullable=False),
        sa.Column("bottom_text", sa.String(length=30), nullable=False),
        sa.Column("second_line", sa.String(length=30), nullable=False),
        sa.Column("rim_number", sa.String(length=20), nullable=False),
        sa.Column("has_star", sa.Boolean(), nullable=False),
        sa.Column("uploaded_image", sa.LargeBinary(), nullable=True),
        sa.Column("diameter_mm", sa.Double(), nullable=False),
        sa.Column("key_uri", sa.String(length=500), nullable=False),
        sa.Column("certificate_chain_pem", sa.Text(), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "holder_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_kind", sa.String(length=3), nullable=False),
        sa.Column("holder_code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder_accounts")),
        sa.UniqueConstraint(
            "holder_kind", "holder_code", name=op.f("uq_holder_accounts_holder_kind_holder_code")
        ),
    )
    op.create_table(
        "log_entries",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("entry_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_log_entries")),
        sa.UniqueConstraint("entry_sha256", name=op.f("uq_log_entries_entry_sha256")),
    )
    log_head = op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("entry_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "log_in_failures",
        sa.Column("subject_hmac", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("failed_at", UtcDateTime(), nullable=False),
        sa.Column("locked_until_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("subject_hmac", name=op.f("pk_log_in_failures")),
    )
    op.create_index(op.f("ix_log_in_failures_failed_at"), "log_in_failures", ["failed_at"])
    op.create_table(
        "units",
        sa.Column("code", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("area_code", sa.String(length=6), nullable=False),
        sa.CheckConstraint("kind IN ('government', 'public_service')", name=op.f("ck_units_kind")),
        sa.CheckConstraint("length(code) = 18", name=op.f("ck_units_credit_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_units")),
        sa.UniqueConstraint("name", name=op.f("uq_units_name")),
    )
    op.create_table(
        "certificate_types",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("standard_code", sa.String(length=21), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("excluded_ground", sa.String(length=200), nullable=True),
        sa.Column("producing_unit_code", sa.String(length=18), nullable=False),
        sa.CheckConstraint(
            "length(standard_code) = 21", name=op.f("ck_certificate_types_standard_code")
        ),
        sa.ForeignKeyConstraint(
            ["producing_unit_code"],
            ["units.code"],
            name=op.f("fk_certificate_types_producing_unit_code"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_certificate_types")),
        sa.UniqueConstraint("standard_code", name=op.f("uq_certificate_types_standard_code")),
    )
    op.create_table(
        "matters",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("unit_code", sa.String(length=18), nullable=False),
        sa.Column("excluded_ground", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_matters_unit_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_matters")),
    )
    op.create_table(
        "seals",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("owner_unit_code", sa.String(length=18), nullable=False),
        sa.Column("route", sa.String(length=30), nullable=False),
        *_content_columns(),
        sa.CheckConstraint(
            "route IN ('data_sharing', 'department_verification')", name=op.f("ck_seals_route")
        ),
        sa.CheckConstraint("diameter_mm > 0", name=op.f("ck_seals_diameter")),
        sa.ForeignKeyConstraint(
            ["owner_unit_code"], ["units.code"], name=op.f("fk_seals_owner_unit_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals")),
        sa.UniqueConstraint("id", "route", name=op.f("uq_seals_id_route")),
        sa.UniqueConstraint("name", name=op.f("uq_seals_name")),
    )
    op.create_table(
        "staff",
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("unit_code", sa.String(length=18), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_staff_unit_code")),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_staff")),
    )
    op.create_table(
        "certificate_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identifier", sa.String(length=120), nullable=False),
        sa.Column("type_code", sa.String(length=60), nullable=False),
        sa.Column("route", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("holder_kind", sa.String(length=3), nullable=False),
        sa.Column("holder_code", sa.String(length=40), nullable=False),
        sa.Column("holder_name", sa.String(length=100), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("pack_version", sa.String(length=20), nullable=False),
        sa.Column("pack_digest", sa.String(length=64), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "route IN ('data_sharing', 'department_verification')",
            name=op.f("ck_certificate_records_route"),
        ),
        sa.CheckConstraint(
            "status IN ('allocated', 'issued', 'voided')",
            name=op.f("ck_certificate_records_status"),
        ),
        sa.ForeignKeyConstraint(
            ["type_code"], ["certificate_types.code"], name=op.f("fk_certificate_records_type_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_records")),
        sa.UniqueConstraint(
            "id", "route", "type_code", name=op.f("uq_certificate_records_id_route_type_code")
        ),
        sa.UniqueConstraint("identifier", name=op.f("uq_certificate_records_identifier")),
    )
    op.create_index(
        op.f("ix_certificate_records_holder_code"), "certificate_records", ["holder_code"]
    )

    op.create_table(
        "department_replies",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("type_code", sa.String(length=60), nullable=False),
        sa.Column("holder_kind", sa.String(length=3), nullable=False),
        sa.Column("holder_code", sa.String(length=40), nullable=False),
        sa.Column("holder_name", sa.String(length=100), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=False),
        sa.Column("unit_code", sa.String(length=18), nullable=False),
        sa.Column("replied_by", sa.String(length=60), nullable=False),
        sa.Column("replied_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["replied_by"], ["staff.login"], name=op.f("fk_department_replies_replied_by")
        ),
        sa.ForeignKeyConstraint(
            ["type_code"], ["certificate_types.code"], name=op.f("fk_department_replies_type_code")
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"], ["units.code"], name=op.f("fk_department_replies_unit_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_replies")),
    )
    op.create_table(
        "log_ins",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("staff_login", sa.String(length=60), nullable=True),
        sa.Column("holder_account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(staff_login IS NULL) <> (holder_account_id IS NULL)",
            name=op.f("ck_log_ins_one_person"),
        ),
        sa.ForeignKeyConstraint(
            ["holder_account_id"], ["holder_accounts.id"], name=op.f("fk_log_ins_holder_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_login"], ["staff.login"], name=op.f("fk_log_ins_staff_login")
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_log_ins")),
    )
    op.create_index(op.f("ix_log_ins_expires_at"), "log_ins", ["expires_at"])
    op.create_table(
        "seal_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seal_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("version_sha256", sa.String(length=64), nullable=True),
        sa.Column("proposed_person", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("approved_person", sa.String(length=64), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("state_after", sa.String(length=20), nullable=True),
        sa.Column("took_effect", sa.Integer(), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
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
        sa.ForeignKeyConstraint(["seal_id"], ["seals.id"], name=op.f("fk_seal_changes_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_changes")),
        sa.UniqueConstraint("id", "seal_id", name=op.f("uq_seal_changes_id_seal_id")),
        sa.UniqueConstraint("seal_id", "number", name=op.f("uq_seal_changes_seal_id_number")),
        sa.UniqueConstraint(
            "seal_id", "took_effect", name=op.f("uq_seal_changes_seal_id_took_effect")
        ),
    )
    op.create_table(
        "seal_versions",
        sa.Column("change_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seal_id", sa.String(length=40), nullable=False),
        sa.Column("service_hours", sa.String(length=200), nullable=False),
        sa.Column("daily_limit", sa.Integer(), nullable=True),
        sa.Column("total_limit", sa.Integer(), nullable=True),
        sa.Column("stop_before_days", sa.Integer(), nullable=False),
        *_content_columns(),
        sa.CheckConstraint("daily_limit > 0", name=op.f("ck_seal_versions_daily_limit")),
        sa.CheckConstraint("diameter_mm > 0", name=op.f("ck_seal_versions_diameter")),
        sa.CheckConstraint(
            "stop_before_days BETWEEN 0 AND 365", name=op.f("ck_seal_versions_stop_before_days")
        ),
        sa.CheckConstraint("total_limit > 0", name=op.f("ck_seal_versions_total_limit")),
        sa.ForeignKeyConstraint(
            ["change_id", "seal_id"],
            ["seal_changes.id", "seal_changes.seal_id"],
            name=op.f("fk_seal_versions_change_id_seal_id"),
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_seal_versions")),
        sa.UniqueConstraint(
            "change_id", "seal_id", name=op.f("uq_seal_versions_change_id_seal_id")
        ),
    )
    for kind, length, home in (("type", 60, "certificate_types"), ("unit", 18, "units")):
        table = f"seal_version_{kind}s"
        op.create_table(
            table,
            sa.Column("change_id", sa.Integer(), nullable=False),
            sa.Column(f"{kind}_code", sa.String(length=length), nullable=False),
            sa.ForeignKeyConstraint(
                ["change_id"], ["seal_versions.change_id"], name=op.f(f"fk_{table}_change_id")
            ),
            sa.ForeignKeyConstraint(
                [f"{kind}_code"], [f"{home}.code"], name=op.f(f"fk_{table}_{kind}_code")
            ),
            sa.PrimaryKeyConstraint("change_id", f"{kind}_code", name=op.f(f"pk_{table}")),
        )
    op.create_table(
        "staff_roles",
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.CheckConstraint(
            "role IN ('clerk', 'handler', 'seal_proposer', 'seal_approver')",
            name=op.f("ck_staff_roles_role"),
        ),
        sa.ForeignKeyConstraint(["login"], ["staff.login"], name=op.f("fk_staff_roles_login")),
        sa.PrimaryKeyConstraint("login", "role", name=op.f("pk_staff_roles")),
    )
    op.create_table(
        "use_list",
        sa.Column("matter_code", sa.String(length=60), nullable=False),
        sa.Column("type_code", sa.String(length=60), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on > effective_on", name=op.f("ck_use_list_period")
        ),
        sa.ForeignKeyConstraint(
            ["matter_code"], ["matters.code"], name=op.f("fk_use_list_matter_code")
        ),
        sa.ForeignKeyConstraint(
            ["type_code"], ["certificate_types.code"], name=op.f("fk_use_list_type_code")
        ),
        sa.PrimaryKeyConstraint(
            "matter_code", "type_code", "effective_on", name=op.f("pk_use_list")
        ),
    )
    op.create_table(
        "extractions",
        sa.Column("copy_number", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("extracting_unit_code", sa.String(length=18), nullable=False),
        sa.Column("matter_code", sa.String(length=60), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("extracted_at", UtcDateTime(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("operator", sa.String(length=80), nullable=False),
        sa.Column("verify_code_sha256", sa.String(length=64), nullable=False),
        sa.Column("object_sha256", sa.String(length=64), nullable=True),
        sa.Column("archived_sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint("length(trim(purpose)) > 0", name=op.f("ck_extractions_purpose")),
        sa.ForeignKeyConstraint(
            ["extracting_unit_code"],
            ["units.code"],
            name=op.f("fk_extractions_extracting_unit_code"),
        ),
        sa.ForeignKeyConstraint(
            ["matter_code"], ["matters.code"], name=op.f("fk_extractions_matter_code")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["certificate_records.id"], name=op.f("fk_extractions_record_id")
        ),
        sa.PrimaryKeyConstraint("copy_number", name=op.f("pk_extractions")),
        sa.UniqueConstraint("archived_sha256", name=op.f("uq_extractions_archived_sha256")),
        sa.UniqueConstraint(
            "copy_number",
            "record_id",
            "extracting_unit_code",
            name=op.f("uq_extractions_copy_number_record_id_extracting_unit_code"),
        ),
        sa.UniqueConstraint("object_sha256", name=op.f("uq_extractions_object_sha256")),
        sa.UniqueConstraint("verify_code_sha256", name=op.f("uq_extractions_verify_code_sha256")),
    )
    op.create_table(
        "seal_authorisations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("seal_id", sa.String(length=40), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("number_of_day", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(length=30), nullable=False),
        sa.Column("type_code", sa.String(length=60), nullable=False),
        sa.Column("copy_number", sa.String(length=40), nullable=False),
        sa.Column("unit_code", sa.String(length=18), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("redeemed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_seal_authorisations_number")),
        sa.CheckConstraint("number_of_day > 0", name=op.f("ck_seal_authorisations_number_of_day")),
        sa.ForeignKeyConstraint(
            ["copy_number", "record_id", "unit_code"],
            [
                "extractions.copy_number",
                "extractions.record_id",
                "extractions.extracting_unit_code",
            ],
            name=op.f("fk_seal_authorisations_copy_number_record_id_unit_code"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id", "route", "type_code"],
            [
                "certificate_records.id",
                "certificate_records.route",
                "certificate_records.type_code",
            ],
            name=op.f("fk_seal_authorisations_record_id_route_type_code"),
        ),
        sa.ForeignKeyConstraint(
            ["seal_id", "route"],
            ["seals.id", "seals.route"],
            name=op.f("fk_seal_authorisations_seal_id_route"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "seal_id"],
            ["seal_versions.change_id", "seal_versions.seal_id"],
            name=op.f("fk_seal_authorisations_version_id_seal_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_authorisations")),
        sa.UniqueConstraint("id", "seal_id", name=op.f("uq_seal_authorisations_id_seal_id")),
        sa.UniqueConstraint(
            "seal_id", "number", name=op.f("uq_seal_authorisations_seal_id_number")
        ),
        sa.UniqueConstraint(
            "seal_id",
            "used_on",
            "number_of_day",
            name=op.f("uq_seal_authorisations_seal_id_used_on_number_of_day"),
        ),
    )
    op.create_table(
        "issuances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("copy_number", sa.String(length=40), nullable=False),
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("idempotency_key", sa.String(length=120), nullable=True),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("authorisation_id", sa.String(length=32), nullable=True),
        sa.Column("rendered_sha256", sa.String(length=64), nullable=True),
        sa.Column("sealed_sha256", sa.String(length=64), nullable=True),
        sa.Column("failure_code", sa.String(length=80), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('running', 'published', 'voided')", name=op.f("ck_issuances_state")
        ),
        sa.CheckConstraint("step BETWEEN 2 AND 9", name=op.f("ck_issuances_step")),
        sa.ForeignKeyConstraint(
            ["authorisation_id"],
            ["seal_authorisations.id"],
            name=op.f("fk_issuances_authorisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["copy_number"], ["extractions.copy_number"], name=op.f("fk_issuances_copy_number")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["certificate_records.id"], name=op.f("fk_issuances_record_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuances")),
        sa.UniqueConstraint(
            "caller", "idempotency_key", name=op.f("uq_issuances_caller_idempotency_key")
        ),
        sa.UniqueConstraint("copy_number", name=op.f("uq_issuances_copy_number")),
        sa.UniqueConstraint("record_id", name=op.f("uq_issuances_record_id")),
    )
    op.create_index(op.f("ix_issuances_lease_until_at"), "issuances", ["lease_until_at"])

    op.create_table(
        "seal_uses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authorisation_id", sa.String(length=32), nullable=False),
        sa.Column("seal_id", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("operator", sa.String(length=80), nullable=False),
        sa.Column("unit_code", sa.String(length=18), nullable=False),
        sa.Column("identifier", sa.String(length=120), nullable=False),
        sa.Column("copy_number", sa.String(length=40), nullable=False),
        sa.Column("certificate_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "event IN ('intended', 'sealed', 'abandoned')", name=op.f("ck_seal_uses_event")
        ),
        sa.ForeignKeyConstraint(
            ["authorisation_id", "seal_id"],
            ["seal_authorisations.id", "seal_authorisations.seal_id"],
            name=op.f("fk_seal_uses_authorisation_id_seal_id"),
        ),
        sa.ForeignKeyConstraint(["seal_id"], ["seals.id"], name=op.f("fk_seal_uses_seal_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_seal_uses_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_uses")),
        sa.UniqueConstraint(
            "authorisation_id", "event", name=op.f("uq_seal_uses_authorisation_id_event")
        ),
    )
    for column in ("at", "copy_number", "seal_id"):
        op.create_index(op.f(f"ix_seal_uses_{column}"), "seal_uses", [column])
    op.bulk_insert(log_head, [{"id": 1, "sequence": 0, "entry_sha256": "0" * 64}])
    for table, same_row in APPEND_ONLY.items():
        _forbid_changes(table, same_row)
    _guard_seal_register()


def downgrade() -> None:
    for column in ("at", "copy_number", "seal_id"):
        op.drop_index(op.f(f"ix_seal_uses_{column}"), table_name="seal_uses")
    op.drop_table("seal_uses")
    op.drop_index(op.f("ix_issuances_lease_until_at"), table_name="issuances")

    op.drop_table("issuances")
    op.drop_table("seal_authorisations")
    op.drop_table("extractions")
    op.drop_table("use_list")
    op.drop_table("staff_roles")
    for table in ("seal_version_units", "seal_version_types", "seal_versions", "seal_changes"):
        op.drop_table(table)
    op.drop_index(op.f("ix_log_ins_expires_at"), table_name="log_ins")
    op.drop_table("log_ins")
    op.drop_table("department_replies")
    op.drop_index(op.f("ix_certificate_records_holder_code"), table_name="certificate_records")

    op.drop_table("certificate_records")
    op.drop_table("staff")
    op.drop_table("seals")
    op.drop_table("matters")
    op.drop_table("certificate_types")
    op.drop_table("units")
    op.drop_index(op.f("ix_log_in_failures_failed_at"), table_name="log_in_failures")
    op.drop_table("log_in_failures")
    op.drop_table("log_head")
    op.drop_table("log_entries")
    op.drop_table("holder_accounts")
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_append_only()")
        op.execute("DROP FUNCTION seal_register_guard()")
        for table, name, *_ in _seal_checks():
            op.execute(f"DROP FUNCTION {table}_{name}()")
