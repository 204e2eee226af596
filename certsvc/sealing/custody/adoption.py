"""Adopting a key into custody that was generated elsewhere, with its certificate.

- The key's address, public half and certificate are entered; the key itself stays where it is.
- From then on the key is offered to seals like one that was made here.
"""

import secrets
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.orm import Session

from certsvc.foundation.events.recording import record
from certsvc.sealing.custody.events import KeyAdopted
from certsvc.sealing.custody.records import CustodyEvent, CustodyKey
from certsvc.sealing.custody.rules import KeyAction, Outcome, require_name
from certsvc.sealing.register.versions import signing_chain
from keys.algorithms import algorithm_of


def adopt_key(
    session: Session, *, name: str, uri: str, chain_pem: str, actor: str, now: datetime
) -> CustodyKey:
    """Register an existing key with its certificate; the key is not opened.

    Args:
        session: Transaction.
        name: What the operator calls it.
        uri: Where it is.
        chain_pem: Its certificate, then the issuers without the root.
        actor: Account that enters it.
        now: When.

    Raises:
        KeyNameInvalidError: the name is malformed.
        KeyUnsupportedError: seals may not use keys of its kind.
    """
    public = signing_chain(chain_pem)[0].public_key()
    key = CustodyKey(
        name=require_name(name),
        uri=uri,
        algorithm=algorithm_of(public, name=name, pss="rsa-padding=pss" in uri).value,
        public_key_pem=public.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ).decode(),
        made_at=now,
        made_by=actor,
    )
    operation = secrets.token_hex(16)
    session.add(key)
    session.flush()
    session.add(
        CustodyEvent(
            operation=operation,
            key_name=name,
            action=KeyAction.CERTIFY.value,
            outcome=Outcome.DONE.value,
            at=now,
            actor=actor,
            details={"chain_pem": chain_pem},
        )
    )
    record(session, KeyAdopted(subject=name, operation=operation), actor=actor, now=now)
    return key
