"""The district's two designated seals, made and put into use by two people."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.demonstration.district import BIG_DATA_BUREAU, DISTRICT
from certsvc.organisations.service import staff_actor
from certsvc.seals.applications import SealApplication
from certsvc.seals.decisions import approve_change
from certsvc.seals.proposals import apply_for_seal, propose_change
from certsvc.seals.records import Seal
from certsvc.seals.rules import SealAction, SealState
from certsvc.sources.rules import Route
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
    session: Session, identities: dict[str, DevelopmentIdentity], *, now: datetime
) -> None:
    """Apply for the seals that were made and take each through its life until it is in use."""
    proposer, approver = staff_actor(session, "seal.zhao"), staff_actor(session, "seal.qian")
    for route in SEAL_NAMES:
        seal_id = _SLUGS[route]
        if seal_id not in identities:
            continue
        application = _application(route, identities[seal_id])
        change = apply_for_seal(session, application=application, actor=proposer, now=now)
        state = approve_change(
            session, change_id=change.id, reason=_APPROVAL, actor=approver, now=now
        )
        for action, reason in _LIFE:
            change = propose_change(
                session, seal_id=seal_id, action=action, reason=reason, actor=proposer, now=now
            )
            state = approve_change(
                session, change_id=change.id, reason=_APPROVAL, actor=approver, now=now
            )
        if state is not SealState.IN_USE:
            raise RuntimeError(seal_id)


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
