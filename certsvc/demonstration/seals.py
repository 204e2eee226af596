"""The district's two designated seals, made and put into use by two people."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from certsvc.demonstration.district import BIG_DATA_BUREAU, DISTRICT
from certsvc.organisations.service import staff_actor
from certsvc.seals.records import Seal
from certsvc.seals.rules import SealAction, SealState
from certsvc.seals.service import approve_change, propose_change, state_at
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
_LIFE = (
    (SealAction.APPLY, "依据市中区规则第九条类推，申请刻制专用电子印章"),
    (SealAction.MAKE, "在演示签章平台制作"),
    (SealAction.FILE, "制作完成，备案"),
    (SealAction.ENABLE, "备案完成，启用"),
)


def seal_certificate_names() -> list[DevelopmentSealName]:
    """Name the signing certificates that the two seals need."""
    return [
        DevelopmentSealName(
            slug=_SLUGS[route], common_name=name, organisation=f"{DISTRICT}大数据局"
        )
        for route, name in SEAL_NAMES.items()
    ]


def register_seals(
    session: Session, identities: dict[str, DevelopmentIdentity], *, now: datetime
) -> None:
    """Enter both seals and take each through its life until it is in use; once."""
    proposer, approver = staff_actor(session, "seal.zhao"), staff_actor(session, "seal.qian")
    for route, name in SEAL_NAMES.items():
        seal_id = _SLUGS[route]
        if session.get(Seal, seal_id) is None:
            session.add(_seal(route, name, identities[seal_id]))
            session.flush()
        if state_at(session, seal_id, now) is not None:
            continue
        for action, reason in _LIFE:
            change = propose_change(
                session, seal_id=seal_id, action=action, reason=reason, actor=proposer, now=now
            )
            state: SealState = approve_change(session, change_id=change.id, actor=approver, now=now)
        if state is not SealState.IN_USE:
            raise RuntimeError(seal_id)


def _seal(route: Route, name: str, identity: DevelopmentIdentity) -> Seal:
    return Seal(
        id=_SLUGS[route],
        name=name,
        owner_unit_code=BIG_DATA_BUREAU,
        route=route.value,
        rim_text=name,
        bottom_text=_BOTTOM_TEXT,
        diameter_mm=_DIAMETER_MM,
        key_uri=identity.key_uri,
        certificate_chain_pem=Path(identity.chain_path).read_text(encoding="ascii"),
    )
