"""The keys that the machine's operator offers to seals.

- Those that were made or taken into our keeping here and not destroyed, and those that settings
  name (`key_offers`): keys at a remote service, or on a token that others made.
- Whoever proposes chooses a key by its name. Library, host, PIN and secret files stand in the
  operator's own address; nothing of them comes with a proposal.
- Nothing is opened here: at the time of a proposal a key may not be at hand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.db.engine import Database
from certsvc.people.rights.rules import Actor, Permission, require
from certsvc.sealing.changes.key_choice import KeyNotOfferedError
from certsvc.sealing.custody.errors import CertificateOfOtherKeyError
from certsvc.sealing.custody.records import CustodyEvent, CustodyKey
from certsvc.sealing.custody.rules import KeyAction, Outcome


@dataclass(frozen=True, kw_only=True)
class OfferedKey:
    """A key that a seal can be given."""

    name: str
    """Name that the operator gave it."""
    uri: str
    """Its full address."""
    public_key_pem: str = ""
    """Public key; empty for a key from elsewhere, until its first trial."""
    chain_pem: str = ""
    """Certificate that was imported last, then its issuers; empty: it has none yet."""
    request_pem: str = ""
    """Last certificate signing request (CSR); empty: none was made."""

    @property
    def certificate(self) -> x509.Certificate | None:
        """The certificate that was imported last."""
        if not self.chain_pem:
            return None
        return x509.load_pem_x509_certificates(self.chain_pem.encode())[0]

    def require_own(self, chain_pem: str) -> None:
        """Check that a certificate can be of this key.

        Raises:
            CertificateOfOtherKeyError: it cannot be read, or another key's.
        """
        try:
            certified = x509.load_pem_x509_certificates(chain_pem.encode())[0].public_key()
        except ValueError as error:
            raise CertificateOfOtherKeyError from error
        is_known = bool(self.public_key_pem)
        if is_known and certified != load_pem_public_key(self.public_key_pem.encode()):
            raise CertificateOfOtherKeyError


class OfferedKeys:
    """The keys that are offered in this installation."""

    def __init__(self, configured: Mapping[str, str]) -> None:
        """Store the keys that the settings offer.

        Args:
            configured: Addresses by name; one here stands before a key of the same name in our
                keeping, whose own address stays offered.
        """
        self._configured = dict(configured)

    def offers(self, database: Database, uri: str) -> bool:
        """Tell whether exactly this address is offered now."""
        with database.reading() as session:
            return self.find_name(session, uri) is not None

    def find_name(self, session: Session, uri: str) -> str | None:
        """Return the name under which exactly this address is offered; None if it is not."""
        for name in sorted(self._configured):
            if self._configured[name] == uri:
                return name
        key = session.scalar(select(CustodyKey).where(CustodyKey.uri == uri))
        if key is None or KeyAction.DESTROY.value in _done_with(session, key.name):
            return None
        return key.name

    def list_all(self, session: Session, *, actor: Actor) -> list[OfferedKey]:
        """List what is offered, by name.

        Raises:
            PermissionDeniedError: the actor may not propose changes of seals.
        """
        require(actor, Permission.PROPOSE_SEAL_CHANGE)
        offered = {name: OfferedKey(name=name, uri=uri) for name, uri in self._configured.items()}
        for kept in _kept_keys(session):
            configured = offered.get(kept.name)
            offered[kept.name] = _at(kept, configured.uri) if configured else kept
        return [offered[name] for name in sorted(offered)]

    def get(self, session: Session, name: str, *, actor: Actor) -> OfferedKey:
        """Return a key that is offered.

        Raises:
            PermissionDeniedError: the actor may not propose changes of seals.
            KeyNotOfferedError: none of this name is.
        """
        for offered in self.list_all(session, actor=actor):
            if offered.name == name:
                return offered
        raise KeyNotOfferedError


def _kept_keys(session: Session) -> Iterator[OfferedKey]:
    for key in session.scalars(select(CustodyKey).order_by(CustodyKey.name)):
        acts = _done_with(session, key.name)
        if KeyAction.DESTROY.value not in acts:
            yield OfferedKey(
                name=key.name,
                uri=key.uri,
                public_key_pem=key.public_key_pem,
                chain_pem=acts.get(KeyAction.CERTIFY.value, {}).get("chain_pem", ""),
                request_pem=acts.get(KeyAction.REQUEST.value, {}).get("request_pem", ""),
            )


def _done_with(session: Session, name: str) -> dict[str, dict[str, str]]:
    """Return the details of what was last done with a key, by action."""
    ended = select(CustodyEvent).where(
        CustodyEvent.key_name == name, CustodyEvent.outcome == Outcome.DONE.value
    )
    return {
        event.action: event.details for event in session.scalars(ended.order_by(CustodyEvent.id))
    }


def _at(kept: OfferedKey, uri: str) -> OfferedKey:
    return OfferedKey(
        name=kept.name,
        uri=uri,
        public_key_pem=kept.public_key_pem,
        chain_pem=kept.chain_pem,
        request_pem=kept.request_pem,
    )
