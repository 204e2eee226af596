"""The signer: the register's key and image as they are now, on papers of any length."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from certsvc.foundation.storage.objects import parse_digest
from certsvc.sealing.changes.key_trials import KeyTrialFailedError
from certsvc.sealing.register.errors import SealImageTooLargeError
from certsvc.sealing.register.records import Seal
from certsvc.sealing.uses.signer import SealSigner
from keys.errors import KeyNotFoundError
from templates.samples import sample_face
from tests.integration.test_seal_amendments import new_identity
from tests.support.seal_pictures import SVG
from tests.support.world import NOW, World

SEAL = "data-sharing-seal"


@pytest.mark.both_engines
class TestPress:
    def test_another_key_is_opened_anew(self, world: World) -> None:
        assert world.issue().sha256
        with world.services.database.reading() as session:
            right = session.get_one(Seal, SEAL).key_uri
        gone = world.home / "gone.key"
        file, _, secret = right.removeprefix("file:").partition("?")
        gone.write_bytes(Path(unquote(file)).read_bytes())
        world.alter_seal(SEAL, key_uri=f"file:{gone}?{secret}")
        gone.unlink()
        with pytest.raises(KeyNotFoundError):
            world.issue()
        world.alter_seal(SEAL, key_uri=right)
        assert world.issue().sha256

    def test_another_chain_does_not_come_into_force_with_the_old_key(self, world: World) -> None:
        assert world.issue().sha256
        other = new_identity(world, "other").chain_path.read_text(encoding="ascii")
        with pytest.raises(KeyTrialFailedError):
            world.alter_seal(SEAL, certificate_chain_pem=other)
        assert world.issue(purpose="再次申领").sha256

    def test_what_is_open_is_kept_while_the_register_says_the_same(self, world: World) -> None:
        credentials = world.services.seal_credentials
        with world.services.database.transaction() as session:
            seal = session.get_one(Seal, SEAL)
        assert credentials.get(seal) is credentials.get(seal)

    def test_a_seal_larger_than_its_room_is_refused(self, world: World) -> None:
        world.alter_seal(SEAL, diameter_mm=42.5)
        with pytest.raises(SealImageTooLargeError) as refused:
            world.issue()
        assert refused.value.params == {
            "seal": "云岭区证照数据共享查询核验专用章",
            "diameter_mm": "42.5",
            "room_mm": "42",
        }
        world.alter_seal(SEAL, diameter_mm=42.0)
        assert world.issue().sha256

    def test_an_uploaded_image_is_used_instead_of_the_words(self, world: World) -> None:
        services = world.services
        world.alter_seal(SEAL, uploaded_image=SVG.encode())
        with services.database.transaction() as session:
            seal = session.get_one(Seal, SEAL)
        assert services.seal_credentials.draw(seal).shapes[0].colour == pytest.approx((0.8, 0, 0))
        sealed = services.store.get(parse_digest(world.issue().sha256))
        drawn = services.seal_credentials.get(seal).image
        assert (drawn.width_mm, drawn.height_mm) == pytest.approx((42, 25.2))
        assert drawn.compressed in sealed
        world.alter_seal(SEAL, draw_words=True)
        assert drawn.compressed not in services.store.get(parse_digest(world.issue().sha256))

    def test_an_image_higher_than_its_room_is_refused(self, world: World) -> None:
        high = SVG.replace("100 60", "100 110").encode()
        world.alter_seal(SEAL, uploaded_image=high)
        with pytest.raises(SealImageTooLargeError) as refused:
            world.issue()
        assert refused.value.params["diameter_mm"] == "46.2"

    def test_every_word_of_the_register_is_drawn(self, world: World) -> None:
        credentials = world.services.seal_credentials
        with world.services.database.transaction() as session:
            seal = session.get_one(Seal, SEAL)
            before = credentials.get(seal)
            for column, value in (
                ("has_star", False),
                ("second_line", "（1）"),
                ("rim_number", "37"),
            ):
                setattr(seal, column, value)
                after = credentials.get(seal)
                assert after.image.content != before.image.content, column
                before = after
            session.rollback()


class TestRidingSeal:
    """A paper of several pages whose pack asks for it bears one (骑缝章)."""

    @pytest.mark.parametrize("asked", [True, False])
    def test_papers_of_several_pages(self, world: World, *, asked: bool) -> None:
        services = world.services
        pack = replace(services.packs.get("social-insurance"), has_riding_seal=asked)
        document = services.renderer.render(pack, sample_face(pack, "sample-hard"))
        assert document.page_count > 1
        with services.database.transaction() as session:
            seal = session.get_one(Seal, SEAL)
        signer = SealSigner(
            credentials=services.seal_credentials,
            level=services.settings.level,
            timestamp_authority=services.timestamp_authority,
            gatherer=services.material_gatherer,
        )
        sealed = signer.seal(document, seal, reason="证明", at=NOW)
        slices = sealed.count(b" cm /RidingSeal0 Do Q\nEMC\n")
        assert slices == (document.page_count if asked else 0)

    def test_a_single_page_bears_none(self, world: World) -> None:
        services = world.services
        pack = services.packs.get("no-criminal-record")
        assert pack.has_riding_seal
        assert not services.renderer.render(pack, sample_face(pack)).bears_riding_seal
