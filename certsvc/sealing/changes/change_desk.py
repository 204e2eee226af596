"""Service for deciding on changes of seals, including trials of their keys."""

from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.foundation.approvals.shown import require_unchanged
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.decisions import decide_change, require_approvable
from certsvc.sealing.changes.key_choice import KeyOffers
from certsvc.sealing.changes.key_trials import prepare_trial, record_trial, sign_trial
from certsvc.sealing.changes.shown_changes import ChangeReader, DrawSeal
from certsvc.sealing.register.rules import SealState
from keys.passphrases import AskSecret


class ChangeDesk:
    """Used by pages and command line; keys are used outside of any transaction."""

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
        """Reads everything that a change would put into effect."""

    def try_key(self, change_id: int, *, actor: Actor, ask: AskSecret | None = None) -> None:
        """Try the key of a waiting change, if it needs a trial, and record the result.

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

    def decide(
        self, change_id: int, decision: Decision, *, actor: Actor, ask: AskSecret | None = None
    ) -> SealState | None:
        """Decide on a change as `decide_change` does; before an approval its key is tried.

        No key is tried for an actor who may not approve the change or saw something else.

        Args:
            change_id: The change.
            decision: What is decided.
            actor: Who decides.
            ask: Asks for a PIN or passphrase at the terminal.

        Raises:
            CertsvcError: what `decide_change` refuses.
        """
        if decision.outcome is Outcome.APPROVED:
            with self._database.transaction() as session:
                require_approvable(session, change_id, decision.reason, actor, self._clock.now())
            with self._database.reading() as session:
                require_unchanged(decision.shown, now=self.reader.read(session, change_id).digest)
            self.try_key(change_id, actor=actor, ask=ask)
        with self._database.transaction() as session:
            now, reader = self._clock.now(), self.reader
            return decide_change(session, change_id, decision, actor=actor, now=now, reader=reader)
