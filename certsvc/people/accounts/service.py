"""Registering staff and holders' accounts; log-in and authentication."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from certsvc.foundation.codes.holder import HolderCode, HolderCodeType, half_width
from certsvc.foundation.db.engine import Database
from certsvc.foundation.errors import UnauthenticatedError
from certsvc.foundation.log_in_secret import LogInSecret
from certsvc.people.accounts.known_devices import remember_device
from certsvc.people.accounts.origins import Origin
from certsvc.people.accounts.passwords import password_hash_of, password_matches
from certsvc.people.accounts.records import HolderAccount, LogIn, StaffMember, StaffRole
from certsvc.people.accounts.throttle import (
    TriedInVain,
    attempt_of,
    count_failure,
    forget_failures,
    forget_old_failures,
    require_unlocked,
    take_tried_in_vain,
)
from certsvc.people.rights.rules import STAFF_PREFIX, Actor, Role

LOG_IN_LIFETIME = timedelta(hours=8)
"""One working day at a desk."""
_NOWHERE = Origin()


class LogInRefusedError(UnauthenticatedError):
    """Name and password do not belong together."""

    code = "organisations.log-in-refused"


class NotLoggedInError(UnauthenticatedError):
    """No valid log-in came with the request, or it has expired."""

    code = "organisations.not-logged-in"


def register_staff(
    session: Session,
    *,
    login: str,
    name: str,
    person_id: str,
    unit_code: str,
    password: str,
    roles: frozenset[Role],
) -> None:
    """Enter an account of a member of a unit's staff.

    Args:
        session: Transaction.
        login: Name to log in with.
        name: Name of the person.
        person_id: Who the person is, for whoever keeps the staff (an employee number, or the
            number of an identity platform); the same for every account of theirs, and no
            identity number.
        unit_code: Unit that the account acts for.
        password: First password.
        roles: What the account may do.
    """
    session.add(
        StaffMember(
            login=login,
            name=name,
            person_id=person_id,
            unit_code=unit_code,
            password_hash=password_hash_of(password),
            roles=[StaffRole(role=role.value) for role in sorted(roles)],
        )
    )
    session.flush()


def register_holder_account(
    session: Session, *, holder: HolderCode, name: str, password: str
) -> None:
    """Enter a holder's account.

    Accounts with passwords are a demonstration of the log-in; a city connects the provincial
    identity platform instead.
    """
    session.add(
        HolderAccount(
            holder_kind=holder.kind.value,
            holder_code=holder.value,
            name=name,
            password_hash=password_hash_of(password),
        )
    )
    session.flush()


def staff_actor(session: Session, login: str) -> Actor:
    """Return a member of staff as an actor.

    Raises:
        NotLoggedInError: there is no such member any more.
    """
    member = session.get(StaffMember, login)
    if member is None:
        raise NotLoggedInError
    return Actor(
        id=f"{STAFF_PREFIX}{member.login}",
        name=member.name,
        roles=frozenset(Role(entry.role) for entry in member.roles),
        unit_code=member.unit_code,
        person_id=member.person_id,
    )


@dataclass(frozen=True, kw_only=True)
class BegunLogIn:
    """A log-in that has begun."""

    token: str = field(repr=False)
    """Bearer token."""
    devices: str = field(repr=False)
    """What the browser is to keep, to be known again."""
    tried_in_vain: TriedInVain | None
    """Failed attempts with this name since the last log-in."""


def log_in(
    database: Database,
    *,
    secret: LogInSecret,
    name: str,
    password: str,
    now: datetime,
    origin: Origin = _NOWHERE,
) -> BegunLogIn:
    """Exchange a name and a password for a bearer token.

    1. Read whose account it is; nobody waits for that. What is locked is refused at once.
    2. Judge the password outside of any transaction, since that is slow on purpose.
    3. In one short transaction that sees what parallel attempts did: count the failure, or begin
       the log-in. Once something is locked, no attempt of it is told how it was judged.

    Raises:
        LogInRefusedError: name and password do not belong together; the failure is counted.
        LogInLockedError: there were too many failures (`throttle` says of what).
        LogInsBusyError: too many people log in at this moment.
    """
    # All spellings of a number mean one account, and share the count of failures.
    name = normalise_name(name)
    attempt = attempt_of(secret, name, origin, now=now)
    with database.reading() as session:
        require_unlocked(session, attempt, now)
        account = _find_account(session, name)
    right = password_matches(account.password_hash if account else None, password)
    with database.transaction() as session:
        if account is not None and right:
            forget_failures(session, attempt, now)
            return BegunLogIn(
                token=_new_log_in(session, account, now),
                devices=remember_device(secret, name, origin.devices, attempt.device, now=now),
                tried_in_vain=take_tried_in_vain(session, attempt.subject_hmac),
            )
        count_failure(session, attempt, exists=account is not None, now=now)
    raise LogInRefusedError


def begin_staff_log_in(session: Session, login: str, *, now: datetime) -> str:
    """Begin a log-in of a member of staff whom somebody else has recognised; return its token.

    Raises:
        NotLoggedInError: there is no such member any more.
    """
    member = session.get(StaffMember, login)
    if member is None:
        raise NotLoggedInError
    return _new_log_in(session, member, now)


def log_out(session: Session, token: str) -> None:
    """End a log-in; the token is worth nothing afterwards."""
    entry = session.get(LogIn, token_digest(token))
    if entry:
        session.delete(entry)
        session.flush()


def end_staff_log_ins(session: Session, login: str) -> None:
    """End every log-in of a member of staff, wherever they are logged in."""
    session.execute(
        delete(LogIn).where(LogIn.staff_login == login).execution_options(synchronize_session=False)
    )
    session.expire_all()


def authenticate(session: Session, *, token: str, now: datetime) -> Actor:
    """Return the actor that a token belongs to.

    Raises:
        NotLoggedInError: the token is unknown or has expired.
    """
    entry = session.get(LogIn, token_digest(token))
    if entry is None or entry.expires_at <= now:
        raise NotLoggedInError
    if entry.staff_login:
        return staff_actor(session, entry.staff_login)
    account = session.get_one(HolderAccount, entry.holder_account_id)
    return Actor(
        id=f"holder:{account.id}",
        name=account.name,
        roles=frozenset({Role.HOLDER}),
        holder_account_id=account.id,
    )


def holder_of(session: Session, actor: Actor) -> HolderCode:
    """Return whose certificates a holder's account may fetch.

    Raises:
        NotLoggedInError: the actor is no holder.
    """
    account = (
        session.get(HolderAccount, actor.holder_account_id) if actor.holder_account_id else None
    )
    if account is None:
        raise NotLoggedInError
    return HolderCode.of(account.holder_kind, account.holder_code)


def token_digest(text: str) -> str:
    """Return what is kept of a token or secret: it is random, so nobody can try all of them."""
    # A lone surrogate matches no name; it must not raise an encoding error.
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def normalise_name(typed: str) -> str:
    """Return a log-in name without what typing adds to a number: blanks, full-width digits."""
    return half_width("".join(typed.split()))


def _find_account(session: Session, name: str) -> StaffMember | HolderAccount | None:
    """Find whom a log-in name means: staff, then the identity number, then other documents."""
    is_other = HolderAccount.holder_kind != HolderCodeType.IDENTITY_NUMBER.value
    return session.get(StaffMember, name) or session.scalar(
        select(HolderAccount)
        .where(HolderAccount.holder_code == name.upper())
        .order_by(is_other, HolderAccount.holder_kind)
        .limit(1)
    )


def _new_log_in(session: Session, account: StaffMember | HolderAccount, now: datetime) -> str:
    forget_ended_log_ins(session, now)
    token = secrets.token_urlsafe(32)
    session.add(
        LogIn(
            token_sha256=token_digest(token),
            staff_login=account.login if isinstance(account, StaffMember) else None,
            holder_account_id=account.id if isinstance(account, HolderAccount) else None,
            created_at=now,
            expires_at=now + LOG_IN_LIFETIME,
        )
    )
    return token


def forget_ended_log_ins(session: Session, now: datetime) -> None:
    """Delete expired rows, except those that another log-in has locked."""
    ended = select(LogIn.token_sha256).where(LogIn.expires_at <= now)
    session.execute(
        delete(LogIn)
        .where(LogIn.token_sha256.in_(ended.with_for_update(skip_locked=True)))
        .execution_options(synchronize_session=False)
    )
    forget_old_failures(session, now)
