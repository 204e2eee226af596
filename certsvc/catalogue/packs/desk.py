"""Proposing a pack of the folder: it is read and checked before it is stored."""

from datetime import date
from pathlib import Path

from certsvc.catalogue.packs.records import PackVersion
from certsvc.catalogue.packs.rules import VERSION_LIFE, VersionEvent
from certsvc.catalogue.packs.service import propose_version, require_free
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.people.rights.moves import require_right
from certsvc.people.rights.rules import Actor
from templates.errors import PackUnknownError
from templates.pack_linting import require_sound
from templates.packs import TemplatePack, load_pack
from templates.rendering import Renderer


class PackDesk:
    """Takes proposals from the folder of packs; one for a process."""

    def __init__(
        self, *, folder: Path, database: Database, clock: Clock, renderer: Renderer
    ) -> None:
        self._folder = folder
        self._database = database
        self._clock = clock
        self._renderer = renderer

    def codes(self) -> list[str]:
        """Return the codes of the packs in the folder."""
        return sorted(path.parent.name for path in self._folder.glob("*/pack.toml"))

    def read(self, code: str) -> TemplatePack:
        """Read a pack from the folder.

        Raises:
            PackUnknownError: there is none of this code.
            PackInvalidError: it cannot be read.
        """
        if code not in self.codes():
            raise PackUnknownError(pack=code)
        return load_pack(self._folder / code)

    def check(self, code: str, *, actor: Actor) -> TemplatePack:
        """Return a pack that is sound, for `propose_version`; drawing it takes seconds.

        Raises:
            PermissionDeniedError: the actor may not propose.
            PackUnknownError: there is none of this code.
            PackInvalidError: it cannot be read.
            PackUnsoundError: it has defects.
        """
        require_right(actor, VERSION_LIFE, VersionEvent.PROPOSE)
        pack = self.read(code)
        require_sound(pack, self._renderer)
        return pack

    def propose(self, code: str, *, effective_on: date, reason: str, actor: Actor) -> PackVersion:
        """Propose a pack as it lies in the folder; drawing it takes seconds, outside of any lock.

        Raises:
            PackUnknownError: there is none of this code.
            PackInvalidError: it cannot be read.
            PackUnsoundError: it has defects.
            CertsvcError: what `propose_version` refuses.
        """
        require_right(actor, VERSION_LIFE, VersionEvent.PROPOSE)
        pack = self.read(code)
        with self._database.reading() as session:
            require_free(session, pack)
        require_sound(pack, self._renderer)
        with self._database.transaction() as session:
            return propose_version(
                session,
                pack=pack,
                effective_on=effective_on,
                reason=reason,
                actor=actor,
                now=self._clock.now(),
            )
