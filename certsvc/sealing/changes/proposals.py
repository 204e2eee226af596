"""Proposing that a seal be entered in the register, or changed (市中区规则第九条).

- No seal is entered without a proposal of 申请. Whoever proposes belongs to the unit that owns it.
- A 变更 carries the new version of the seal; `amendments` proposes it.
- One proposal waits at a time (`foundation.approvals`); `decisions` has what approval means.
- Every step goes into the log, with the digests of version and signing certificate it carries.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.types.service import get_type
from certsvc.foundation.approvals.rules import clean_reason
from certsvc.foundation.approvals.service import propose, require_nothing_waits
from certsvc.foundation.db.violations import refused_as
from certsvc.foundation.events.recording import record
from certsvc.people.rights.rules import (
    Actor,
    Permission,
    require,
    require_unit,
    signatory,
)
from certsvc.people.units.service import get_unit
from certsvc.sealing.changes.events import ChangeProposed, ChangeStep
from certsvc.sealing.changes.key_choice import KeyOffers, require_offered
from certsvc.sealing.register.applications import SealApplication, check_application
from certsvc.sealing.register.errors import (
    ContentMissingError,
    SealRegisteredError,
    SealUnknownError,
)
from certsvc.sealing.register.history import get_state_in_force, get_version_in_force
from certsvc.sealing.register.limits import (
    next_numbers,
    require_certificate_lasts,
    require_uses_left,
)
from certsvc.sealing.register.own_keys import require_own_key
from certsvc.sealing.register.records import Seal, SealChange, SealVersion
from certsvc.sealing.register.rules import (
    SEAL_LIFE,
    SealAction,
    SealState,
)
from certsvc.sealing.register.scope_rules import SealScope, check_scope
from certsvc.sealing.register.versions import (
    certificate_sha256,
    content_of,
    name_certificate,
    new_version,
    version_digest,
)

KIND = "seal-change"
"""Kind of these proposals; the subject is the seal's number."""
_CARRYING = frozenset({SealAction.APPLY, SealAction.AMEND, SealAction.RESCOPE})


def apply_for_seal(
    session: Session,
    *,
    application: SealApplication,
    offers: KeyOffers,
    actor: Actor,
    now: datetime,
) -> SealChange:
    """Enter a seal in the register together with the proposal to take it up (申请).

    Until another person approves it the seal has no state. An application that came to nothing
    can be made again under the same number, name, owner and route, its other entries corrected.

    Raises:
        PermissionDeniedError: the actor may not propose.
        ForeignUnitError: the actor does not belong to the owner.
        UnitUnknownError: there is no such owner.
        PersonUnknownError: nobody knows who is behind the actor's account.
        SealApplicationInvalidError: an entry is missing, too long or malformed.
        SealCertificateUnusableError: the certificates cannot be used.
        ScopeInvalidError: the scope is malformed.
        TypeUnknownError: the scope names a certificate type that the catalogue has not.
        UploadedImageError: the uploaded image cannot be used.
        KeyNotOfferedError: the operator of the machine does not offer its key.
        ReasonMissingError: no reason, or one that is too long.
        SealRegisteredError: the number or the name is another seal's.
        ProposalPendingError: the same application waits already.
    """
    require(actor, Permission.PROPOSE_SEAL_CHANGE)
    require_unit(actor, application.owner_unit_code)
    get_unit(session, application.owner_unit_code)
    check_application(application, now=now)
    scope = check_known_scope(session, application.scope)
    reason = clean_reason(application.reason)
    require_offered(session, offers, application.key_uri)
    seal = _enter(session, application, now)
    version = new_version(seal.id, content_of(application), scope)
    require_own_key(session, version)
    return enter_proposal(
        session, seal, SealAction.APPLY, reason=reason, actor=actor, now=now, version=version
    )


def propose_change(
    session: Session, *, seal_id: str, action: SealAction, reason: str, actor: Actor, now: datetime
) -> SealChange:
    """Propose a change of a seal's state; nothing changes until another person approves it.

    Raises:
        PermissionDeniedError: the actor may not propose.
        PersonUnknownError: nobody knows who is behind the actor's account.
        SealUnknownError: no such seal.
        ForeignUnitError: the seal is another unit's.
        ContentMissingError: the change is a 变更, which `amendments` proposes.
        ReasonMissingError: no reason, or one that is too long.
        ProposalPendingError: another change waits.
        TransitionRefusedError: the seal's state does not permit the change.
        SealCertificateEndingError: 启用, but the signing certificate ends soon.
        SealLimitReachedError: 启用, but the seal was used as often as it may be.
    """
    seal = lock_own_seal(session, seal_id, actor)
    if action in _CARRYING:
        raise ContentMissingError
    return enter_proposal(session, seal, action, reason=reason, actor=actor, now=now)


def lock_own_seal(session: Session, seal_id: str, actor: Actor) -> Seal:
    """Lock a seal of the actor's unit until the transaction ends, for proposing a change.

    Raises:
        PermissionDeniedError: the actor may not propose.
        SealUnknownError: no such seal.
        ForeignUnitError: the seal is another unit's.
    """
    require(actor, Permission.PROPOSE_SEAL_CHANGE)
    seal = session.get(Seal, seal_id, with_for_update=True, populate_existing=True)
    if seal is None:
        raise SealUnknownError
    require_unit(actor, seal.owner_unit_code)
    return seal


def check_known_scope(session: Session, scope: SealScope) -> SealScope:
    """Return a scope in the form it is kept in, all that it names being registered.

    Raises:
        ScopeInvalidError: hours, a limit or the number of days is malformed.
        TypeUnknownError: the catalogue has no such certificate type.
        UnitUnknownError: there is no such unit.
    """
    checked = check_scope(scope)
    for code in sorted(checked.type_codes):
        get_type(session, code)
    for code in sorted(checked.unit_codes):
        get_unit(session, code)
    return checked


def enter_proposal(
    session: Session,
    seal: Seal,
    action: SealAction,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    version: SealVersion | None = None,
) -> SealChange:
    """Enter a proposal for a seal that the caller has locked, with the version that it carries.

    Raises:
        PersonUnknownError: nobody knows who is behind the actor's account.
        ReasonMissingError: no reason, or one that is too long.
        ProposalPendingError: another change waits.
        TransitionRefusedError: the seal's state does not permit the change.
    """
    by = signatory(actor)
    require_nothing_waits(session, KIND, seal.id, now)
    state_after(session, seal, action, now)
    change = SealChange(
        seal_id=seal.id,
        number=next_numbers(session, seal.id)[0],
        action=action.value,
        version_sha256=version_digest(version) if version else None,
        proposal=propose(session, KIND, seal.id, reason=reason, by=by, now=now),
    )
    session.add(change)
    session.flush()
    details: dict[str, str] = {}
    if version is not None:
        version.change_id = change.id
        name_certificate(version)
        session.add(version)
        session.flush()
        details = {
            "route": seal.route,
            "certificate_sha256": certificate_sha256(version),
            "version_sha256": str(change.version_sha256),
        }
    record_step(session, ChangeProposed, change, actor.id, now, **details)
    return change


def state_after(session: Session, seal: Seal, action: SealAction, now: datetime) -> SealState:
    """Return the state that a change leads to from the one in force.

    Raises:
        TransitionRefusedError: the seal's state does not permit the change.
        SealCertificateEndingError: 启用, but the signing certificate ends soon.
        SealLimitReachedError: 启用, but the seal was used as often as it may be.
    """
    state = SEAL_LIFE.next_state(get_state_in_force(session, seal.id), action)
    if action is SealAction.ENABLE:
        # Otherwise the system would stop it again at once.
        version = get_version_in_force(session, seal.id)
        require_certificate_lasts(seal, version, now)
        require_uses_left(session, seal, version, now)
    return state


def record_step(
    session: Session,
    step: type[ChangeStep],
    change: SealChange,
    account: str,
    now: datetime,
    **details: str,
) -> None:
    """Record a step of a change's life, in the transaction that takes it."""
    event = step(subject=change.seal_id, number=change.number, action=change.action, **details)
    record(session, event, actor=account, now=now)


def _enter(session: Session, application: SealApplication, now: datetime) -> Seal:
    same = select(Seal).where((Seal.id == application.id) | (Seal.name == application.name))
    seal = session.scalars(same.with_for_update()).first()
    if seal is None:
        seal = Seal(
            id=application.id,
            name=application.name,
            owner_unit_code=application.owner_unit_code,
            route=application.route.value,
            **content_of(application),
        )
        session.add(seal)
        # Another application with this number or name may be a moment faster.
        with refused_as(SealRegisteredError(), "pk_seals", "uq_seals_name"):
            session.flush()
        return seal
    identity = (application.id, application.name, application.owner_unit_code, application.route)
    if (
        identity != (seal.id, seal.name, seal.owner_unit_code, seal.route)
        or get_state_in_force(session, seal.id) is not None
    ):
        raise SealRegisteredError
    require_nothing_waits(session, KIND, seal.id, now)
    for column, value in content_of(application).items():
        setattr(seal, column, value)
    return seal
