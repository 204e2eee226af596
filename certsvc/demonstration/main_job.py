"""The main job of the demonstration: one certificate of every pack.

Run again, it gives the copies that it made before, as long as they are in force.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.bootstrap import Services
from certsvc.catalogue.routes import Route
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import CopyState
from certsvc.certificates.extraction.service import state_of_copy
from certsvc.certificates.issuance.outcomes import IssuedCopy, issued_copy
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.rules import IssuanceState, IssueRequest, Step
from certsvc.certificates.records.records import CertificateRecord
from certsvc.demonstration.firms import make_firms
from certsvc.demonstration.people import FIRST
from certsvc.demonstration.reply import reply_of_the_day
from certsvc.demonstration.use_list import (
    FUND_LOAN_MATTER,
    FUND_WITHDRAWAL_MATTER,
    HIRING_MATTER,
    HOME_SUBSIDY_MATTER,
    TALENT_MATTER,
    TEACHER_MATTER,
    TENDER_MATTER,
)
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.codes.holder import HolderCode
from certsvc.people.accounts.service import staff_actor
from certsvc.people.rights.rules import Actor


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """A certificate that somebody of the district needs."""

    type_code: str
    clerk: str
    matter_code: str
    purpose: str
    holder: HolderCode = FIRST.holder
    route: Route = Route.DATA_SHARING


_WISHES = (
    _Wish(
        type_code="no-criminal-record",
        clerk="clerk.wang",
        matter_code=TEACHER_MATTER,
        purpose="申请认定高级中学教师资格",
        route=Route.DEPARTMENT_VERIFICATION,
    ),
    _Wish(
        type_code="social-insurance",
        clerk="clerk.wang",
        matter_code=TALENT_MATTER,
        purpose="申领人才住房补贴",
    ),
    _Wish(
        type_code="marriage-record",
        clerk="clerk.lin",
        matter_code=FUND_WITHDRAWAL_MATTER,
        purpose="提取住房公积金偿还购房贷款",
    ),
    _Wish(
        type_code="real-estate",
        clerk="clerk.lin",
        matter_code=FUND_LOAN_MATTER,
        purpose="核定住房公积金贷款家庭住房套数",
    ),
    _Wish(
        type_code="household",
        clerk="clerk.wang",
        matter_code=HOME_SUBSIDY_MATTER,
        purpose="核对购房补贴申请人户籍",
    ),
    _Wish(
        type_code="education",
        clerk="clerk.chen",
        matter_code=HIRING_MATTER,
        purpose="核对应聘教师学历",
    ),
    _Wish(
        type_code="no-violation",
        clerk="clerk.zhou",
        matter_code=TENDER_MATTER,
        purpose="审查投标人资格",
        holder=make_firms()[0].holder,
    ),
    _Wish(
        type_code="tax-payment",
        clerk="clerk.wang",
        matter_code=HOME_SUBSIDY_MATTER,
        purpose="核对购房补贴申请人纳税情况",
    ),
)


@dataclass(frozen=True, kw_only=True)
class MainJob:
    """One certificate of the main job."""

    type_code: str
    """Certificate type."""
    issue: Callable[[Callable[[Step], None]], IssuedCopy]
    """Issues it, or returns the one that was issued before."""


def main_jobs(services: Services) -> list[MainJob]:
    """List the certificates of the main job: one of every pack, and both routes among them."""
    return [MainJob(type_code=wish.type_code, issue=_issuer(services, wish)) for wish in _WISHES]


def _issuer(services: Services, wish: _Wish) -> Callable[[Callable[[Step], None]], IssuedCopy]:
    def issue(listen: Callable[[Step], None]) -> IssuedCopy:
        now = services.clock.now()
        with services.database.transaction() as session:
            clerk = staff_actor(session, wish.clerk)
            made = _made_before(session, wish, clerk)
            for issuance, record, copy in made:
                if state_of_copy(copy, now) is CopyState.IN_FORCE:
                    return issued_copy(issuance, record)
            reply_id = None
            if wish.route is not Route.DATA_SHARING:
                reply_id = reply_of_the_day(session, services.packs, now=now)
        # The same day never issues twice; one that was revoked or withdrawn keeps its key.
        today = now.astimezone(CHINA_TIME).date().isoformat()
        request = IssueRequest(
            type_code=wish.type_code,
            holder=wish.holder,
            unit_code=str(clerk.unit_code),
            matter_code=wish.matter_code,
            purpose=wish.purpose,
            idempotency_key=f"demonstration-{wish.type_code}-{today}-{len(made)}",
            reply_id=reply_id,
        )
        return services.issuer.issue(request, actor=clerk, on_step=listen)

    return issue


def _made_before(
    session: Session, wish: _Wish, clerk: Actor
) -> list[tuple[Issuance, CertificateRecord, Extraction]]:
    """Return what the clerk has issued of a wish so far, the newest first."""
    found = session.execute(
        select(Issuance, CertificateRecord, Extraction)
        .join(CertificateRecord, CertificateRecord.id == Issuance.record_id)
        .join(Extraction, Extraction.copy_number == Issuance.copy_number)
        .where(
            Issuance.caller == clerk.id,
            Issuance.state == IssuanceState.PUBLISHED.value,
            CertificateRecord.type_code == wish.type_code,
            CertificateRecord.holder_kind == wish.holder.kind.value,
            CertificateRecord.holder_code == wish.holder.value,
            Extraction.matter_code == wish.matter_code,
            Extraction.purpose == wish.purpose,
        )
        .order_by(Issuance.started_at.desc(), Issuance.id.desc())
    )
    return [(issuance, record, copy) for issuance, record, copy in found]
