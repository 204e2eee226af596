"""Parts of the wing `sealing`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from certsvc.bootstrap.trust import TrustParts

if TYPE_CHECKING:
    from certsvc.sealing.changes.change_desk import ChangeDesk
    from certsvc.sealing.custody.offers import OfferedKeys
    from certsvc.sealing.uses.credentials import SealCredentials
    from keys.passphrases import AskSecret
    from keys.signing_key import SigningKey

ANSWER_KEY_FILE = "answers.key"
RIM_FONT = "NotoSerifCJK-Bold.ttc"


class SealingParts(TrustParts):
    """Adds keys, images and changes of seals."""

    @cached_property
    def seal_credentials(self) -> SealCredentials:
        """The seals' keys and images."""
        from certsvc.sealing.uses.credentials import SealCredentials

        return SealCredentials(
            rim_font=self.fonts_dir / RIM_FONT,
            is_offered=lambda uri: self.offered_keys.offers(self.database, uri),
        )

    @cached_property
    def offered_keys(self) -> OfferedKeys:
        """The keys that the operator of the machine offers to seals."""
        from certsvc.sealing.custody.offers import OfferedKeys

        return OfferedKeys(self.settings.key_offers)

    @cached_property
    def change_desk(self) -> ChangeDesk:
        """Reads, tries and decides changes of seals."""
        from certsvc.sealing.changes.change_desk import ChangeDesk

        offers, draw = self.offered_keys, self.seal_credentials.draw
        return ChangeDesk(database=self.database, clock=self.clock, offers=offers, draw=draw)

    @cached_property
    def answer_key(self) -> SigningKey:
        """The key that signs answers about seals; it seals nothing.

        Raises:
            SigningKeyError: it can be neither opened nor made.
        """
        from keys.installation_key import open_installation_key
        from keys.uri import open_key

        if self.settings.answer_key_uri:
            return open_key(self.settings.answer_key_uri)
        return open_installation_key(self.settings.home / ANSWER_KEY_FILE)

    def unlock_seals(self, ask: AskSecret) -> None:
        """Open the keys of all seals in use, asking for secrets that no file or variable has.

        Raises:
            SigningKeyError: a key cannot be opened.
            SealImageError: an image cannot be drawn.
        """
        from certsvc.sealing.register.service import seals_in_use

        with self.database.reading() as session:
            for seal in seals_in_use(session, now=self.clock.now()):
                self.seal_credentials.unlock(seal, ask=ask)
