"""What the second person sees is what takes effect; a key signs before a seal depends on it."""

import base64
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from api.shared.views.seal_labels import SealLabels
from api.shared.views.whole_changes import trial_result, whole_parts
from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.foundation.approvals.shown import ChangedSinceShownError, NotShownError
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.rights.rules import PermissionDeniedError
from certsvc.sealing.changes.amendments import SealAmendment, propose_amendment
from certsvc.sealing.changes.change_desk import ChangeDesk
from certsvc.sealing.changes.key_choice import KeyNotOfferedError
from certsvc.sealing.changes.key_trials import TRIAL_LIFETIME, KeyTrialFailedError, KeyUntriedError
from certsvc.sealing.changes.proposals import propose_change
from certsvc.sealing.custody.offers import OfferedKeys
from certsvc.sealing.register.records import Seal, SealKeyTrial
from certsvc.sealing.register.rules import SealAction
from certsvc.sealing.register.versions import signing_certificates
from signing.images.drawings import SealImage
from tests.integration.test_seal_amendments import new_identity, renewal
from tests.support.deciding import approve_change
from tests.support.visitors import Visitor
from tests.support.world import NOW, World

SEAL = "data-sharing-seal"
MOMENT = timedelta(seconds=1)


def propose(world: World, amendment: SealAmendment) -> int:
    """Propose an amendment, as a page does: its key is tried at once."""
    proposer = world.staff("seal.zhao")
    with world.services.database.transaction() as session:
        change = propose_amendment(
            session,
            seal_id=SEAL,
            amendment=amendment,
            offers=world.services.offered_keys,
            reason="换证",
            actor=proposer,
            now=world.clock.now(),
        )
    world.services.change_desk.try_key(change.id, actor=proposer)
    return change.id


def renew(world: World) -> tuple[int, dict[str, str]]:
    """Propose another key and certificate, which the operator offers."""
    content = renewal(new_identity(world, "renewed"))
    world.offer_key(content["key_uri"], content["certificate_chain_pem"])
    return propose(world, SealAmendment(**content)), content  # type: ignore[arg-type]  # texts


def shown(world: World, change: int, desk: ChangeDesk | None = None) -> str:
    with world.services.database.reading() as session:
        return (desk or world.services.change_desk).reader.read(session, change).digest


def approve(world: World, change: int, digest: str, desk: ChangeDesk | None = None) -> None:
    decision = Decision(outcome=Outcome.APPROVED, reason="已核对", shown=digest)
    (desk or world.services.change_desk).decide(change, decision, actor=world.staff("seal.qian"))


def trials(world: World, change: int) -> list[SealKeyTrial]:
    with world.services.database.reading() as session:
        of_change = select(SealKeyTrial).where(SealKeyTrial.change_id == change)
        return list(session.scalars(of_change.order_by(SealKeyTrial.id)))


def desk_with(world: World, offers: OfferedKeys, image: SealImage | None = None) -> ChangeDesk:
    """The same register where settings or fonts are others."""
    services = world.services
    draw = services.seal_credentials.draw
    return ChangeDesk(
        database=services.database,
        clock=world.clock,
        offers=offers,
        draw=(lambda _: image) if image else draw,
    )


class TestATrial:
    def test_is_made_when_proposing_and_when_approving_and_proves_itself(
        self, world: World
    ) -> None:
        change, content = renew(world)
        world.clock.advance(timedelta(days=2))
        approve(world, change, shown(world, change))
        first, second = trials(world, change)
        assert [each.at for each in (first, second)] == [NOW, NOW + timedelta(days=2)]
        assert [each.actor for each in (first, second)] == ["staff:seal.zhao", "staff:seal.qian"]
        assert first.statement != second.statement
        said = json.loads(second.statement)
        assert (said["seal"], said["change"]) == (SEAL, change)
        assert "no document" in said["purpose"]
        with world.services.database.reading() as session:
            seal = session.get_one(Seal, SEAL)
            assert seal.key_uri == content["key_uri"]
            public = signing_certificates(seal)[0].public_key()
            logged = session.scalars(
                select(EventRecord).where(EventRecord.kind == "seal.key-tried")
            )
            assert second.signature_base64 in [each.details["signature_base64"] for each in logged]
        assert isinstance(public, ec.EllipticCurvePublicKey)
        for each in (first, second):
            signature = base64.b64decode(each.signature_base64)
            public.verify(signature, each.statement.encode(), ec.ECDSA(SHA256()))
        for statement in (delete(SealKeyTrial), update(SealKeyTrial).values(error="")):
            with (
                pytest.raises(IntegrityError, match="append-only"),
                world.services.database.transaction() as session,
            ):
                session.execute(statement)

    def test_that_fails_keeps_a_key_from_stopping_a_seal(self, sqlite_world: World) -> None:
        world = sqlite_world
        change, content = renew(world)
        Path(content["key_uri"].removeprefix("file:").partition("?")[0]).unlink()
        with pytest.raises(KeyTrialFailedError) as refused:
            approve(world, change, shown(world, change))
        assert refused.value.params == {"error": "key.not-found"}
        assert [each.error for each in trials(world, change)] == ["", "key.not-found"]
        assert world.issue().sha256, "the seal is used as before"

    def test_with_another_keys_certificate_fails(self, sqlite_world: World) -> None:
        world = sqlite_world
        other = new_identity(world, "other").chain_path.read_text(encoding="ascii")
        change = propose(world, SealAmendment(certificate_chain_pem=other))
        with pytest.raises(KeyTrialFailedError) as refused:
            approve(world, change, shown(world, change))
        assert refused.value.params == {"error": "seals.key-not-of-certificate"}
        assert world.issue().sha256

    def test_is_needed_and_must_be_fresh(self, sqlite_world: World) -> None:
        world = sqlite_world
        change, _ = renew(world)
        reader, approver = world.services.change_desk.reader, world.staff("seal.qian")
        for since in (TRIAL_LIFETIME + MOMENT, TRIAL_LIFETIME):
            with world.services.database.transaction() as session:
                arguments = {
                    "change_id": change,
                    "shown": reader.read(session, change).digest,
                    "reader": reader,
                    "reason": "同意",
                    "actor": approver,
                    "now": NOW + since,
                }
                if since > TRIAL_LIFETIME:
                    with pytest.raises(KeyUntriedError):
                        approve_change(session, **arguments)
                else:
                    approve_change(session, **arguments)

    def test_is_not_made_for_whoever_may_not_approve_or_saw_something_else(
        self, sqlite_world: World
    ) -> None:
        world = sqlite_world
        change, _ = renew(world)
        digest, desk = shown(world, change), world.services.change_desk
        decision = Decision(outcome=Outcome.APPROVED, reason="同意", shown=digest)
        with pytest.raises(PermissionDeniedError):
            desk.decide(change, decision, actor=world.staff("seal.zhao"))
        with pytest.raises(ChangedSinceShownError):
            approve(world, change, "0" * 64)
        with pytest.raises(NotShownError):
            approve(world, change, "")
        assert len(trials(world, change)) == 1, "that of the proposal"

    def test_stopping_a_seal_needs_none(self, sqlite_world: World) -> None:
        world = sqlite_world
        with world.services.database.transaction() as session:
            change = propose_change(
                session,
                seal_id=SEAL,
                action=SealAction.STOP,
                reason="密钥损坏",
                actor=world.staff("seal.zhao"),
                now=NOW,
            ).id
        approve(world, change, shown(world, change))
        assert trials(world, change) == []


class TestWhatIsBound:
    def test_a_key_that_the_operator_offers_no_more(self, sqlite_world: World) -> None:
        world = sqlite_world
        with world.services.database.reading() as session:
            uri = session.get_one(Seal, SEAL).key_uri
        configured = uri.replace("/pki/", "/./pki/")
        offering = desk_with(world, OfferedKeys({"sharing-2026": configured}))
        with world.services.database.transaction() as session:
            change = propose_amendment(
                session,
                seal_id=SEAL,
                amendment=SealAmendment(key_uri=configured),
                offers=offering.offers,
                reason="换地址",
                actor=world.staff("seal.zhao"),
                now=NOW,
            ).id
        digest = shown(world, change, offering)
        renamed = desk_with(world, OfferedKeys({"another": configured}))
        with pytest.raises(ChangedSinceShownError):
            approve(world, change, digest, renamed)
        withdrawn = world.services.change_desk
        with pytest.raises(ChangedSinceShownError):
            approve(world, change, digest, withdrawn)
        with pytest.raises(KeyNotOfferedError):
            approve(world, change, shown(world, change), withdrawn)
        approve(world, change, digest, offering)

    def test_a_picture_that_comes_out_otherwise(self, sqlite_world: World) -> None:
        world = sqlite_world
        change = propose(world, SealAmendment(bottom_text="新"))
        with world.services.database.reading() as session:
            other = world.services.seal_credentials.draw(session.get_one(Seal, SEAL))
        fonts = desk_with(world, world.services.offered_keys, other)
        with pytest.raises(ChangedSinceShownError):
            approve(world, change, shown(world, change), fonts)

    def test_a_seal_that_stands_otherwise(self, sqlite_world: World) -> None:
        world = sqlite_world
        first = propose(world, SealAmendment(bottom_text="新"))
        digest = shown(world, first)
        with world.services.database.transaction() as session:
            world.approve(session, change_id=first, actor=world.staff("seal.qian"), now=NOW)
        second = propose(world, SealAmendment(bottom_text="演示专用"))
        third = shown(world, second)
        assert len({digest, third}) == 2
        with pytest.raises(ChangedSinceShownError):
            approve(world, second, digest)


def test_the_page_shows_all_that_will_be_used(sqlite_world: World) -> None:
    world = sqlite_world
    change, content = renew(world)
    visitor = Visitor(world)
    visitor.enter("seal.qian")
    with world.services.database.reading() as session:
        whole = world.services.change_desk.reader.read(session, change)
        labels = SealLabels(session, Language.ZH)
        lines = [line for part in whole_parts(whole, labels) for line in part.lines]
        trial = trial_result(whole, labels)
    page = visitor.client.get(f"/seal-changes/{change}").text
    for line in lines:
        assert f"<dt>{line.label}</dt>" in page
        assert line.text in page
    said = {line.text for line in lines}
    leaf = whole.certificates[0]
    secret = content["key_uri"].partition("passphrase-file=")[2]
    assert {content["key_uri"], secret, f"{leaf.serial_number:x}", "数据共享"} <= said
    assert {leaf.fingerprint(SHA256()).hex() for leaf in whole.certificates} <= said
    assert whole.image_sha256 in said
    assert trial is not None
    assert trial.is_good
    assert trial.text in page
    assert re.search(rf'name="shown" value="{whole.digest}"', page)
    unseen = {"decision": "approve", "read": "1", "reason": "已核对", "shown": "0" * 64}
    refused = visitor.client.post(f"/seal-changes/{change}", data=unseen)
    assert (refused.status_code, "已经变化" in refused.text) == (409, True)
    assert visitor.approve(f"/seal-changes/{change}").status_code == 303
    visitor.client.close()
