"""Parts of the wing `foundation`, with settings and clock."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from certsvc.foundation.clock import Clock, SystemClock
from certsvc.foundation.net.callers import HttpCallers

if TYPE_CHECKING:
    from certsvc.foundation.db.engine import Database
    from certsvc.foundation.idempotency.hidden_keys import HiddenKeys
    from certsvc.foundation.log_in_secret import LogInSecret
    from certsvc.foundation.settings import Settings
    from certsvc.foundation.storage.objects import DownloadAddresses, ObjectStore


class FoundationParts:
    """Database, secrets, object store and HTTP clients."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.http = HttpCallers.for_this_process()

    @cached_property
    def database(self) -> Database:
        """The database."""
        from certsvc.foundation.db.engine import Database
        from certsvc.foundation.db.value_lists import load_all_records

        load_all_records()  # a table may refer to any other
        return Database(self.settings.effective_database_url)

    @cached_property
    def log_in_secret(self) -> LogInSecret:
        """The secret of the lock against guessing passwords.

        Raises:
            LogInSecretUnusableError: its file can be neither read nor made.
        """
        from certsvc.foundation.log_in_secret import SECRET_FILE, LogInSecret

        return LogInSecret.read_or_make(self.settings.home / SECRET_FILE)

    @cached_property
    def hidden_keys(self) -> HiddenKeys:
        """Hashes callers' idempotency keys."""
        from certsvc.foundation.idempotency.hidden_keys import HiddenKeys

        return HiddenKeys(self.log_in_secret)

    @cached_property
    def holder_key(self) -> bytes:
        """Key for the digests by which the log names holders."""
        from certsvc.foundation.events.holder_digests import PURPOSE

        return self.log_in_secret.key_for(PURPOSE)

    @cached_property
    def store(self) -> ObjectStore:
        """The object store."""
        from certsvc.foundation.store_choice import store_of

        return store_of(self.settings)

    @cached_property
    def download_addresses(self) -> DownloadAddresses | None:
        """Signs download addresses of the store; None if downloads go through this service."""
        from certsvc.foundation.store_choice import addresses_of

        return addresses_of(self.settings, self.store)
