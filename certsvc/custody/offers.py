"""The keys in our keeping that a seal can be given, for whoever proposes it.

- Whoever proposes chooses a key by its name; its address, which may say where a PIN lies, does
  not leave the register.
- Nothing is opened here: at the time of a proposal a key may not be at hand.
"""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.custody.errors import CertificateOfOtherKeyError, KeyUnknownError
from certsvc.custody.records import CustodyEvent, CustodyKey
from certsvc.custody.rules import KeyAction, Outcome
from certsvc.organisations.rules import Actor, Permission, require


@dataclass(frozen=True, kw_only=True)
class OfferedKey:
    """A key that a seal can be given."""

    name: str
    """Its name in the register of keys."""
    uri: str
    """Where it is; not for showing."""
    public_key_pem: str
    """Its public half."""
    chain_pem: str
    """Certificate that was imported last, then its issuers; empty: it has none yet."""
    request_pem: str
    """Last certificate signing request (CSR); empty: none was made."""

    @property
    def certificate(self) -> x509.Certificate | None:
        """The certificate that was imported last."""
        if not self.chain_pem:
            return None
        return x509.load_pem_x509_certificates(self.chain_pem.encode())[0]

    def require_own(self, chain_pem: str) -> None:
        """Let a certificate pass that is this key's.

        Raises:
            CertificateOfOtherKeyError: it cannot be read, or another key's.
        """
        try:
            certified = x509.load_pem_x509_certificates(chain_pem.encode())[0].public_key()
        except ValueError as error:
            raise CertificateOfOtherKeyError from error
        if certified != load_pem_public_key(self.public_key_pem.encode()):
            raise CertificateOfOtherKeyError


def list_offered_keys(session: Session, *, actor: Actor) -> list[OfferedKey]:
    """List the keys that were not destroyed, by name.

    Raises:
        PermissionDeniedError: the actor may not propose changes of seals.
    """
    require(actor, Permission.PROPOSE_SEAL_CHANGE)
    done: dict[str, dict[str, dict[str, str]]] = {}
    ended = select(CustodyEvent).where(CustodyEvent.outcome == Outcome.DONE.value)
    for event in session.scalars(ended.order_by(CustodyEvent.id)):
        done.setdefault(event.key_name, {})[event.action] = event.details
    return [
        OfferedKey(
            name=key.name,
            uri=key.uri,
            public_key_pem=key.public_key_pem,
            chain_pem=acts.get(KeyAction.CERTIFY.value, {}).get("chain_pem", ""),
            request_pem=acts.get(KeyAction.REQUEST.value, {}).get("request_pem", ""),
        )
        for key in session.scalars(select(CustodyKey).order_by(CustodyKey.name))
        if KeyAction.DESTROY.value not in (acts := done.get(key.name, {}))
    ]


def get_offered_key(session: Session, name: str, *, actor: Actor) -> OfferedKey:
    """Return a key that a seal can be given.

    Raises:
        PermissionDeniedError: the actor may not propose changes of seals.
        KeyUnknownError: there is none of this name, or it was destroyed.
    """
    for offered in list_offered_keys(session, actor=actor):
        if offered.name == name:
            return offered
    raise KeyUnknownError(key=name)
