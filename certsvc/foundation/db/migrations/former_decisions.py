"""Reading how proposals and decisions were kept before they had one table.

Part of a released migration: not altered.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime

LIFETIME = timedelta(days=7)
SYSTEM = "system"
Row = dict[str, Any]


def _table(name: str, *columns: str, instants: tuple[str, ...] = ()) -> sa.TableClause:
    times = (sa.column(each, UtcDateTime()) for each in instants)
    return sa.table(name, *map(sa.column, columns), *times)


_PEOPLE = ("reason", "proposed_by", "proposed_person", "decision_reason", "outcome")
_CHANGES = _table(
    *("seal_changes", "id", "seal_id", "number", *_PEOPLE),
    *("approved_by", "approved_person", "closed_by"),
    instants=("proposed_at", "approved_at", "closed_at"),
)
_VERSIONS = _table(
    *("pack_versions", "id", "code", *_PEOPLE, "decided_by", "decided_person"),
    instants=("proposed_at", "decided_at"),
)
_APPROVALS = _table(
    *("ceremony_approvals", "id", "ceremony_sha256", "approver"), instants=("approved_at",)
)
_PROPOSALS = _table(
    *("proposals", "id", "kind", "subject", "needed", "shown_sha256", *_PEOPLE),
    *("decided_by", "decided_person"),
    instants=("proposed_at", "expires_at", "decided_at"),
)
_CONFIRMATIONS = _table(
    *("proposal_confirmations", "proposal_id", "confirmed_person", "confirmed_by"),
    instants=("at",),
)
_LOG = sa.table(
    "log_entries",
    *map(sa.column, ("kind", "actor", "subject")),
    sa.column("details", sa.JSON()),
)
_STAFF = _table("staff", "login", "person_id")


@dataclass
class Decisions:
    """What was proposed and decided."""

    packs_from: int = 0
    """The proposal of a pack's version has the version's number and this."""
    proposals: list[Row] = field(default_factory=list)
    confirmations: list[Row] = field(default_factory=list)


def read_decisions() -> Decisions:
    """Read all that was proposed and decided, with the digests that the log keeps of it."""
    shown = dict(_shown_digests())
    people = {f"staff:{each['login']}": str(each["person_id"]) for each in _rows(_STAFF)}
    found = Decisions(
        proposals=[
            _seal_proposal(each, people, shown)
            for each in _rows(_CHANGES)
            if each["proposed_by"] != SYSTEM
        ]
    )
    found.packs_from = max((each["id"] for each in found.proposals), default=0)
    found.proposals.extend(
        _pack_proposal(each, found.packs_from, shown) for each in _rows(_VERSIONS)
    )
    _close_overtaken(found.proposals)
    ceremonies: dict[str, list[Row]] = {}
    for each in _rows(_APPROVALS):
        ceremonies.setdefault(each["ceremony_sha256"], []).append(each)
    for sha256, approvals in ceremonies.items():
        _add_ceremony(found, sha256, approvals, people, shown)
    return found


def insert_decisions(found: Decisions) -> None:
    """Write down what was read."""
    if found.proposals:
        op.bulk_insert(_PROPOSALS, found.proposals)
    if found.confirmations:
        op.bulk_insert(_CONFIRMATIONS, found.confirmations)


def read_ceremony_approvals() -> list[Row]:
    """Return the approvals of ceremonies as they were kept before."""
    ceremonies = {each["id"]: each for each in _rows(_PROPOSALS) if each["kind"] == "key-ceremony"}
    approvals = []
    for each in ceremonies.values():
        approvals.append((each["subject"], each["proposed_by"], each["proposed_at"]))
        if each["outcome"] == "approved":
            approvals.append((each["subject"], each["decided_by"], each["decided_at"]))
    for each in _rows(_CONFIRMATIONS):
        subject = ceremonies[each["proposal_id"]]["subject"]
        approvals.append((subject, each["confirmed_by"], each["at"]))
    return [
        {"ceremony_sha256": subject, "approver": who, "approved_at": at}
        for subject, who, at in sorted(approvals, key=lambda each: each[2])
    ]


def insert_ceremony_approvals(approvals: list[Row]) -> None:
    """Write them down."""
    if approvals:
        op.bulk_insert(_APPROVALS, approvals)


def _rows(table: sa.TableClause) -> list[Row]:
    first = next(iter(table.c))
    return [dict(row) for row in op.get_bind().execute(sa.select(table).order_by(first)).mappings()]


def _shown_digests() -> Iterator[tuple[tuple[object, ...], str]]:
    """Return what was shown to whoever approved; the log keeps it, the rows did not."""
    kinds = ("seal.change-approved", "pack.version-approved", "ceremony.approved")
    for entry in op.get_bind().execute(sa.select(_LOG).where(_LOG.c.kind.in_(kinds))).mappings():
        details = entry["details"]
        if "shown_sha256" not in details:
            continue
        about: dict[str, tuple[object, ...]] = {
            "seal.change-approved": (entry["subject"], details.get("number")),
            "pack.version-approved": ("pack", details.get("id")),
            "ceremony.approved": (details.get("sha256"), entry["actor"]),
        }
        yield about[entry["kind"]], str(details["shown_sha256"])


def _proposal(source: Row, decided_at: Any, shown: str | None, **more: Any) -> Row:  # noqa: ANN401  rows of any kind
    expires_at = source["proposed_at"] + LIFETIME
    return {
        "needed": 1,
        "reason": source["reason"],
        "proposed_by": source["proposed_by"],
        "proposed_person": source["proposed_person"],
        "proposed_at": source["proposed_at"],
        # Nothing was approved later; if a row says so, it still was approved.
        "expires_at": max(expires_at, decided_at) if more["outcome"] == "approved" else expires_at,
        "shown_sha256": shown,
        "decided_at": decided_at,
        "decision_reason": source["decision_reason"],
        **more,
    }


def _seal_proposal(row: Row, people: dict[str, str], shown: dict[tuple[object, ...], str]) -> Row:
    decided_by = row["approved_by"] or row["closed_by"]
    approved = row["approved_by"] is not None
    return _proposal(
        row,
        row["approved_at"] or row["closed_at"],
        shown.get((row["seal_id"], row["number"])) if approved else None,
        id=row["id"],
        kind="seal-change",
        subject=row["seal_id"],
        outcome="approved" if approved else row["outcome"],
        decided_by=decided_by,
        # Who rejected was kept without the person behind; that is in the register of staff.
        decided_person=row["approved_person"] or people.get(decided_by, decided_by),
    )


def _pack_proposal(row: Row, offset: int, shown: dict[tuple[object, ...], str]) -> Row:
    return _proposal(
        row,
        row["decided_at"],
        shown.get(("pack", row["id"])) if row["outcome"] == "approved" else None,
        id=row["id"] + offset,
        kind="pack-version",
        subject=row["code"],
        outcome=row["outcome"],
        decided_by=row["decided_by"],
        decided_person=row["decided_person"],
    )


def _close_overtaken(proposals: list[Row]) -> None:
    """Close what waited too long and was proposed anew: of each subject one proposal waits."""
    waiting: dict[tuple[str, str], Row] = {}
    for each in sorted(proposals, key=lambda row: row["id"]):
        about = each["kind"], each["subject"]
        if earlier := waiting.pop(about, None):
            ended_at = min(earlier["expires_at"], each["proposed_at"])
            earlier |= {"outcome": "expired", "decided_at": ended_at}
        if each["outcome"] is None:
            waiting[about] = each


def _add_ceremony(
    found: Decisions,
    sha256: str,
    approvals: list[Row],
    people: dict[str, str],
    shown: dict[tuple[object, ...], str],
) -> None:
    """Add the approvals of a ceremony: the first proposes, and all others confirm, within a week.

    How many people its file asks is not known here: one more than have approved so far, two at
    least. Whoever executes it asks for everybody in the file anyway.
    """
    current: Row | None = None
    for each in approvals:
        who, at = each["approver"], each["approved_at"]
        digest = shown.get((sha256, who))
        if current and (at > current["expires_at"] or digest != current["shown_sha256"]):
            current |= {"outcome": "expired", "decided_at": at}
            current = None
        if current is None:
            source = {
                "reason": sha256,
                "proposed_by": who,
                "proposed_person": people.get(who, who),
                "proposed_at": at,
                "decision_reason": None,
            }
            number = max((row["id"] for row in found.proposals), default=0) + 1
            about = {"id": number, "kind": "key-ceremony", "subject": sha256, "outcome": None}
            current = _proposal(source, None, digest, **about, decided_by=None, decided_person=None)
            found.proposals.append(current)
            continue
        confirmed = [row for row in found.confirmations if row["proposal_id"] == current["id"]]
        if who in {current["proposed_by"], *(row["confirmed_by"] for row in confirmed)}:
            continue  # said again; the log has it
        found.confirmations.append(
            {
                "proposal_id": current["id"],
                "confirmed_person": people.get(who, who),
                "confirmed_by": who,
                "at": at,
            }
        )
        current["needed"] = len(confirmed) + 1
