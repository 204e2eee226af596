"""The replaced version (换发, 更正), during the nine steps of issuing.

- The new version keeps the serial of its identifier and counts the version up; a number that was
  allocated and voided is not used again (GB/T 36904: +1 at each reissue or change).
- One replacement of a record is under way at a time.
- A copy that its unit withdrew gets no new version, also if it is withdrawn on the way.
- A correction (更正) alters at least one fact; a reissue (换发) asks for the facts anew and takes
  whatever they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, lazyload

from certsvc.certificates.extraction.records import CopyWithdrawal, Extraction
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.rules import (
    IssuanceState,
    IssueRequest,
    NothingToCorrectError,
    ReplacedCopyWithdrawnError,
    ReplacementUnderWayError,
)
from certsvc.certificates.records.changes import get_own_record
from certsvc.certificates.records.errors import RecordUnknownError, VersionsExhaustedError
from certsvc.certificates.records.history import get_locked, kept_changes
from certsvc.certificates.records.records import CertificateRecord, RecordReplacement
from certsvc.certificates.records.rules import ReasonCode, RecordAction, plan_change
from certsvc.evidence.sources.rules import VerifiedData
from certsvc.foundation.codes.certificate_identifier import LAST_VERSION, CertificateIdentifier
from certsvc.people.rights.rules import Actor


@dataclass(frozen=True, kw_only=True)
class ReplacedVersion:
    """The version that a new one takes the place of."""

    record_id: int
    """Its record."""
    identifier: str
    """证照标识."""
    kind: ReasonCode
    """换发 or 更正."""
    reason: str
    """Why, as free text."""
    holder_name: str = field(repr=False)
    """Name of its holder."""
    fields: Mapping[str, Any] = field(repr=False)
    """Its facts."""


def find_replaced(
    session: Session, request: IssueRequest, actor: Actor, *, now: datetime
) -> ReplacedVersion | None:
    """Return the version that a request replaces; None for a first version.

    Raises:
        RecordUnknownError: no such record of the actor's unit.
        TransitionRefusedError: it has ended, so that nothing can take its place.
        RecordClockBehindError: it was changed at a later time than it is now.
        ReplacedCopyWithdrawnError: the extracting unit withdrew its copy.
        ReplacementUnderWayError: another replacement of it is under way.
    """
    if request.replaces is None:
        return None
    found = get_own_record(session, request.replaces.identifier, actor=actor)
    record = get_locked(session, found.id)
    hold_wanted_copy(session, record.id)
    _require_replaceable(session, record, now)
    return ReplacedVersion(
        record_id=record.id,
        identifier=record.identifier,
        kind=request.replaces.kind,
        reason=request.replaces.reason,
        holder_name=record.holder_name,
        fields=record.fields,
    )


def newest_copy(record_id: int) -> Select[Extraction]:
    """Select the copy of a record whose unit, matter and purpose a new version takes over."""
    return (
        select(Extraction)
        .where(Extraction.record_id == record_id, Extraction.object_sha256.is_not(None))
        .order_by(Extraction.extracted_at.desc())
        .limit(1)
    )


def hold_wanted_copy(session: Session, record_id: int) -> None:
    """Lock the copy of a replaced record, so that it is not withdrawn meanwhile.

    Raises:
        RecordUnknownError: the record has no published copy.
        ReplacedCopyWithdrawnError: its unit withdrew it.
    """
    copy = session.scalar(
        newest_copy(record_id).options(lazyload("*")).with_for_update(of=Extraction)
    )
    if copy is None:
        raise RecordUnknownError
    # Checked after locking, since it may have been withdrawn just before.
    if session.scalar(
        select(CopyWithdrawal.copy_number).where(CopyWithdrawal.copy_number == copy.copy_number)
    ):
        raise ReplacedCopyWithdrawnError


def altered_fields(replaced: ReplacedVersion, data: VerifiedData) -> tuple[str, ...]:
    """Return the names of the facts in which two versions differ."""
    names = sorted(replaced.fields.keys() | data.fields.keys())
    altered = [name for name in names if replaced.fields.get(name) != data.fields.get(name)]
    if replaced.holder_name != data.holder_name:
        altered.append("holder_name")
    return tuple(altered)


def require_correction(replaced: ReplacedVersion | None, data: VerifiedData) -> None:
    """Check that a correction alters at least one fact.

    Raises:
        NothingToCorrectError: all facts are as they were.
    """
    is_correction = replaced is not None and replaced.kind is ReasonCode.CORRECTED
    if replaced is not None and is_correction and not altered_fields(replaced, data):
        raise NothingToCorrectError


def next_identifier(session: Session, replaced: ReplacedVersion) -> CertificateIdentifier:
    """Return the identifier of the next version, holding the replaced record meanwhile.

    Raises:
        ReplacedCopyWithdrawnError: the extracting unit withdrew its copy meanwhile.
        ReplacementUnderWayError: another replacement is under way.
        VersionsExhaustedError: version 999 was the last.
    """
    get_locked(session, replaced.record_id)
    hold_wanted_copy(session, replaced.record_id)
    _require_none_running(session, replaced.record_id)
    current = CertificateIdentifier.parse(replaced.identifier)
    stem = replaced.identifier.rsplit(".", 2)[0] + "."
    used = session.scalars(
        select(CertificateRecord.identifier).where(
            CertificateRecord.identifier.startswith(stem, autoescape=True)
        )
    )
    version = 1 + max(CertificateIdentifier.parse(each).version for each in used)
    if version > LAST_VERSION:
        raise VersionsExhaustedError(maximum=LAST_VERSION)
    return current.with_version(version)


def enter_replacement(
    session: Session,
    record: CertificateRecord,
    replaced: ReplacedVersion,
    data: VerifiedData,
    actor: Actor,
) -> None:
    """Step 2: record that an allocated record replaces another one."""
    session.add(
        RecordReplacement(
            record_id=record.id,
            replaces_id=replaced.record_id,
            kind=replaced.kind.value,
            reason=replaced.reason,
            altered_fields={"names": list(altered_fields(replaced, data))},
            person=actor.person_id,
        )
    )
    session.flush()


def _require_replaceable(session: Session, record: CertificateRecord, now: datetime) -> None:
    plan_change(
        kept_changes(record),
        RecordAction.SUPERSEDE,
        valid_until=record.valid_until,
        effective_at=None,
        now=now,
    )
    _require_none_running(session, record.id)


def _require_none_running(session: Session, record_id: int) -> None:
    running = session.scalar(
        select(Issuance.id)
        .join(RecordReplacement, RecordReplacement.record_id == Issuance.record_id)
        .where(
            RecordReplacement.replaces_id == record_id,
            Issuance.state == IssuanceState.RUNNING.value,
        )
        .limit(1)
    )
    if running is not None:
        raise ReplacementUnderWayError
