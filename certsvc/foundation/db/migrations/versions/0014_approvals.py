"""One table of proposals and decisions, for seals, packs and key ceremonies."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime
from certsvc.foundation.db.migrations import former_decisions as decisions
from certsvc.foundation.db.migrations import former_tables as before
from certsvc.foundation.db.migrations.triggers import (
    APPEND_ONLY,
    forbid_changes,
    refuse_replacing_on_sqlite,
)

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UNDECIDED = f"{APPEND_ONLY}, and a row begins undecided"
SEAL_CHANGE_FIXED = "id, seal_id, number, action, version_sha256, proposal_id, stop_ground"
PACK_VERSION_FIXED = "id, code, version, digest, title, effective_on, content, proposal_id"
_SAME_PROPOSAL = (
    "id = NEW.id OR kind = NEW.kind AND subject = NEW.subject"
    " AND outcome IS NULL AND NEW.outcome IS NULL"
)
_VERSION_LATE = (
    "EXISTS (SELECT 1 FROM seal_changes c JOIN proposals p ON p.id = c.proposal_id"
    " WHERE c.id = NEW.change_id AND p.outcome IS NOT NULL)"
)


def _unknown(account: str, person: str) -> str:
    """Say when an account is no member of staff's, or somebody else is behind it."""
    return (
        f"NEW.{account} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM staff"  # noqa: S608  our own names
        f" WHERE 'staff:' || login = NEW.{account} AND person_id = NEW.{person})"
    )


def _foreign(kind: str, subject: str) -> str:
    """Say when a row refers to a proposal of something else."""
    return (
        "NEW.proposal_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM proposals"  # noqa: S608  our own names
        f" WHERE id = NEW.proposal_id AND kind = '{kind}' AND subject = NEW.{subject})"
    )


_UNAPPROVED = (
    "NEW.approved_at IS NOT NULL AND NEW.proposal_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM proposals WHERE id = NEW.proposal_id"
    " AND outcome = 'approved' AND decided_at = NEW.approved_at)"
)
_CONFIRMATIONS = "SELECT count(*) FROM proposal_confirmations WHERE proposal_id = NEW.id"
_UNCONFIRMED = (
    f"NEW.outcome = 'approved' AND (({_CONFIRMATIONS}) <> NEW.needed - 1 OR ({_CONFIRMATIONS}"
    " AND (confirmed_by = NEW.decided_by OR confirmed_person = NEW.decided_person)) > 0)"
)
_CONFIRMED_BY_ONE = (
    "EXISTS (SELECT 1 FROM proposals WHERE id = NEW.proposal_id AND (outcome IS NOT NULL"
    " OR proposed_by = NEW.confirmed_by OR proposed_person = NEW.confirmed_person))"
    " OR EXISTS (SELECT 1 FROM proposal_confirmations"
    " WHERE proposal_id = NEW.proposal_id AND confirmed_by = NEW.confirmed_by)"
)
_UNREASONED = (
    "NEW.outcome IN ('approved', 'rejected') AND NEW.kind <> 'key-ceremony'"
    " AND length(trim(coalesce(NEW.decision_reason, ''))) = 0"
)
_FIXED = "UPDATE OF id, kind, subject, reason, needed, proposed_by, proposed_person, proposed_at, "
# Table, name of the trigger, event, when it refuses, what it says.
CHECKS = (
    ("proposals", "proposal_fixed", f"{_FIXED}expires_at", "1 = 1", APPEND_ONLY),
    (
        "proposals",
        "shown_fixed",
        "UPDATE OF shown_sha256",
        "OLD.shown_sha256 IS NOT NULL",
        APPEND_ONLY,
    ),
    ("proposals", "decision_fixed", "UPDATE", "OLD.outcome IS NOT NULL", APPEND_ONLY),
    ("proposals", "undecided", "INSERT", "NEW.outcome IS NOT NULL", UNDECIDED),
    ("proposals", "reasoned", "UPDATE OF outcome", _UNREASONED, "lacks the reason of a decision"),
    (
        "proposals",
        "shown",
        "UPDATE OF outcome",
        "NEW.outcome = 'approved' AND NEW.shown_sha256 IS NULL",
        "lacks what was shown",
    ),
    ("proposals", "confirmed", "UPDATE OF outcome", _UNCONFIRMED, "lacks people who approve"),
    (
        "proposals",
        "proposer_known",
        "INSERT",
        _unknown("proposed_by", "proposed_person"),
        "names nobody of the staff",
    ),
    (
        "proposals",
        "decider_known",
        "UPDATE OF decided_by, decided_person",
        "OLD.outcome IS NULL AND " + _unknown("decided_by", "decided_person"),
        "names nobody of the staff",
    ),
    ("proposal_confirmations", "other", "INSERT", _CONFIRMED_BY_ONE, "needs another person"),
    (
        "proposal_confirmations",
        "known",
        "INSERT",
        _unknown("confirmed_by", "confirmed_person"),
        "names nobody of the staff",
    ),
    ("seal_changes", "proposal_fixed", f"UPDATE OF {SEAL_CHANGE_FIXED}", "1 = 1", APPEND_ONLY),
    ("seal_changes", "decision_fixed", "UPDATE", "OLD.approved_at IS NOT NULL", APPEND_ONLY),
    ("seal_changes", "own_proposal", "INSERT", _foreign("seal-change", "seal_id"), APPEND_ONLY),
    ("seal_changes", "approved_first", "INSERT", _UNAPPROVED, "is not approved"),
    ("seal_changes", "approved", "UPDATE OF approved_at", _UNAPPROVED, "is not approved"),
    ("pack_versions", "frozen", f"UPDATE OF {PACK_VERSION_FIXED}", "1 = 1", APPEND_ONLY),
    ("pack_versions", "decision_fixed", "UPDATE", "OLD.approved_at IS NOT NULL", APPEND_ONLY),
    ("pack_versions", "own_proposal", "INSERT", _foreign("pack-version", "code"), APPEND_ONLY),
    ("pack_versions", "undecided", "INSERT", "NEW.approved_at IS NOT NULL", UNDECIDED),
    ("pack_versions", "approved", "UPDATE OF approved_at", _UNAPPROVED, "is not approved"),
)


def upgrade() -> None:
    _make_proposals()
    before.open_references()
    found = decisions.read_decisions()
    decisions.insert_decisions(found)
    before.continue_numbers("proposals")
    before.rebuild("seal_changes", _make_seal_changes, before.SEAL_CHANGES_AFTER)
    packs_after = before.PACK_VERSIONS_AFTER.format(offset=found.packs_from)
    before.rebuild("pack_versions", _make_pack_versions, packs_after)
    before.drop_ceremony_approvals()
    before.close_references()
    _guard()


def _make_proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_person", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("shown_sha256", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_person", sa.String(length=64), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_proposals_reason")),
        sa.CheckConstraint("needed > 0", name=op.f("ck_proposals_needed")),
        sa.CheckConstraint(
            "outcome IN ('approved', 'rejected', 'withdrawn', 'expired')",
            name=op.f("ck_proposals_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)"
            " AND (decided_by IS NULL) = (coalesce(outcome, 'expired') = 'expired')"
            " AND (decided_by IS NULL) = (decided_person IS NULL)",
            name=op.f("ck_proposals_decision_whole"),
        ),
        sa.CheckConstraint(
            "coalesce(outcome, 'expired') = 'expired'"
            " OR outcome = 'withdrawn' AND decided_by = proposed_by"
            " OR outcome <> 'withdrawn' AND decided_by <> proposed_by"
            " AND decided_person <> proposed_person",
            name=op.f("ck_proposals_two_people"),
        ),
        sa.CheckConstraint(
            "outcome <> 'approved' OR decided_at <= expires_at", name=op.f("ck_proposals_in_time")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    waits = sa.text("outcome IS NULL")
    op.create_index(
        "uq_proposals_waiting",
        "proposals",
        ["kind", "subject"],
        unique=True,
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_index("ix_proposals_kind_subject", "proposals", ["kind", "subject"])
    op.create_table(
        "proposal_confirmations",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_person", sa.String(length=64), nullable=False),
        sa.Column("confirmed_by", sa.String(length=80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_proposal_confirmations_proposal_id")
        ),
        sa.PrimaryKeyConstraint(
            "proposal_id", "confirmed_person", name=op.f("pk_proposal_confirmations")
        ),
    )


def _make_seal_changes() -> None:
    op.create_table(
        "seal_changes",
        *before.seal_change_columns(),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("stop_ground", sa.String(length=20), nullable=True),
        *before.seal_change_constraints(),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (state_after IS NULL)"
            " AND (approved_at IS NULL) = (took_effect IS NULL)",
            name=op.f("ck_seal_changes_effect_whole"),
        ),
        sa.CheckConstraint(
            "proposal_id IS NOT NULL AND stop_ground IS NULL OR proposal_id IS NULL"
            " AND stop_ground IS NOT NULL AND action = 'stop' AND took_effect IS NOT NULL",
            name=op.f("ck_seal_changes_by_people_or_system"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_seal_changes_proposal_id")
        ),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_seal_changes_proposal_id")),
    )


def _make_pack_versions() -> None:
    op.create_table(
        "pack_versions",
        *before.pack_version_columns(),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_pack_versions_proposal_id")
        ),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_pack_versions_proposal_id")),
        *before.pack_version_constraints(),
    )
    before.index_pack_versions("approved_at IS NOT NULL")


def _guard() -> None:
    """Let the database itself refuse what nobody may do."""
    for table, same_row in (
        ("proposals", _SAME_PROPOSAL),
        ("seal_changes", before.SAME_SEAL_CHANGE),
        ("pack_versions", "id = NEW.id"),
    ):
        before.keep_rows(table)
        if before.on_sqlite():
            refuse_replacing_on_sqlite(table, same_row)
    forbid_changes(
        "proposal_confirmations",
        "proposal_id = NEW.proposal_id AND confirmed_person = NEW.confirmed_person",
    )
    for table, name, event, condition, words in CHECKS:
        before.refuse(table, name, f"BEFORE {event}", condition, words)
    before.keep_time_forward()
    for table in before.VERSION_TABLES:
        before.refuse(table, "version_complete", "BEFORE INSERT", _VERSION_LATE, APPEND_ONLY)


def downgrade() -> None:
    before.open_references()
    approvals = decisions.read_ceremony_approvals()
    before.rebuild("seal_changes", before.make_seal_changes, before.SEAL_CHANGES_BEFORE)
    before.rebuild("pack_versions", before.make_pack_versions, before.PACK_VERSIONS_BEFORE)
    before.make_ceremony_approvals()
    decisions.insert_ceremony_approvals(approvals)
    op.drop_table("proposal_confirmations")
    op.drop_table("proposals")
    before.drop_functions("proposal_confirmations")
    before.drop_functions("proposals")
    before.close_references()
    before.guard_as_before()
