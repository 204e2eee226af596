"""The district's two designated seals, made and put into use by two people."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.routes import Route
from certsvc.demonstration.district import BIG_DATA_BUREAU, DISTRICT
from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.people.accounts.service import staff_actor
from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.decisions import decide_change
from certsvc.sealing.changes.key_trials import prepare_trial, record_trial, sign_trial
from certsvc.sealing.changes.proposals import apply_for_seal, propose_change
from certsvc.sealing.changes.shown_changes import ChangeReader
from certsvc.sealing.custody.adoption import adopt_key
from certsvc.sealing.register.applications import SealApplication
from certsvc.sealing.register.records import Seal, SealChange
from certsvc.sealing.register.rules import SealAction, SealState
from keys.development import DevelopmentIdentity, DevelopmentSealName

_DIAMETER_MM = 42.0
_BOTTOM_TEXT = "演示专用"
SEAL_NAMES = {
    Route.DATA_SHARING: "云岭区证照数据共享查询核验专用章",
    Route.DEPARTMENT_VERIFICATION: "云岭区电子证明核实信息专用章",
}
_SLUGS = {
    Route.DATA_SHARING: "data-sharing-seal",
    Route.DEPARTMENT_VERIFICATION: "department-verification-seal",
}
_REASON = "依据市中区规则第九条类推，申请刻制专用电子印章"
_LIFE = (
    (SealAction.MAKE, "在演示签章平台制作"),
    (SealAction.FILE, "制作完成，备案"),
    (SealAction.ENABLE, "备案完成，启用"),
)
_APPROVAL = "材料齐全，与申请一致，同意"
_KEEPER = "system"
"""Who takes the demonstration's keys into our keeping: no person does."""


def registered_seals(session: Session) -> list[Seal]:
    """Return those of the two seals that are registered already."""
    return list(session.scalars(select(Seal).where(Seal.id.in_(_SLUGS.values()))))


def seals_to_make(session: Session) -> list[DevelopmentSealName]:
    """Name the signing certificates of the seals that are not registered yet."""
    registered = {seal.id for seal in registered_seals(session)}
    return [
        DevelopmentSealName(
            slug=_SLUGS[route], common_name=name, organisation=f"{DISTRICT}大数据局"
        )
        for route, name in SEAL_NAMES.items()
        if _SLUGS[route] not in registered
    ]


def register_seals(
    session: Session,
    identities: dict[str, DevelopmentIdentity],
    *,
    reader: ChangeReader,
    now: datetime,
) -> None:
    """Apply for the seals that were made and take each through its life until it is in use."""
    proposer = staff_actor(session, "seal.zhao")
    for route in SEAL_NAMES:
        seal_id = _SLUGS[route]
        if seal_id not in identities:
            continue
        application = _application(route, identities[seal_id])
        offer_key(session, application.key_uri, application.certificate_chain_pem, seal_id, now=now)
        change = apply_for_seal(
            session, application=application, offers=reader.offers, actor=proposer, now=now
        )
        state = _approve(session, change, reader, now)
        for action, reason in _LIFE:
            change = propose_change(
                session, seal_id=seal_id, action=action, reason=reason, actor=proposer, now=now
            )
            state = _approve(session, change, reader, now)
        if state is not SealState.IN_USE:
            raise RuntimeError(seal_id)


def offer_key(session: Session, uri: str, chain_pem: str, name: str, *, now: datetime) -> None:
    """Take a key of the demonstration into our keeping, so that seals may sign with it."""
    adopt_key(session, name=name, uri=uri, chain_pem=chain_pem, actor=_KEEPER, now=now)


def offer_keys_of_before(session: Session, reader: ChangeReader, *, now: datetime) -> None:
    """Offer the keys of seals that were registered before keys had to be offered."""
    for seal in registered_seals(session):
        if reader.offers.find_name(session, seal.key_uri) is None:
            offer_key(session, seal.key_uri, seal.certificate_chain_pem, seal.id, now=now)


def _approve(
    session: Session, change: SealChange, reader: ChangeReader, now: datetime
) -> SealState | None:
    approver: Actor = staff_actor(session, "seal.qian")
    trial = prepare_trial(session, change.id, reader.offers)
    if trial is not None:
        record_trial(session, trial, sign_trial(trial, now=now), actor=approver, now=now)
    shown = reader.read(session, change.id).digest
    decision = Decision(outcome=Outcome.APPROVED, reason=_APPROVAL, shown=shown)
    return decide_change(
        session,
        change.id,
        decision,
        actor=approver,
        now=now,
        reader=reader,
    )


def _application(route: Route, identity: DevelopmentIdentity) -> SealApplication:
    return SealApplication(
        id=_SLUGS[route],
        name=SEAL_NAMES[route],
        owner_unit_code=BIG_DATA_BUREAU,
        route=route,
        rim_text=SEAL_NAMES[route],
        bottom_text=_BOTTOM_TEXT,
        diameter_mm=_DIAMETER_MM,
        key_uri=identity.key_uri,
        certificate_chain_pem=Path(identity.chain_path).read_text(encoding="ascii"),
        reason=_REASON,
    )
