"""Other versions of the packs in the tree, and their way into force by two people."""

from collections.abc import Mapping
from datetime import date

from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.service import propose_version
from certsvc.catalogue.packs.shown_versions import read_version
from templates.packs import TemplatePack, pack_from_files
from tests.packs.papers import pack_of
from tests.support.deciding import approve_version
from tests.support.world import NOW, World

CODE = "no-criminal-record"
TODAY = date(2026, 11, 21)
GIVEN = pack_of(CODE).version
"""The version in the tree."""
CLOSING, NEW_WORDS = "#attested()", "情况属实。"


def edits(code: str, *, version: str, words: str) -> Mapping[str, tuple[str, str]]:
    """What to replace in which file for another version with one more line."""
    given = pack_of(code).version
    return {
        "pack.toml": (f'version = "{given}"', f'version = "{version}"'),
        "schema.json": (f"pack:{code}:{given}", f"pack:{code}:{version}"),
        "layout.typ": (CLOSING, f"#indented[{words}]\n\n{CLOSING}"),
        "expected.txt": ("特此证明。", f"{words}\n特此证明。"),
    }


def changed_pack(code: str = CODE, *, version: str = "2", words: str = NEW_WORDS) -> TemplatePack:
    """A pack of the tree with another version number and one more line."""
    files = dict(pack_of(code).files)
    for name, (old, new) in edits(code, version=version, words=words).items():
        text = files[f"{code}/{name}"].decode()
        assert old in text
        files[f"{code}/{name}"] = text.replace(old, new).encode()
    return pack_from_files(code, files)


def propose(
    world: World, pack: TemplatePack, *, effective_on: date = TODAY, by: str = "pack.sun"
) -> PackVersion:
    """Let the demonstration's first person propose a version."""
    with world.services.database.transaction() as session:
        return propose_version(
            session,
            pack=pack,
            effective_on=effective_on,
            reason="按新的文书格式调整",
            actor=world.staff(by),
            now=world.clock.now(),
        )


def approve(world: World, version_id: int, *, by: str = "pack.zhou") -> PackVersion:
    """Let the demonstration's second person approve it."""
    with world.services.database.transaction() as session:
        approver = world.staff(by)
        return approve_version(
            session,
            version_id=version_id,
            shown=read_version(session, version_id, actor=approver).digest,
            reason="同意",
            actor=approver,
            now=world.clock.now(),
        )


def put_in_force(world: World, pack: TemplatePack, *, effective_on: date = TODAY) -> PackVersion:
    """Propose and approve."""
    return approve(world, propose(world, pack, effective_on=effective_on).id)


assert NOW.date() == TODAY
