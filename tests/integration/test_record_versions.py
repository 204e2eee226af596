"""Reissue and correction: the next version, both ways linked, the old one ended by the new one."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from certsvc.certificates.extraction.record_cards import RecordCard, get_record_card
from certsvc.certificates.extraction.rules import WithdrawalReasonCode
from certsvc.certificates.extraction.withdrawals import withdraw_copy
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.replacements import ReplaceRequest
from certsvc.certificates.issuance.rules import (
    NothingToCorrectError,
    ReplacedCopyWithdrawnError,
    ReplacementUnderWayError,
    Step,
)
from certsvc.certificates.records.changes import ChangeRequest, change_record
from certsvc.certificates.records.errors import RecordUnknownError
from certsvc.certificates.records.history import state_at
from certsvc.certificates.records.records import CertificateRecord, RecordReplacement
from certsvc.certificates.records.rules import (
    ReasonCode,
    ReasonCodeForeignError,
    RecordAction,
    RecordState,
)
from certsvc.foundation.codes.certificate_identifier import CertificateIdentifier
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.states.rules import TransitionRefusedError
from certsvc.foundation.storage.objects import parse_digest
from certsvc.people.rights.rules import PermissionDeniedError
from tests.integration.test_nine_steps import attached_twin
from tests.support.world import World

HOUR = timedelta(hours=1)


def replace(
    world: World,
    issued: IssuedCopy,
    kind: ReasonCode = ReasonCode.REISSUED,
    *,
    login: str = "handler.li",
    key: str | None = None,
    reply: str | None = None,
) -> IssuedCopy:
    request = ReplaceRequest(
        identifier=issued.identifier,
        kind=kind,
        reason="旧版有误",
        reply_id=reply,
        idempotency_key=key,
    )
    return world.services.replacer.replace(request, actor=world.staff(login))


def record_of(world: World, issued: IssuedCopy) -> CertificateRecord:
    with world.services.database.reading() as session:
        return session.scalars(
            select(CertificateRecord).where(CertificateRecord.identifier == issued.identifier)
        ).one()


def card_of(world: World, issued: IssuedCopy) -> RecordCard:
    actor, now = world.staff("handler.li"), world.clock.now()
    with world.services.database.reading() as session:
        return get_record_card(session, issued.identifier, actor=actor, now=now)


def answer_about(world: World, issued: IssuedCopy) -> str:
    sealed = world.services.store.get(parse_digest(issued.sha256))
    return world.services.authenticity.check_file(sealed).answer.value


def corrected_reply(world: World) -> str:
    return world.record_reply(period_from_on="2008-03-07")


def test_a_correction_is_the_next_version_and_ends_the_old_one(world: World) -> None:
    old = world.issue()
    world.clock.advance(HOUR)
    new = replace(world, old, ReasonCode.CORRECTED, reply=corrected_reply(world))

    before, after = (CertificateIdentifier.parse(each.identifier) for each in (old, new))
    assert after == before.with_version(2)
    at = world.clock.now()
    older, newer = record_of(world, old), record_of(world, new)
    assert state_at(older, at) is RecordState.SUPERSEDED
    assert state_at(newer, at) is RecordState.ISSUED
    just_before = at - timedelta(microseconds=1)
    assert state_at(older, just_before) is RecordState.ISSUED
    assert state_at(newer, just_before) is None
    assert older.changes[-1].effective_at == newer.changes[0].effective_at
    assert card_of(world, old).superseded_by == new.identifier
    assert card_of(world, new).replaces == old.identifier
    with world.services.database.reading() as session:
        replacement = session.scalars(select(RecordReplacement)).one()
        entry = session.scalars(
            select(EventRecord).where(EventRecord.kind == "record.superseded")
        ).one()
    assert "period_from_on" in replacement.altered_fields["names"]
    assert (entry.subject, entry.details["reason_code"]) == (old.identifier, "corrected")
    assert answer_about(world, old) == "not_in_force"
    assert answer_about(world, new) == "authentic"
    twin = json.loads(attached_twin(world.services.store.get(parse_digest(new.sha256))))
    assert twin["replaces"] == {"identifier": old.identifier}


def test_whoever_checks_the_old_paper_is_told_the_new_number(world: World) -> None:
    old = world.issue()
    new = replace(world, old)
    sealed = world.services.store.get(parse_digest(old.sha256))
    report = world.services.authenticity.check_file(sealed)
    (failed,) = [step for step in report.checks if step.outcome.value == "failed"]
    assert failed.code == "check.record-state.superseded"
    assert failed.params["successor"] == new.identifier
    assert report.copy is not None
    assert report.copy.record.successor == new.identifier


def test_a_reissue_asks_anew_and_a_correction_must_correct(world: World) -> None:
    old = world.issue()
    with pytest.raises(NothingToCorrectError):
        replace(world, old, ReasonCode.CORRECTED)
    new = replace(world, old)
    assert card_of(world, new).record.fields == record_of(world, old).fields
    third = replace(world, new)
    assert CertificateIdentifier.parse(third.identifier).version == 3


def test_the_same_key_makes_one_new_version(world: World) -> None:
    old = world.issue()
    assert replace(world, old, key="k") == replace(world, old, key="k")
    with world.services.database.reading() as session:
        assert len(session.scalars(select(CertificateRecord)).all()) == 2


def test_what_has_ended_is_not_replaced(world: World) -> None:
    old = world.issue()
    replace(world, old)
    with pytest.raises(TransitionRefusedError):
        replace(world, old)


def test_a_number_that_was_voided_is_not_used_again(world: World) -> None:
    old = world.issue()

    def fail(step: Step) -> None:
        if step is Step.RENDER:
            raise KeyError(step)

    request = ReplaceRequest(identifier=old.identifier, kind=ReasonCode.REISSUED, reason="换发")
    handler = world.staff("handler.li")
    with pytest.raises(KeyError):
        world.services.replacer.replace(request, actor=handler, on_step=fail)
    new = replace(world, old)
    assert CertificateIdentifier.parse(new.identifier).version == 3
    assert record_of(world, old).changes[-1].successor_id is not None


def test_one_replacement_at_a_time(world: World) -> None:
    old = world.issue()
    refused: list[ReplacementUnderWayError] = []

    def again(step: Step) -> None:
        if step is Step.ALLOCATE:
            with pytest.raises(ReplacementUnderWayError) as error:
                replace(world, old)
            refused.append(error.value)

    request = ReplaceRequest(identifier=old.identifier, kind=ReasonCode.REISSUED, reason="换发")
    handler = world.staff("handler.li")
    world.services.replacer.replace(request, actor=handler, on_step=again)
    assert len(refused) == 1


def test_a_record_that_was_revoked_meanwhile_is_not_replaced(world: World) -> None:
    old = world.issue()

    def revoke(step: Step) -> None:
        if step is Step.VERIFY:
            change = ChangeRequest(
                identifier=old.identifier,
                action=RecordAction.REVOKE,
                reason_code=ReasonCode.UNLAWFUL,
                reason="违规",
            )
            with world.services.database.transaction() as session:
                change_record(session, change, actor=handler, now=world.clock.now())

    handler = world.staff("handler.li")
    request = ReplaceRequest(identifier=old.identifier, kind=ReasonCode.REISSUED, reason="换发")
    with pytest.raises(TransitionRefusedError):
        world.services.replacer.replace(request, actor=handler, on_step=revoke)
    with world.services.database.reading() as session:
        states = session.scalars(select(Issuance.state).order_by(Issuance.id)).all()
    assert states == ["published", "voided"]
    assert state_at(record_of(world, old), world.clock.now()) is RecordState.REVOKED


def test_both_happen_or_neither(world: World) -> None:
    """The old version cannot be ended in step 9: it stands, and no new one is in force."""
    old, engine = world.issue(), world.services.database.engine

    def fail(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        if statement.startswith("INSERT INTO record_changes") and "supersede" in str(parameters):
            raise KeyError

    event.listen(engine, "before_cursor_execute", fail)
    request = ReplaceRequest(identifier=old.identifier, kind=ReasonCode.REISSUED, reason="换发")
    handler = world.staff("handler.li")
    with pytest.raises(KeyError):
        world.services.replacer.replace(request, actor=handler)
    event.remove(engine, "before_cursor_execute", fail)
    with world.services.database.reading() as session:
        records = session.scalars(select(CertificateRecord).order_by(CertificateRecord.id)).all()
    assert [(record.status, len(record.changes)) for record in records] == [
        ("issued", 1),
        ("voided", 0),
    ]
    assert answer_about(world, old) == "authentic"


def test_only_the_unit_that_vouches_replaces(world: World) -> None:
    old = world.issue()
    with pytest.raises(PermissionDeniedError):
        replace(world, old, login="clerk.wang")
    with pytest.raises(ReasonCodeForeignError):
        replace(world, old, ReasonCode.FACTS_WRONG)
    other = world.issue(type_code="social-insurance")
    with pytest.raises(RecordUnknownError):
        replace(world, other)


def test_no_new_version_for_a_copy_that_was_withdrawn(world: World) -> None:
    old = world.issue()
    withdraw(world, old)
    with pytest.raises(ReplacedCopyWithdrawnError):
        replace(world, old)


def withdraw(world: World, issued: IssuedCopy) -> None:
    with world.services.database.transaction() as session:
        withdraw_copy(
            session,
            issued.copy_number,
            reason_code=WithdrawalReasonCode.NOT_NEEDED,
            reason="不再需要",
            actor=world.staff("clerk.wang"),
            now=world.clock.now(),
        )


@pytest.mark.parametrize("moment", [Step.ACCEPT, Step.ALLOCATE, Step.VERIFY])
def test_a_copy_that_is_withdrawn_meanwhile_gets_no_new_version(world: World, moment: Step) -> None:
    old = world.issue()

    def interfere(step: Step) -> None:
        if step is moment:
            withdraw(world, old)

    request = ReplaceRequest(identifier=old.identifier, kind=ReasonCode.REISSUED, reason="换发")
    handler = world.staff("handler.li")
    with pytest.raises(ReplacedCopyWithdrawnError):
        world.services.replacer.replace(request, actor=handler, on_step=interfere)
    with world.services.database.reading() as session:
        states = session.scalars(select(Issuance.state).order_by(Issuance.id)).all()
    assert "running" not in states
    assert states.count("published") == 1
    assert state_at(record_of(world, old), world.clock.now()) is RecordState.ISSUED
