"""Everything that a proposed version of a pack would put into effect, for whoever decides.

- Every file that papers would be set with, and what differs from the version that it replaces; a
  picture of samples shows only what the samples reach.
- Its digest is what an approval is bound to. If another version came into force meanwhile, what
  would be replaced is something else, and must be looked at again.
"""

import difflib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from sqlalchemy.orm import Session

from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.rules import NoVersionInForceError
from certsvc.catalogue.packs.service import get_in_force, get_version_row, open_files
from certsvc.foundation.approvals.shown import digest_of_shown
from certsvc.foundation.clock import rfc3339
from certsvc.people.rights.rules import Actor, Permission, require
from templates.packs import TemplatePack

FileState = Literal["new", "altered", "same", "removed"]
KIND = "pack-version/1"
_LONGEST_TEXT = 100_000
"""Octets of a file whose differences are shown; larger ones are compared by their digests."""


@dataclass(frozen=True, kw_only=True)
class ShownFile:
    """A file of the proposed version, or one that it removes."""

    path: str
    """Where it lies in the pack."""
    state: FileState
    """`new`, `altered`, `same` or `removed`."""
    sha256: str
    """Digest of its content; of a removed one, as it was."""
    difference: str
    """What differs, as a unified diff; empty for files that are no text, and where nothing does."""


@dataclass(frozen=True, kw_only=True)
class ShownVersion:
    """A version as it is shown to whoever decides on it."""

    version: PackVersion
    """The proposal."""
    replaced: PackVersion | None
    """The version that would be in force on its effective day without it; None if there is none."""
    files: tuple[ShownFile, ...]
    """All files by path, removed ones among them."""

    @cached_property
    def effect(self) -> dict[str, Any]:
        """All that would take effect, as JSON has it."""
        version, replaced = self.version, self.replaced
        return {
            "number": version.id,
            "pack": version.code,
            "version": version.version,
            "title": version.title,
            "digest": version.digest,
            "effective_on": version.effective_on.isoformat(),
            "reason": version.proposal.reason,
            "proposed_by": version.proposal.proposed_by,
            "proposed_at": rfc3339(version.proposal.proposed_at),
            "files": {file.path: file.sha256 for file in self.files if file.state != "removed"},
            "replaces": (
                {"version": replaced.version, "digest": replaced.digest} if replaced else None
            ),
        }

    @cached_property
    def digest(self) -> str:
        """What an approval is bound to."""
        return digest_of_shown(KIND, self.effect)


def read_version(session: Session, version_id: int, *, actor: Actor) -> ShownVersion:
    """Return a version as whoever decides on it must see it.

    Raises:
        PermissionDeniedError: the actor may not read the register.
        ProposalUnknownError: there is none.
        PackVersionTamperedError: the files are not those that were proposed.
    """
    require(actor, Permission.READ_PACKS)
    return whole_version(session, get_version_row(session, version_id))


def whole_version(session: Session, version: PackVersion) -> ShownVersion:
    """Return all that a version would make take effect; the caller checks who asks.

    Raises:
        PackVersionTamperedError: the files are not those that were proposed.
    """
    replaced = _in_force(session, version)
    before = _files(open_files(replaced)) if replaced else {}
    return ShownVersion(
        version=version,
        replaced=replaced,
        files=tuple(_compare(before, _files(open_files(version)))),
    )


def _in_force(session: Session, version: PackVersion) -> PackVersion | None:
    try:
        found = get_in_force(session, version.code, on=version.effective_on)
    except NoVersionInForceError:
        return None
    return None if found.id == version.id else found


def _files(pack: TemplatePack) -> dict[str, bytes]:
    return dict(pack.files)


def _compare(before: dict[str, bytes], after: dict[str, bytes]) -> Iterator[ShownFile]:
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        state: FileState = "removed" if new is None else "new" if old is None else "altered"
        content = old if new is None else new
        yield ShownFile(
            path=path,
            state="same" if old == new else state,
            sha256=hashlib.sha256(content or b"").hexdigest(),
            difference=_difference(path, old or b"", new or b""),
        )


def _difference(path: str, old: bytes, new: bytes) -> str:
    if old == new or max(len(old), len(new)) > _LONGEST_TEXT:
        return ""
    try:
        before, after = old.decode().splitlines(), new.decode().splitlines()
    except UnicodeDecodeError:
        return ""
    return "\n".join(difflib.unified_diff(before, after, path, path, lineterm=""))
