"""What the police's handler answers about the resident of the demonstration."""

from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.catalogue.packs.repository import PackRepository
from certsvc.demonstration.departments.department import as_of
from certsvc.demonstration.people import make_residents
from certsvc.evidence.inquiries.records import DepartmentReply
from certsvc.evidence.inquiries.service import ReplyContent, record_reply
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.codes.holder import HolderCode
from certsvc.people.accounts.service import staff_actor

_TYPE_CODE = "no-criminal-record"
_BASIS = "刑事案件档案室人工核查（演示）"
_AGE_OF_RESPONSIBILITY = 16
"""刑法第十七条: from this age on there is something to look for."""


def reply_of_the_day(session: Session, packs: PackRepository, *, now: datetime) -> str:
    """Let the handler answer, once a day, and return the reply's number."""
    day = now.astimezone(CHINA_TIME).date()
    content = _content(day)
    earlier = session.scalar(
        select(DepartmentReply.id)
        .where(
            DepartmentReply.type_code == _TYPE_CODE,
            DepartmentReply.holder_code == content.holder.value,
            DepartmentReply.basis == _BASIS,
            DepartmentReply.replied_at >= datetime.combine(day, time.min, CHINA_TIME),
        )
        .order_by(DepartmentReply.replied_at)
        .limit(1)
    )
    return earlier or record_reply(
        session, content=content, packs=packs, actor=staff_actor(session, "handler.li"), now=now
    )


def _content(day: date) -> ReplyContent:
    resident = make_residents()[0]
    responsible_from = resident.born_on.replace(year=resident.born_on.year + _AGE_OF_RESPONSIBILITY)
    return ReplyContent(
        type_code=_TYPE_CODE,
        holder=HolderCode(value=resident.identity_number),
        holder_name=resident.name,
        fields={
            "name": resident.name,
            "sex": resident.sex,
            "birth_on": resident.born_on.isoformat(),
            "id_type": "居民身份证",
            "id_number": resident.identity_number,
            "period_from_on": responsible_from.isoformat(),
            "period_to_on": as_of(day).isoformat(),
            "result": "未发现有犯罪记录",
        },
        basis=_BASIS,
    )
