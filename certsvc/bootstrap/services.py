"""All parts of an installation, and operations on several of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certsvc.bootstrap.notices import FollowingParts

if TYPE_CHECKING:
    from certsvc.foundation.jobs.rules import Lane
    from certsvc.foundation.jobs.worker import JobWorker
    from certsvc.housekeeping.kinds import JobListeners


class Services(FollowingParts):
    """All parts of one installation."""

    def job_worker(
        self, listeners: JobListeners | None = None, lanes: tuple[Lane, ...] | None = None
    ) -> JobWorker:
        """Return a job worker that is not started yet.

        Args:
            listeners: Are told what becomes of jobs; nobody, if None.
            lanes: Kinds of work it does; all, if None.
        """
        from certsvc.foundation.jobs.worker import ALL_LANES
        from certsvc.foundation.store_choice import written_folders
        from certsvc.housekeeping.kinds import NOBODY, JobParts, open_job_worker

        parts = JobParts(
            database=self.database,
            clock=self.clock,
            recovery=self.recovery,
            issuer=lambda: self.issuer,
            deliver=self.deliverer.deliver,
            carriers=lambda: self.notices.carriers,
            folders=written_folders(self.settings),
            chores_every_s=self.settings.housekeeping_interval_s,
        )
        return open_job_worker(parts, listeners or NOBODY, ALL_LANES if lanes is None else lanes)

    def require_fit_for_mode(self) -> None:
        """Refuse to serve in production with anything made for demonstrations.

        The schema must be current. Settings, roots and timestamp authority refuse stand-ins of
        their own.

        Raises:
            SettingsInvalidError: production trusts a demonstration root.
            FictionalUnitError: the database is a demonstration's.
            HolderPasswordsError: the database holds holders' passwords.
            SealOfDemonstrationError: a seal in use has a demonstration's certificate.
            LogInSecretUnusableError: no failed log-in could be counted.
        """
        from certsvc.people.accounts.production import require_no_stand_ins
        from certsvc.sealing.register.service import seals_in_use
        from certsvc.sealing.stand_ins import refuse_demonstration_seal

        _ = self.trust, self.log_in_secret, self.identity_platform
        if self.settings.mode == "production":
            with self.database.reading() as session:
                require_no_stand_ins(session)
                for seal in seals_in_use(session, now=self.clock.now()):
                    refuse_demonstration_seal(seal)

    def close(self) -> None:
        """Give back connections; the object is not used afterwards."""
        for name in ("sources", "source_calls", "http", "database"):
            if name in self.__dict__:
                getattr(self, name).close()
