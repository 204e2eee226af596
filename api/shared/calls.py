"""A call: what every endpoint and command needs to know of the request it answers.

- One object instead of an argument for each part: the installation, who asks, in which language,
  and at which instant.
- The instant is one for the whole call. It is taken when it is first asked for, mostly inside the
  transaction: a call that waited for its turn is not dated before those it waited for.
- Whoever has no right finds out from the services: `actor` only says that somebody has logged in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session

from certsvc.bootstrap import Services
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.accounts.service import NotLoggedInError
from certsvc.people.rights.rules import Actor


@dataclass(frozen=True, kw_only=True)
class Call:
    """What is known of a call."""

    services: Services
    """The parts of the installation."""
    visitor: Actor | None
    """Who asks, if they have logged in."""
    language: Language
    """Language of the answer."""

    @property
    def actor(self) -> Actor:
        """Who asks.

        Raises:
            NotLoggedInError: nobody has logged in; the endpoint is public.
        """
        if self.visitor is None:
            raise NotLoggedInError
        return self.visitor

    @cached_property
    def now(self) -> datetime:
        """The instant of the call."""
        return self.services.clock.now()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that reads one state of the database."""
        with self.services.database.reading() as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Change the database, all or nothing."""
        with self.services.database.transaction() as session:
            yield session
