"""The 备案 record of a seal: everything its filing asks for, as one JSON document.

- 《电子印章管理办法》(2025): an electronic seal is its image, name, owner and signing
  certificate; each step of its life is filed, with who applied and who approved.
- The address of the key is left out: what makes signatures belongs to the owner alone.
- Taking the record out of the house is itself on record.
"""

import base64
import hashlib
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session

from certsvc.foundation.clock import rfc3339
from certsvc.foundation.events.recording import record
from certsvc.people.rights.rules import Actor
from certsvc.sealing.register.events import FilingExported
from certsvc.sealing.register.history import list_versions
from certsvc.sealing.register.records import SealVersion
from certsvc.sealing.register.scope_rules import SealScope
from certsvc.sealing.register.versions import scope_of, signing_certificates
from certsvc.sealing.register.views import ChangeLine, SealCard, get_seal_card
from signing.images.drawings import SealImage

FORMAT = "certsvc-seal-filing/1"
_KIND = "业务专用章"
_PURPOSE = "“无证明办事”电子证明用印"


def export_filing(
    session: Session, *, seal_id: str, image: SealImage, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Make the 备案 record of a seal as it stands now.

    Args:
        session: Transaction.
        seal_id: Number of the seal.
        image: Its image, from `SealCredentials.draw`.
        actor: Who takes it.
        now: When.

    Raises:
        PermissionDeniedError: the actor may not read the register.
        SealUnknownError: there is no such seal.
        ForeignUnitError: it is another unit's.
    """
    card = get_seal_card(session, seal_id, actor=actor, now=now)
    exported = FilingExported(subject=seal_id, state=card.line.state)
    record(session, exported, actor=actor.id, now=now)
    return {
        "format": FORMAT,
        "exported_at": rfc3339(now),
        "exported_by": actor.id,
        "seal": _describe_seal(card),
        "image": _describe_image(image),
        "signing_certificates": [
            _describe_certificate(certificate) for certificate in signing_certificates(card.seal)
        ],
        "scope": _describe_scope(card.line.route, card.scope),
        "uses": card.line.uses,
        "changes": [_describe_change(change) for change in card.history],
        "versions": [
            _describe_version(version) for version in reversed(list_versions(session, seal_id))
        ],
    }


def _describe_seal(card: SealCard) -> dict[str, Any]:
    return {
        "number": card.line.id,
        "name": card.line.name,
        "kind": _KIND,
        "owner": {"code": card.owner_code, "name": card.owner_name},
        "state": card.line.state,
        "since": rfc3339(card.since) if card.since else None,
    }


def _describe_image(image: SealImage) -> dict[str, Any]:
    content = image.to_svg().encode()
    return {
        "media_type": "image/svg+xml",
        "width_mm": image.width_mm,
        "height_mm": image.height_mm,
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_base64": base64.b64encode(content).decode(),
    }


def _describe_certificate(certificate: x509.Certificate) -> dict[str, Any]:
    return {
        "subject": certificate.subject.rfc4514_string(),
        "issuer": certificate.issuer.rfc4514_string(),
        "serial": f"{certificate.serial_number:x}",
        "not_before": rfc3339(certificate.not_valid_before_utc),
        "not_after": rfc3339(certificate.not_valid_after_utc),
        "sha256": certificate.fingerprint(hashes.SHA256()).hex(),
        "pem": certificate.public_bytes(Encoding.PEM).decode(),
    }


def _describe_scope(route: str, scope: SealScope) -> dict[str, Any]:
    return {
        "purpose": _PURPOSE,
        "route": route,
        "types": sorted(scope.type_codes) or None,
        "units": sorted(scope.unit_codes) or None,
        "service_hours": scope.service_hours or None,
        "daily_limit": scope.daily_limit,
        "total_limit": scope.total_limit,
        "stop_before_days": scope.stop_before_days,
    }


def _describe_change(change: ChangeLine) -> dict[str, Any]:
    return {
        "number": change.number,
        "action": change.action,
        "reason": change.reason,
        "by_system": change.by_system,
        "proposed_by": change.proposed_by,
        "proposer": change.proposer_name or None,
        "proposed_at": rfc3339(change.proposed_at),
        "outcome": change.outcome,
        "decided_by": change.decided_by,
        "decider": change.decider_name or None,
        "decided_at": rfc3339(change.decided_at) if change.decided_at else None,
        "decision_reason": change.decision_reason,
        "state_after": change.state_after,
    }


def _describe_version(version: SealVersion) -> dict[str, Any]:
    return {
        "change": version.change_id,
        "rim_text": version.rim_text,
        "bottom_text": version.bottom_text,
        "second_line": version.second_line,
        "rim_number": version.rim_number,
        "has_star": version.has_star,
        "uploaded_image_sha256": (
            hashlib.sha256(version.uploaded_image).hexdigest() if version.uploaded_image else None
        ),
        "diameter_mm": version.diameter_mm,
        "certificate_sha256": [
            certificate.fingerprint(hashes.SHA256()).hex()
            for certificate in signing_certificates(version)
        ],
        "scope": {
            key: value
            for key, value in _describe_scope("", scope_of(version)).items()
            if key not in {"purpose", "route"}
        },
    }
