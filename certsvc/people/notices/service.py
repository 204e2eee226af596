"""A person's notices: reading, marking as read, and addresses for mail and SMS."""

import re
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from certsvc.foundation.errors import InvalidInputError, NotFoundError
from certsvc.foundation.messages.catalogue import Language
from certsvc.people.notices.records import Notice, NoticeAddress
from certsvc.people.rights.rules import Actor

MOST_SHOWN = 500
"""Notices that a person still sees, the newest ones."""
LONGEST_MAIL = 254
"""RFC 5321 4.5.3.1.3, without the angle brackets."""
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_PHONE = re.compile(r"(\+86)?1[3-9][0-9]{9}")


class NoticeUnknownError(NotFoundError):
    """The person has no notice of this number."""

    code = "notices.unknown"


class MailAddressInvalidError(InvalidInputError):
    """It is no address for mail. Param `field`."""

    code = "notices.mail-invalid"


class PhoneInvalidError(InvalidInputError):
    """It is no number of a mobile telephone in China. Param `field`."""

    code = "notices.phone-invalid"


def count_unread(session: Session, account: str) -> int:
    """Count the notices that somebody has not read."""
    unread = select(func.count()).where(Notice.account == account, Notice.read_at.is_(None))
    return session.scalar(unread) or 0


def list_notices(session: Session, *, actor: Actor) -> list[Notice]:
    """List the actor's notices, the newest first."""
    own = select(Notice).where(Notice.account == actor.id).order_by(Notice.id.desc())
    return list(session.scalars(own.limit(MOST_SHOWN)))


def get_notice(session: Session, notice_id: int, *, actor: Actor) -> Notice:
    """Return a notice of the actor's.

    Raises:
        NoticeUnknownError: there is none of this number, or it is somebody else's.
    """
    notice = session.get(Notice, notice_id)
    if notice is None or notice.account != actor.id:
        raise NoticeUnknownError
    return notice


def mark_read(session: Session, *, actor: Actor, now: datetime, only: int | None = None) -> None:
    """Mark one notice of the actor's as read, or all of them; read ones stay as they are."""
    unread = update(Notice).where(Notice.account == actor.id, Notice.read_at.is_(None))
    if only is not None:
        unread = unread.where(Notice.id == get_notice(session, only, actor=actor).id)
    session.execute(unread.values(read_at=now))


def address_of(session: Session, *, actor: Actor) -> NoticeAddress | None:
    """Return the actor's addresses for mail and SMS."""
    return session.get(NoticeAddress, actor.id)


def set_address(
    session: Session, *, mail: str, phone: str, language: Language, actor: Actor
) -> None:
    """Set the actor's addresses for mail and SMS; empty for none.

    Raises:
        MailAddressInvalidError: the address for mail is none.
        PhoneInvalidError: the number is none.
    """
    check_mail_address(mail)
    check_phone(phone)
    kept = session.get(NoticeAddress, actor.id)
    if kept is None:
        kept = NoticeAddress(account=actor.id)
        session.add(kept)
    kept.mail, kept.phone, kept.language = mail, phone, language.value


def check_mail_address(text: str) -> None:
    """Accept an address for mail, or nothing.

    Raises:
        MailAddressInvalidError: it is none.
    """
    if text and (len(text) > LONGEST_MAIL or not _MAIL.fullmatch(text)):
        raise MailAddressInvalidError(field="mail")


def check_phone(text: str) -> None:
    """Accept a number of a mobile telephone in China, or nothing.

    Raises:
        PhoneInvalidError: it is none.
    """
    if text and not _PHONE.fullmatch(text):
        raise PhoneInvalidError(field="phone")
