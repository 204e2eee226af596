"""Proposing 变更: another image, signing certificate or key, or another scope.

- An old version stays on record with who made it and when; papers sealed with it stay valid, for
  they carry their own certificates.
- Entries that are not given stay unchanged.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.key_choice import KeyOffers, require_offered
from certsvc.sealing.changes.proposals import check_known_scope, enter_proposal, lock_own_seal
from certsvc.sealing.register.errors import NothingAlteredError
from certsvc.sealing.register.history import find_version_at
from certsvc.sealing.register.own_keys import check_version
from certsvc.sealing.register.records import SealChange, SealVersion
from certsvc.sealing.register.rules import SEAL_LIFE, SealAction
from certsvc.sealing.register.scope_rules import SealScope
from certsvc.sealing.register.versions import content_of, new_version, scope_of


@dataclass(frozen=True, kw_only=True)
class SealAmendment:
    """What a 变更 of image, certificate or key alters; None: it stays."""

    rim_text: str | None = None
    """Text round the rim of the image."""
    bottom_text: str | None = None
    """Text below the star."""
    second_line: str | None = None
    """Text below the bottom text."""
    rim_number: str | None = None
    """Number along the lowest part of the rim."""
    has_star: bool | None = None
    """Whether a star stands in the centre."""
    uploaded_image: bytes | None = None
    """SVG or PNG to use instead of drawing the words."""
    draw_words: bool = False
    """Whether an uploaded image is given up and the words are drawn again."""
    diameter_mm: float | None = None
    """Outer diameter of the image; of an uploaded one, its width."""
    key_uri: str | None = None
    """Where the signing key is: an address that the operator of the machine offers."""
    certificate_chain_pem: str | None = None
    """印章签名证书 first, then its issuers without the root."""

    def applied_to(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return the seal's content with the amendment applied."""
        given = {
            entry.name: getattr(self, entry.name)
            for entry in fields(self)
            if entry.name != "draw_words" and getattr(self, entry.name) is not None
        }
        return content | ({"uploaded_image": None} if self.draw_words else {}) | given


def propose_amendment(
    session: Session,
    *,
    seal_id: str,
    amendment: SealAmendment,
    offers: KeyOffers,
    reason: str,
    actor: Actor,
    now: datetime,
) -> SealChange:
    """Propose another image, signing certificate or key.

    Raises:
        PermissionDeniedError: the actor may not propose.
        PersonUnknownError: nobody knows who is behind the actor's account.
        SealUnknownError: no such seal.
        ForeignUnitError: the seal is another unit's.
        NothingAlteredError: everything would stay as it is.
        SealApplicationInvalidError: an entry is missing, too long or malformed.
        SealCertificateUnusableError: the certificates cannot be used.
        UploadedImageError: the uploaded image cannot be used.
        KeyNotOfferedError: the operator of the machine does not offer its key.
        KeyOfAnotherSealError: its key serves a seal of another route or owner.
        ReasonMissingError: no reason, or one that is too long.
        ProposalPendingError: another change waits.
        TransitionRefusedError: the seal's state does not permit the change.
    """
    seal = lock_own_seal(session, seal_id, actor)
    current = _version_of(session, seal_id, SealAction.AMEND, now)
    content = amendment.applied_to(content_of(current))
    if content == content_of(current):
        raise NothingAlteredError
    require_offered(session, offers, content["key_uri"])
    version = new_version(seal_id, content, scope_of(current))
    check_version(session, version, now=now)
    return enter_proposal(
        session, seal, SealAction.AMEND, reason=reason, actor=actor, now=now, version=version
    )


def propose_scope(
    session: Session, *, seal_id: str, scope: SealScope, reason: str, actor: Actor, now: datetime
) -> SealChange:
    """Propose another scope: types, units, hours, counts, days before the certificate's end.

    Raises:
        PermissionDeniedError: the actor may not propose.
        PersonUnknownError: nobody knows who is behind the actor's account.
        SealUnknownError: no such seal.
        ForeignUnitError: the seal is another unit's.
        NothingAlteredError: everything would stay as it is.
        ScopeInvalidError: the scope is malformed.
        TypeUnknownError: the scope names a certificate type that the catalogue has not.
        UnitUnknownError: the scope names a unit that is not registered.
        ReasonMissingError: no reason, or one that is too long.
        ProposalPendingError: another change waits.
        TransitionRefusedError: the seal's state does not permit the change.
    """
    seal = lock_own_seal(session, seal_id, actor)
    current = _version_of(session, seal_id, SealAction.RESCOPE, now)
    checked = check_known_scope(session, scope)
    if checked == scope_of(current):
        raise NothingAlteredError
    version = new_version(seal_id, content_of(current), checked)
    return enter_proposal(
        session, seal, SealAction.RESCOPE, reason=reason, actor=actor, now=now, version=version
    )


def _version_of(session: Session, seal_id: str, action: SealAction, now: datetime) -> SealVersion:
    version = find_version_at(session, seal_id, now)
    if version is None:
        raise SEAL_LIFE.refusal(None, action)
    return version
