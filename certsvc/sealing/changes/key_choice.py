"""Choosing keys for seals: only those that the machine's operator offers.

- A proposal chooses a key; it cannot bring one. Where a library, a host, a PIN or a secret lies is
  said by settings and by the register of keys, which only the machine's operator writes.
- Addresses are compared letter by letter. One that is not offered is not opened, not tried and not
  asked for anything, also where it stands in the register from earlier days.
"""

from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.errors import RefusedError
from certsvc.sealing.register.history import get_state_in_force
from certsvc.sealing.register.records import Seal
from certsvc.sealing.register.rules import SealState


class KeyNotOfferedError(RefusedError):
    """The operator of the machine does not offer this key. Params: `key`, or none."""

    code = "seals.key-not-offered"


class KeyOffers(Protocol):
    """The keys that the operator of the machine offers."""

    def find_name(self, session: Session, uri: str) -> str | None:
        """Return the name under which exactly this address is offered; None if it is not."""
        ...


def require_offered(session: Session, offers: KeyOffers, uri: str) -> str:
    """Return the name under which an address is offered.

    Raises:
        KeyNotOfferedError: it is not offered.
    """
    name = offers.find_name(session, uri)
    if name is None:
        raise KeyNotOfferedError
    return name


def list_unoffered(session: Session, offers: KeyOffers) -> list[tuple[str, str]]:
    """Name the seals that cannot sign because their key is not offered, with its whole address.

    After an upgrade these are the seals whose addresses were typed before keys had to be offered.
    """
    return [
        (seal.id, seal.key_uri)
        for seal in session.scalars(select(Seal).order_by(Seal.id))
        if get_state_in_force(session, seal.id) not in {None, SealState.CANCELLED}
        and offers.find_name(session, seal.key_uri) is None
    ]
