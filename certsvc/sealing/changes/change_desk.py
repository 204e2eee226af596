"""Where changes of seals are read whole, their keys tried, and approved."""

from certsvc.foundation.approvals.shown import require_unchanged
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.decisions import approve_change, require_approvable
from certsvc.sealing.changes.key_choice import KeyOffers
from certsvc.sealing.changes.key_trials import prepare_trial, record_trial, sign_trial
from certsvc.sealing.changes.shown_changes import ChangeReader, DrawSeal
from certsvc.sealing.register.rules import SealState
from keys.passphrases import AskSecret


class ChangeDesk:
    """For the pages and the command line; keys are used outside of any transaction."""

    def __init__(
        self, *, database: Database, clock: Clock, offers: KeyOffers, draw: DrawSeal
    ) -> None:
        """Prepare it.

        Args:
            database: Where the register is.
            clock: Tells the time.
            offers: The keys that the operator of the machine offers.
            draw: Draws the image of a seal.
        """
        self._database = database
        self._clock = clock
        self.offers = offers
        """The keys that the operator of the machine offers."""
        self.reader = ChangeReader(offers=offers, draw=draw)
        """Reads the whole of what a change would make take effect."""

    def try_key(self, change_id: int, *, actor: Actor, ask: AskSecret | None = None) -> None:
        """Try the key of a change that waits, if the change needs it; what came of it is on record.

        Args:
            change_id: The change, which the actor has just proposed or may approve.
            actor: Who has it tried.
            ask: Asks for a PIN or passphrase at the terminal.

        Raises:
            ProposalUnknownError: there is no such change.
        """
        with self._database.reading() as session:
            trial = prepare_trial(session, change_id, self.offers)
        if trial is None:
            return
        now = self._clock.now()
        result = sign_trial(trial, now=now, ask=ask)
        with self._database.transaction() as session:
            record_trial(session, trial, result, actor=actor, now=now)

    def approve(
        self, change_id: int, *, shown: str, reason: str, actor: Actor, ask: AskSecret | None = None
    ) -> SealState:
        """Try the key of a change, approve the change, and return the seal's new state.

        1. Whoever may not approve it, or saw something else, has no key tried.
        2. The key is tried; it may be slow.
        3. The change is approved as `approve_change` does.

        Args:
            change_id: The change.
            shown: Digest of what was shown (`ShownChange.digest`).
            reason: Why it is approved.
            actor: Who approves.
            ask: Asks for a PIN or passphrase at the terminal.

        Raises:
            CertsvcError: what `approve_change` refuses.
        """
        with self._database.transaction() as session:
            require_approvable(session, change_id, reason, actor, self._clock.now())
        with self._database.reading() as session:
            require_unchanged(shown, now=self.reader.read(session, change_id).digest)
        self.try_key(change_id, actor=actor, ask=ask)
        with self._database.transaction() as session:
            return approve_change(
                session,
                change_id=change_id,
                shown=shown,
                reader=self.reader,
                reason=reason,
                actor=actor,
                now=self._clock.now(),
            )
