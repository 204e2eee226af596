"""Everything that a proposed change of a seal would put into effect, for whoever decides on it.

- Everything that the seal would be used with: key with its full address, certificates, picture,
  scope, limits, route; also where the change leaves them as they are.
- No secret is among it: an address says where a PIN or a secret lies, and cannot hold one.
- Its digest is what an approval is bound to. How often the seal was used and what came of trying
  its key change by themselves, so they are shown and not bound.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from sqlalchemy.orm import Session

from certsvc.foundation.approvals.rules import ProposalUnknownError
from certsvc.foundation.approvals.shown import digest_of_shown
from certsvc.foundation.clock import rfc3339
from certsvc.sealing.changes.key_choice import KeyOffers
from certsvc.sealing.changes.key_trials import find_last_trial, needs_trial, version_to_be
from certsvc.sealing.register.history import get_state_in_force, list_versions
from certsvc.sealing.register.records import Seal, SealChange, SealKeyTrial, SealVersion
from certsvc.sealing.register.rules import SEAL_LIFE, SealAction
from certsvc.sealing.register.scope_rules import SealScope
from certsvc.sealing.register.versions import (
    content_of,
    scope_of,
    signing_certificates,
    version_entries,
)
from signing.errors import SigningError
from signing.images.drawings import SealImage

KIND = "seal-change/1"
DrawSeal = Callable[[Seal], SealImage]
"""Draws the image of a register's entry; see `SealCredentials.draw`."""


@dataclass(frozen=True, kw_only=True)
class ShownChange:
    """A change as it is shown to whoever decides on it."""

    change: SealChange
    """The proposal."""
    seal: Seal
    """The seal at present."""
    version: SealVersion
    """Version that would be in force."""
    state_before: str
    """`SealState`, or `none`."""
    state_after: str
    """`SealState` that the change leads to."""
    key_name: str | None
    """Name under which the operator offers the key; None: it is not offered."""
    certificates: tuple[x509.Certificate, ...]
    """印章签名证书 first, then its issuers."""
    image: SealImage | None
    """The picture; None if it cannot be drawn."""
    scope: SealScope
    """What the seal could be used for."""
    needs_trial: bool
    """Whether its key must be tried before the change is approved."""
    trial: SealKeyTrial | None
    """The last trial of its key for this change."""

    @cached_property
    def image_sha256(self) -> str | None:
        """Digest of the picture as it is drawn; None if it cannot be."""
        if self.image is None:
            return None
        return hashlib.sha256(self.image.to_svg().encode()).hexdigest()

    @property
    def effect(self) -> dict[str, Any]:
        """All that would take effect, as JSON has it."""
        return {
            "change": self.change.id,
            "action": self.change.action,
            "reason": self.change.reason,
            "proposed_by": self.change.proposed_by,
            "proposed_at": rfc3339(self.change.proposed_at),
            "seal": {
                "number": self.seal.id,
                "name": self.seal.name,
                "owner": self.seal.owner_unit_code,
                "route": self.seal.route,
            },
            "state": {"before": self.state_before, "after": self.state_after},
            "key": {"name": self.key_name, "address": self.version.key_uri},
            "certificates": [
                certificate.fingerprint(hashes.SHA256()).hex() for certificate in self.certificates
            ],
            "image_sha256": self.image_sha256,
            "version": version_entries(self.version),
        }

    @cached_property
    def digest(self) -> str:
        """What an approval is bound to."""
        return digest_of_shown(KIND, self.effect)


class ChangeReader:
    """Reads what a change would make take effect, from the register, the offers and the fonts."""

    def __init__(self, *, offers: KeyOffers, draw: DrawSeal) -> None:
        self.offers = offers
        """The keys that the operator of the machine offers."""
        self._draw = draw

    def read(self, session: Session, change_id: int) -> ShownChange:
        """Return a change as whoever decides on it must see it; the caller checks who reads.

        Raises:
            ProposalUnknownError: there is no such change.
        """
        change = session.get(SealChange, change_id)
        if change is None:
            raise ProposalUnknownError
        seal = session.get_one(Seal, change.seal_id)
        version = _version_of(session, change)
        state = get_state_in_force(session, seal.id)
        action = SealAction(change.action)
        possible = (state, action) in SEAL_LIFE
        after = SEAL_LIFE.next_state(state, action) if possible else state
        return ShownChange(
            change=change,
            seal=seal,
            version=version,
            state_before=state or "none",
            state_after=change.state_after or after or "none",
            key_name=self.offers.find_name(session, version.key_uri),
            certificates=tuple(signing_certificates(version)),
            image=self._picture(version),
            scope=scope_of(version),
            needs_trial=needs_trial(change),
            trial=find_last_trial(session, change.id),
        )

    def require_drawable(self, version: SealVersion) -> None:
        """Check that the image of a version can be drawn.

        Raises:
            SealImageError: the font lacks a character, or the words do not fit.
            UploadedImageError: the uploaded image cannot be used.
        """
        self._draw(_entry(version))

    def _picture(self, version: SealVersion) -> SealImage | None:
        try:
            return self._draw(_entry(version))
        except SigningError:
            return None


def _entry(version: SealVersion) -> Seal:
    return Seal(id=version.seal_id, **content_of(version))


def _version_of(session: Session, change: SealChange) -> SealVersion:
    if change.took_effect is None:
        return version_to_be(session, change)
    # A decided change is shown as of its decision, regardless of later changes.
    for version in list_versions(session, change.seal_id):
        carrying = session.get_one(SealChange, version.change_id)
        if (carrying.took_effect or 0) <= change.took_effect:
            return version
    return version_to_be(session, change)
