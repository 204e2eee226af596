"""What the second person sees of a version of a pack is what takes effect."""

from dataclasses import replace

import pytest

from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.shown_versions import ShownVersion, read_version
from certsvc.foundation.approvals.shown import ChangedSinceShownError, NotShownError
from tests.support.deciding import approve_version
from tests.support.pack_versions import (
    CODE,
    GIVEN,
    NEW_WORDS,
    approve,
    changed_pack,
    edits,
    propose,
)
from tests.support.world import NOW, World


def test_an_approval_is_of_what_was_shown(sqlite_world: World) -> None:
    world = sqlite_world
    version = propose(world, changed_pack())
    approver = world.staff("pack.zhou")
    with world.services.database.reading() as session:
        whole = read_version(session, version.id, actor=approver)
    altered = {file.path: file.difference for file in whole.files if file.state == "altered"}
    assert set(altered) == {f"{CODE}/{name}" for name in edits(CODE, version="2", words="")}
    assert f"+#indented[{NEW_WORDS}]" in altered[f"{CODE}/layout.typ"]
    assert whole.replaced is not None
    assert whole.effect["replaces"] == {"version": GIVEN, "digest": whole.replaced.digest}
    for shown, expected in (("0" * 64, ChangedSinceShownError), ("", NotShownError)):
        with pytest.raises(expected), world.services.database.transaction() as session:
            approve_version(
                session,
                version_id=version.id,
                shown=shown,
                reason="同意",
                actor=approver,
                now=NOW,
            )
    # Had another version come into force meanwhile, this one would replace something else.
    other = replace_shown(whole, version="9")
    assert other.digest != whole.digest
    assert world.services.packs.get(CODE).version == GIVEN
    assert approve(world, version.id).proposal.outcome == "approved"


def replace_shown(whole: ShownVersion, *, version: str) -> ShownVersion:
    """The same proposal in the place of another version."""
    before = PackVersion(version=version, digest="f" * 64)
    return replace(whole, replaced=before)
