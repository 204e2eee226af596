"""Versions of template packs: two people, effective days, frozen, and what papers are set with."""

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, text

from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.rules import (
    EffectiveDayError,
    NoVersionInForceError,
    PackVersionTamperedError,
    VersionApprovedError,
    VersionFrozenError,
)
from certsvc.catalogue.packs.service import propose_version
from certsvc.certificates.records.records import CertificateRecord
from certsvc.foundation.approvals.rules import (
    ForeignProposalError,
    OwnProposalError,
    ProposalExpiredError,
    ProposalPendingError,
    ProposalUnknownError,
    ReasonMissingError,
)
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.storage.objects import parse_digest
from certsvc.people.accounts.service import register_staff
from certsvc.people.rights.rules import Actor, PermissionDeniedError, PersonUnknownError, Role
from signing.report import Outcome
from templates.checking_content import page_texts, squeezed
from tests.packs.papers import PACKS, pack_of
from tests.support.deciding import approve_version, reject_version, withdraw_version
from tests.support.pack_versions import (
    CLOSING,
    CODE,
    GIVEN,
    NEW_WORDS,
    TODAY,
    approve,
    changed_pack,
    propose,
    put_in_force,
)
from tests.support.world import NOW, World, make_world

MIDNIGHT = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
"""Midnight in Shanghai, the beginning of 22 November."""


def paper(world: World, **changes: object) -> bytes:
    return world.services.store.get(parse_digest(world.issue(**changes).sha256))


def has_new_words(document: bytes) -> bool:
    return NEW_WORDS in squeezed("".join(page_texts(document)))


def twin_check(world: World, document: bytes) -> str:
    report = world.services.authenticity.check_file(document)
    step = next(check for check in report.checks if check.name == "twin")
    assert step.outcome is Outcome.PASSED
    return step.code


def test_the_demonstration_puts_every_pack_of_the_folder_into_force(world: World) -> None:
    services = world.services
    assert [pack.code for pack in services.packs] == [pack.code for pack in services.pack_folder]
    assert [pack.digest for pack in services.packs] == [
        pack.digest for pack in services.pack_folder
    ]


def test_a_version_comes_into_force_at_midnight_in_shanghai(world: World) -> None:
    put_in_force(world, changed_pack(), effective_on=date(2026, 11, 22))
    world.clock.advance(MIDNIGHT - NOW - timedelta(seconds=1))
    assert not has_new_words(paper(world))
    world.clock.advance(timedelta(seconds=1))
    assert has_new_words(paper(world))


def test_a_record_keeps_type_version_and_digest_of_what_it_was_set_with(world: World) -> None:
    before, pack = world.issue(), changed_pack()
    put_in_force(world, pack)
    after = world.issue()
    with world.services.database.reading() as session:
        kept = {
            record.identifier: (record.type_code, record.pack_version, record.pack_digest)
            for record in session.scalars(select(CertificateRecord))
        }
    assert kept[before.identifier] == (CODE, GIVEN, pack_of(CODE).digest)
    assert kept[after.identifier] == (CODE, "2", pack.digest)


def test_old_papers_are_still_set_again_with_their_own_version(world: World) -> None:
    old = paper(world)
    put_in_force(world, changed_pack())
    new = paper(world)
    assert (has_new_words(old), has_new_words(new)) == (False, True)
    with closing(world.restarted().services) as services:
        restarted = replace(world, services=services)
        for seen in (world, restarted):
            assert twin_check(seen, old) == "check.twin.pages-same"
            assert twin_check(seen, new) == "check.twin.pages-same"


def test_a_record_of_files_that_are_not_kept_is_not_compared_with_others(world: World) -> None:
    old = paper(world)
    with world.services.database.transaction() as session:
        session.execute(
            text("UPDATE certificate_records SET pack_digest = :other"), {"other": "0" * 64}
        )
    assert twin_check(world, old) == "check.twin.values-found"


def test_what_lies_in_the_folder_sets_no_paper(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    shutil.copytree(PACKS, folder)
    layout = folder / CODE / "layout.typ"
    layout.write_text(
        layout.read_text("utf-8").replace(CLOSING, f"#indented[{NEW_WORDS}]\n\n{CLOSING}"), "utf-8"
    )
    url = world.services.settings.database_url
    other = make_world(world.home, url, world.clock, packs_dir=folder)
    with closing(other.services):
        changed = other.services.pack_folder.get(CODE)
        assert changed.digest != pack_of(CODE).digest
        assert not has_new_words(paper(other))
        with pytest.raises(VersionFrozenError) as caught:
            propose(other, changed)
    assert caught.value.params == {"pack": CODE, "version": GIVEN}


def test_a_type_without_a_version_in_force_is_refused_before_any_source_is_asked(
    world: World,
) -> None:
    world.clock.advance(timedelta(days=-1))
    with pytest.raises(NoVersionInForceError) as caught:
        world.issue()
    assert caught.value.params == {"pack": CODE, "on": "2026-11-20"}


def test_of_two_versions_of_one_day_the_later_approval_counts(world: World) -> None:
    first = propose(world, changed_pack())
    approve(world, first.id)
    world.clock.advance(timedelta(minutes=1))
    put_in_force(world, changed_pack(version="3", words="三，特此证明。"))
    assert world.services.packs.get(CODE).version == "3"


def other_account_of_the_proposer(world: World) -> Actor:
    proposer = world.staff("pack.sun")
    with world.services.database.transaction() as session:
        register_staff(
            session,
            login="pack.sun2",
            name="孙模板（演示）",
            person_id=str(proposer.person_id),
            unit_code=str(proposer.unit_code),
            password="another-password-2026",
            roles=frozenset({Role.PACK_APPROVER, Role.PACK_PROPOSER}),
        )
    return world.staff("pack.sun2")


@pytest.mark.parametrize("decide", [partial(approve_version, shown="0" * 64), reject_version])
def test_one_person_never_decides_alone(world: World, decide: object) -> None:
    version = propose(world, changed_pack())
    same = replace(world.staff("pack.sun"), roles=frozenset({Role.PACK_APPROVER}))
    for actor in (same, other_account_of_the_proposer(world)):
        with (
            pytest.raises(OwnProposalError),
            world.services.database.transaction() as session,
        ):
            decide(session, version_id=version.id, reason="同意", actor=actor, now=NOW)  # type: ignore[operator]
    assert world.services.packs.get(CODE).version == GIVEN


def test_who_may_do_what(world: World) -> None:
    version = propose(world, changed_pack())
    with pytest.raises(PermissionDeniedError):
        propose(world, changed_pack(), by="pack.zhou")
    with pytest.raises(PermissionDeniedError):
        approve(world, version.id, by="pack.sun")
    for login in ("clerk.wang", "handler.li", "seal.zhao", "seal.qian"):
        with pytest.raises(PermissionDeniedError):
            propose(world, changed_pack(), by=login)
        with pytest.raises(PermissionDeniedError):
            approve(world, version.id, by=login)
    nobody = replace(world.staff("pack.zhou"), person_id=None)
    with (
        pytest.raises(PersonUnknownError),
        world.services.database.transaction() as session,
    ):
        approve_version(
            session,
            version_id=version.id,
            shown="0" * 64,
            reason="同意",
            actor=nobody,
            now=NOW,
        )


def test_one_version_of_a_pack_waits_at_a_time(world: World) -> None:
    first = propose(world, changed_pack())
    proposer, approver = world.staff("pack.sun"), world.staff("pack.zhou")
    foreign = replace(approver, roles=frozenset({Role.PACK_PROPOSER}))
    with pytest.raises(ProposalPendingError):
        propose(world, changed_pack(version="3"))
    with world.services.database.transaction() as session:
        with pytest.raises(ForeignProposalError):
            withdraw_version(session, version_id=first.id, reason="重复", actor=foreign, now=NOW)
        withdraw_version(session, version_id=first.id, reason="写错", actor=proposer, now=NOW)
    second = propose(world, changed_pack(words="改，特此证明。"))
    with world.services.database.transaction() as session:
        reject_version(session, version_id=second.id, reason="不妥", actor=approver, now=NOW)
    for decided in (first, second):
        with pytest.raises(ProposalUnknownError):
            approve(world, decided.id)
    # A number that was never approved is still free.
    assert put_in_force(world, changed_pack()).version == "2"


def test_a_proposal_ends_after_a_week_and_blocks_nothing(world: World) -> None:
    late = propose(world, changed_pack(), effective_on=date(2026, 12, 31))
    world.clock.advance(timedelta(days=7, seconds=1))
    with pytest.raises(ProposalExpiredError):
        approve(world, late.id)
    put_in_force(world, changed_pack(), effective_on=date(2026, 12, 31))


@pytest.mark.parametrize("day", [date(2026, 11, 20), date(1, 1, 1), date(2028, 11, 22)])
def test_nothing_comes_into_force_for_days_that_are_over(world: World, day: date) -> None:
    with pytest.raises(EffectiveDayError):
        propose(world, changed_pack(), effective_on=day)


def test_an_approval_after_the_effective_day_is_refused(world: World) -> None:
    version = propose(world, changed_pack(), effective_on=TODAY)
    world.clock.advance(MIDNIGHT - NOW)
    with pytest.raises(EffectiveDayError):
        approve(world, version.id)


def test_an_approved_version_is_not_approved_twice(world: World) -> None:
    with pytest.raises(VersionApprovedError):
        propose(world, pack_of(CODE))


@pytest.mark.parametrize("reason", ["", "  ", "长" * 501, "控制\x07符"])
def test_a_reason_is_needed(world: World, reason: str) -> None:
    with (
        pytest.raises(ReasonMissingError),
        world.services.database.transaction() as session,
    ):
        propose_version(
            session,
            pack=changed_pack(),
            effective_on=TODAY,
            reason=reason,
            actor=world.staff("pack.sun"),
            now=NOW,
        )


def test_every_step_stands_in_the_log_without_its_reason(world: World) -> None:
    version = put_in_force(world, changed_pack())
    with world.services.database.reading() as session:
        entries = list(
            session.scalars(
                select(EventRecord)
                .where(EventRecord.kind.startswith("pack."))
                .order_by(EventRecord.id)
            )
        )
    kinds = [entry.kind for entry in entries if entry.details["id"] == version.id]
    assert kinds == ["pack.version-proposed", "pack.version-approved"]
    assert "同意" not in str([entry.details for entry in entries])


def test_files_that_were_changed_behind_the_triggers_set_no_paper(world: World) -> None:
    services = world.services
    world.remove_triggers("pack_versions")
    with services.database.transaction() as session:
        session.execute(text("UPDATE pack_versions SET content = :other"), {"other": b"other"})
    with pytest.raises(PackVersionTamperedError):
        world.issue()


def test_a_warm_pack_is_opened_once(world: World) -> None:
    services = world.services
    with services.database.reading() as session:
        first = services.packs.get_in_force(session, CODE, on=TODAY)
        loaded = session.scalar(select(PackVersion).where(PackVersion.digest == first.digest))
        assert services.packs.get_in_force(session, CODE, on=TODAY) is first
    assert loaded is not None
    assert "content" not in loaded.__dict__ or services.packs.get(CODE) is first
