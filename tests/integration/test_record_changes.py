"""A certificate record from issuing to its end, and what everybody is told; on both engines."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import WithdrawalReasonCode
from certsvc.certificates.extraction.service import (
    CopyNotServedError,
    CopyUnknownError,
    fetch_file,
    list_copies_of_holder,
)
from certsvc.certificates.extraction.withdrawals import CopyWithdrawnError, withdraw_copy
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.issuance.repetitions import find_recent_copy
from certsvc.certificates.records.changes import ChangeRequest, change_record
from certsvc.certificates.records.errors import (
    ActionForeignError,
    RecordUnknownError,
)
from certsvc.certificates.records.history import state_at, state_now
from certsvc.certificates.records.records import CertificateRecord, RecordChange
from certsvc.certificates.records.rules import (
    EffectiveInstantError,
    ReasonCode,
    ReasonCodeForeignError,
    RecordAction,
    RecordClockBehindError,
    RecordState,
)
from certsvc.demonstration.district import POLICE
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.idempotency.rules import IdempotencyKeyReusedError
from certsvc.foundation.states.rules import TransitionRefusedError
from certsvc.foundation.storage.objects import parse_digest
from certsvc.people.rights.rules import Actor, PermissionDeniedError, Role
from certsvc.verification.authenticity.rules import AuthenticityReport
from tests.support.world import NOW, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORDS = "档案登记有误（张某）"
_REASON_CODES = {
    RecordAction.SUSPEND: ReasonCode.UNDER_REVIEW,
    RecordAction.RESUME: ReasonCode.CONFIRMED,
    RecordAction.REVOKE: ReasonCode.FACTS_WRONG,
    RecordAction.CANCEL: ReasonCode.HOLDER_ENDED,
}


def change(
    world: World,
    issued: IssuedCopy,
    action: RecordAction,
    *,
    login: str = "handler.li",
    effective_at: datetime | None = None,
    idempotency_key: str | None = None,
    reason_code: ReasonCode | None = None,
) -> RecordChange:
    """Let the handler of the producing unit change a record."""
    request = ChangeRequest(
        identifier=issued.identifier,
        action=action,
        reason_code=reason_code or _REASON_CODES[action],
        reason=WORDS,
        effective_at=effective_at,
        idempotency_key=idempotency_key,
    )
    actor = world.staff(login)
    with world.services.database.transaction() as session:
        return change_record(session, request, actor=actor, now=world.clock.now())


def record_of(world: World, issued: IssuedCopy) -> CertificateRecord:
    with world.services.database.reading() as session:
        return session.scalars(
            select(CertificateRecord).where(CertificateRecord.identifier == issued.identifier)
        ).one()


def check_upload(world: World, issued: IssuedCopy) -> AuthenticityReport:
    sealed = world.services.store.get(parse_digest(issued.sha256))
    return world.services.authenticity.check_file(sealed)


def fetch(world: World, issued: IssuedCopy, actor: Actor) -> None:
    with world.services.database.transaction() as session:
        fetch_file(session, issued.copy_number, actor=actor, now=world.clock.now())


@pytest.mark.both_engines
def test_a_record_is_suspended_resumed_and_revoked(world: World) -> None:
    issued = world.issue()
    assert state_now(record_of(world, issued), NOW) is RecordState.ISSUED
    for hours, action in enumerate(
        (RecordAction.SUSPEND, RecordAction.RESUME, RecordAction.REVOKE), start=1
    ):
        world.clock.advance(HOUR)
        done = change(world, issued, action)
        assert (done.number, done.recorded_at) == (hours + 1, NOW + hours * HOUR)
    record = record_of(world, issued)
    seen = [state_at(record, NOW + n * HOUR - timedelta(seconds=1)) for n in range(5)]
    assert seen == [
        None,
        RecordState.ISSUED,
        RecordState.SUSPENDED,
        RecordState.ISSUED,
        RecordState.REVOKED,
    ]
    with pytest.raises(TransitionRefusedError):
        change(world, issued, RecordAction.RESUME)
    with world.services.database.reading() as session:
        entries = session.scalars(
            select(EventRecord)
            .where(EventRecord.kind.startswith("record."))
            .order_by(EventRecord.id)
        ).all()
        assert [entry.kind for entry in entries] == [
            "record.suspended",
            "record.resumed",
            "record.revoked",
        ]
        assert {entry.subject for entry in entries} == {issued.identifier}
        assert entries[-1].details["reason_code"] == "facts_wrong"
        assert WORDS not in str([entry.details for entry in entries])
    world.check_log()


@pytest.mark.both_engines
def test_a_past_effect_and_what_was_known_then(world: World) -> None:
    issued = world.issue()
    world.clock.advance(5 * DAY)
    change(world, issued, RecordAction.CANCEL, effective_at=NOW + DAY)
    record = record_of(world, issued)
    at = NOW + 2 * DAY
    assert state_at(record, at) is RecordState.CANCELLED
    assert state_at(record, at, known_at=NOW + 4 * DAY) is RecordState.ISSUED
    assert state_at(record, at, known_at=NOW + 5 * DAY) is RecordState.CANCELLED


def test_no_effect_before_issuing_and_none_in_the_future(world: World) -> None:
    issued = world.issue()
    world.clock.advance(HOUR)
    for at in (NOW - HOUR, NOW + 2 * HOUR):
        with pytest.raises(EffectiveInstantError):
            change(world, issued, RecordAction.REVOKE, effective_at=at)


def test_a_clock_that_goes_back_undoes_nothing(world: World) -> None:
    issued = world.issue()
    world.clock.advance(HOUR)
    change(world, issued, RecordAction.SUSPEND)
    world.clock.advance(-HOUR)
    assert state_now(record_of(world, issued), NOW) is RecordState.SUSPENDED
    assert check_upload(world, issued).answer == "not_in_force"
    with pytest.raises(RecordClockBehindError):
        change(world, issued, RecordAction.RESUME)


def test_only_the_unit_that_vouches_may_change_a_record(world: World) -> None:
    issued = world.issue()
    for login in ("clerk.wang", "seal.zhao"):
        with pytest.raises(PermissionDeniedError):
            change(world, issued, RecordAction.REVOKE, login=login)
    foreign = Actor(
        id="staff:other",
        name="别处代办",
        roles=frozenset({Role.HANDLER}),
        unit_code="11990101MB0000001X",
        person_id="other",
    )
    request = ChangeRequest(
        identifier=issued.identifier,
        action=RecordAction.REVOKE,
        reason_code=ReasonCode.FACTS_WRONG,
        reason=WORDS,
    )
    with (
        world.services.database.transaction() as session,
        pytest.raises(RecordUnknownError),
    ):
        change_record(session, request, actor=foreign, now=NOW)
    assert foreign.unit_code != POLICE


def test_people_decide_four_things_with_a_reason_code_of_each(world: World) -> None:
    issued = world.issue()
    for action in (RecordAction.ISSUE, RecordAction.SUPERSEDE, RecordAction.EXPIRE):
        with pytest.raises(ActionForeignError):
            change(world, issued, action, reason_code=ReasonCode.REISSUED)
    with pytest.raises(ReasonCodeForeignError):
        change(world, issued, RecordAction.REVOKE, reason_code=ReasonCode.HOLDER_ENDED)


@pytest.mark.both_engines
def test_the_same_key_gives_the_same_change(world: World) -> None:
    issued = world.issue()
    first = change(world, issued, RecordAction.SUSPEND, idempotency_key="k")
    second = change(world, issued, RecordAction.SUSPEND, idempotency_key="k")
    assert first.id == second.id
    with pytest.raises(IdempotencyKeyReusedError):
        change(world, issued, RecordAction.REVOKE, idempotency_key="k")


_INSERTED = (
    "INSERT INTO record_changes (record_id, number, action, reason_code, reason, state_after,"
    " effective_at, recorded_at, operator) SELECT record_id, {number}, 'resume', 'confirmed', 'x',"
    " 'issued', effective_at, recorded_at, 'x' FROM record_changes WHERE number = {dated_as}"
)


@pytest.mark.both_engines
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record_changes SET state_after = 'issued' WHERE action = 'revoke'",
        "DELETE FROM record_changes WHERE action = 'revoke'",
        "UPDATE record_changes SET effective_at = recorded_at",
        _INSERTED.format(number=2, dated_as=2),
        _INSERTED.format(number=4, dated_as=2),
        _INSERTED.format(number=3, dated_as=1),
    ],
)
def test_the_database_itself_keeps_the_history(world: World, statement: str) -> None:
    issued = world.issue()
    world.clock.advance(HOUR)
    change(world, issued, RecordAction.REVOKE)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        world.services.database.transaction() as session,
    ):
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("action", "state"),
    [
        (RecordAction.SUSPEND, "suspended"),
        (RecordAction.REVOKE, "revoked"),
        (RecordAction.CANCEL, "cancelled"),
    ],
)
def test_whoever_checks_is_told_and_nobody_gets_the_file(
    world: World, action: RecordAction, state: str
) -> None:
    issued = world.issue()
    world.clock.advance(HOUR)
    change(world, issued, action)
    report = check_upload(world, issued)
    assert (report.answer, report.verdict.value) == ("not_in_force", "INDETERMINATE")
    failed = [step for step in report.checks if step.outcome.value == "failed"]
    assert [step.code for step in failed] == [f"check.record-state.{state}"]
    assert failed[0].params["reason_code"] == _REASON_CODES[action].value
    assert WORDS not in str(report)
    assert report.copy is not None
    assert report.copy.state == state
    for actor in (world.holder(), world.staff("clerk.wang")):
        with pytest.raises(CopyNotServedError) as refused:
            fetch(world, issued, actor)
        assert refused.value.params == {"copy_state": state}
    with world.services.database.reading() as session:
        (listed,) = list_copies_of_holder(session, actor=world.holder(), now=NOW).items
    assert listed.copy_number == issued.copy_number


def test_a_resumed_record_is_served_again(world: World) -> None:
    issued = world.issue()
    change(world, issued, RecordAction.SUSPEND)
    change(world, issued, RecordAction.RESUME)
    assert check_upload(world, issued).answer == "authentic"
    fetch(world, issued, world.holder())


def test_expiry_needs_nobody(world: World) -> None:
    issued = world.issue()
    world.clock.advance(40 * DAY)
    record = record_of(world, issued)
    assert state_now(record, world.clock.now()) is RecordState.EXPIRED
    assert len(record.changes) == 1
    report = check_upload(world, issued)
    assert report.answer == "not_in_force"
    assert report.copy is not None
    assert report.copy.state == "expired"
    fetch(world, issued, world.holder())


def test_a_repetition_does_not_give_out_what_was_revoked(world: World) -> None:
    issued = world.issue(idempotency_key="once")
    assert world.issue(idempotency_key="once") == issued
    change(world, issued, RecordAction.REVOKE)
    assert world.issue(idempotency_key="once") == issued
    with pytest.raises(CopyNotServedError):
        fetch(world, issued, world.holder())
    with world.services.database.reading() as session:
        recent = find_recent_copy(session, world.request(), caller="x", now=NOW)
    assert recent is None, "issuing again after a revocation is no slip"


def withdraw(world: World, issued: IssuedCopy, actor: Actor, reason: str = "误提") -> None:
    with world.services.database.transaction() as session:
        withdraw_copy(
            session,
            issued.copy_number,
            reason_code=WithdrawalReasonCode.TAKEN_BY_MISTAKE,
            reason=reason,
            actor=actor,
            now=world.clock.now(),
        )


@pytest.mark.both_engines
def test_a_unit_withdraws_its_own_copy_and_the_record_stands(world: World) -> None:
    issued = world.issue()
    world.clock.advance(HOUR)
    clerk = world.staff("clerk.wang")
    withdraw(world, issued, clerk)
    withdraw(world, issued, clerk)
    with pytest.raises(CopyWithdrawnError):
        withdraw(world, issued, clerk, "另一理由")
    now = world.clock.now()
    assert state_now(record_of(world, issued), now) is RecordState.ISSUED
    report = check_upload(world, issued)
    assert report.answer == "not_in_force"
    failed = [step.code for step in report.checks if step.outcome.value == "failed"]
    assert failed == ["check.validity.withdrawn"]
    with pytest.raises(CopyNotServedError):
        fetch(world, issued, clerk)
    with world.services.database.reading() as session:
        written = session.scalars(
            select(EventRecord).where(EventRecord.kind == "copy.withdrawn")
        ).all()
        copy = session.get_one(Extraction, issued.copy_number)
    assert [entry.details for entry in written] == [{"reason_code": "taken_by_mistake"}]
    assert copy.withdrawal is not None


def test_nobody_withdraws_another_units_copy(world: World) -> None:
    issued = world.issue()
    with pytest.raises(CopyUnknownError):
        withdraw(world, issued, world.staff("clerk.chen"))
    with pytest.raises(PermissionDeniedError):
        withdraw(world, issued, world.staff("handler.li"))
