"""What the register of seals says of a seal at the time it was used, and now."""

from datetime import timedelta

import pytest

from api.shared.views.reports import answer_of
from certsvc.certificates.extraction.records import Extraction
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.storage.objects import parse_digest
from certsvc.sealing.changes.proposals import propose_change
from certsvc.sealing.register.records import Seal
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.service import AUTHORISATION_LIFETIME
from certsvc.verification.authenticity.rules import AuthenticityAnswer, AuthenticityReport
from certsvc.verification.authenticity.seal_status import check_statuses
from signing.report import Outcome, SubIndication, Verdict
from tests.integration.test_seal_amendments import new_identity, renewal
from tests.integration.test_twin import face_of, issued_twin, sealed_by_an_insider
from tests.support.seals import sealed_document, trust
from tests.support.world import NOW, World

SEAL = "data-sharing-seal"


def change_seal(world: World, action: SealAction) -> None:
    now, proposer, approver = world.clock.now(), world.staff("seal.zhao"), world.staff("seal.qian")
    with world.services.database.transaction() as session:
        change = propose_change(
            session,
            seal_id=SEAL,
            action=action,
            reason="例行",
            actor=proposer,
            now=now,
        )
        world.approve(
            session, change_id=change.id, reason="已核对，同意办理", actor=approver, now=now
        )


def codes(report: AuthenticityReport) -> list[str]:
    return [check.code for check in report.checks if check.name.startswith("seal-status")]


@pytest.fixture
def sealed(world: World) -> bytes:
    issued = world.issue()
    return world.services.store.get(parse_digest(issued.sha256))


@pytest.mark.both_engines
def test_a_seal_in_use_then_and_now(world: World, sealed: bytes) -> None:
    report = world.services.authenticity.check_file(sealed)
    assert codes(report) == ["check.seal-status-then.in-use", "check.seal-status-now.in-use"]
    assert report.verdict is Verdict.TOTAL_PASSED


@pytest.mark.parametrize("action", [SealAction.STOP, SealAction.CANCEL])
def test_what_was_sealed_before_a_seal_was_stopped_still_counts(
    world: World, sealed: bytes, action: SealAction
) -> None:
    world.clock.advance(timedelta(hours=1))
    change_seal(world, action)
    report = world.services.authenticity.check_file(sealed)
    assert codes(report) == ["check.seal-status-then.in-use", "check.seal-status-now.since-stopped"]
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.answer is AuthenticityAnswer.AUTHENTIC


def test_what_was_sealed_while_the_seal_was_stopped_does_not(world: World) -> None:
    twin = issued_twin(world)
    world.clock.advance(timedelta(hours=1))
    change_seal(world, SealAction.STOP)
    world.clock.advance(timedelta(hours=1))
    pack = world.services.packs.get("no-criminal-record")
    document = world.services.renderer.render(pack, face_of(twin, twin))
    sealed = sealed_by_an_insider(world, document)
    report = world.services.authenticity.check_file(sealed)
    expected = ["check.seal-status-then.not-in-use", "check.seal-status-now.not-in-use"]
    assert codes(report) == expected
    assert report.verdict is Verdict.INDETERMINATE
    assert report.seals[0].verdict is Verdict.INDETERMINATE
    assert report.seals[0].sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    assert report.answer is AuthenticityAnswer.UNDECIDED
    world.clock.advance(timedelta(hours=1))
    change_seal(world, SealAction.ENABLE)
    again = world.services.authenticity.check_file(sealed)
    assert codes(again) == ["check.seal-status-then.not-in-use", "check.seal-status-now.in-use"]
    assert again.verdict is Verdict.INDETERMINATE


@pytest.mark.both_engines
def test_papers_of_a_renewed_certificate_count_and_its_later_use_does_not(
    world: World, sealed: bytes
) -> None:
    twin = issued_twin(world)
    with world.services.database.reading() as session:
        retired = session.get_one(Seal, SEAL)
    world.clock.advance(timedelta(hours=1))
    world.alter_seal(SEAL, **renewal(new_identity(world, "renewed")))
    expected = ["check.seal-status-then.in-use", "check.seal-status-now.in-use"]
    assert codes(world.services.authenticity.check_file(sealed)) == expected
    pack = world.services.packs.get("no-criminal-record")
    document = world.services.renderer.render(pack, face_of(twin, twin))
    for later, word in (
        (AUTHORISATION_LIFETIME - timedelta(seconds=1), "in-use"),
        (timedelta(seconds=2), "certificate-replaced"),
    ):
        world.clock.advance(later)
        misused = sealed_by_an_insider(world, document, retired)
        report = world.services.authenticity.check_file(misused)
        assert codes(report)[0] == f"check.seal-status-then.{word}"
    assert report.verdict is Verdict.INDETERMINATE
    assert report.answer is not AuthenticityAnswer.AUTHENTIC


def test_without_a_proven_time_only_a_seal_in_use_now_is_not_doubted(
    world: World,
) -> None:
    issued = world.issue()
    content = world.services.store.get(parse_digest(issued.sha256))
    (conclusion,) = world.services.authenticity.check_file(content).seals
    seal = type(conclusion.seal)(**{**vars(conclusion.seal), "timestamp_at": None})

    def ask() -> list[tuple[str, Outcome]]:
        with world.services.database.reading() as session:
            now = world.clock.now()
            return [(c.code, c.outcome) for c in check_statuses(session, (seal,), now)]

    assert ask() == [
        ("check.seal-status-then.no-time", Outcome.NOT_CHECKED),
        ("check.seal-status-now.in-use", Outcome.PASSED),
    ]
    change_seal(world, SealAction.STOP)
    assert ask()[1] == ("check.seal-status-now.not-in-use", Outcome.FAILED)


def test_of_a_seal_that_is_not_ours_the_register_knows_nothing(world: World) -> None:
    services = world.services
    services.__dict__["trust"] = trust()
    report = services.authenticity.check_file(sealed_document())
    assert codes(report) == ["check.seal-status-then.not-ours", "check.seal-status-now.not-ours"]
    register = next(check for check in report.checks if check.name == "register")
    assert (register.outcome, register.code) == (Outcome.NOT_CHECKED, "check.register.not-ours")
    assert report.verdict is Verdict.TOTAL_PASSED, "nothing is wrong with it"
    assert report.answer is AuthenticityAnswer.UNDECIDED, "but nobody here knows of it"
    assert "signed by somebody else" in answer_of(report, Language.EN).text


def test_a_seal_of_ours_on_a_file_that_nobody_registered(world: World) -> None:
    issued = world.issue()
    content = world.services.store.get(parse_digest(issued.sha256))
    with world.services.database.transaction() as session:
        session.get_one(Extraction, issued.copy_number).object_sha256 = None
    report = world.services.authenticity.check_file(content)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.seals[0].verdict is Verdict.TOTAL_PASSED
    assert report.answer is AuthenticityAnswer.UNDECIDED
    assert report.checked_at == NOW
