"""Registering units and people; finding out who is calling."""

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.codes.credit_code import require_credit_code
from certsvc.codes.holder import HolderCode
from certsvc.errors import NotFoundError, UnauthenticatedError
from certsvc.organisations.records import (
    HolderAccount,
    LogIn,
    LogInFailures,
    StaffMember,
    StaffRole,
    Unit,
)
from certsvc.organisations.rules import Actor, Role

LOG_IN_LIFETIME = timedelta(hours=8)
"""One working day at a desk."""
FAILURES_BEFORE_LOCK = 5
LOCK_DURATION = timedelta(minutes=15)

_HASHER = PasswordHasher()
# Checked when there is no such account, so that both answers take the same time.
_NOBODY = _HASHER.hash(secrets.token_urlsafe())


class UnitUnknownError(NotFoundError):
    """No unit has this code."""

    code = "organisations.unit-unknown"


class LogInRefusedError(UnauthenticatedError):
    """Name and password do not belong together."""

    code = "organisations.log-in-refused"


class LogInLockedError(UnauthenticatedError):
    """Too many wrong passwords in a row; wait."""

    code = "organisations.log-in-locked"


class NotLoggedInError(UnauthenticatedError):
    """No valid log-in came with the request, or it has expired."""

    code = "organisations.not-logged-in"


def register_unit(session: Session, *, code: str, name: str, kind: str, area_code: str) -> Unit:
    """Enter a unit in the register.

    Raises:
        CreditCodeInvalidError: the code's check character is wrong.
    """
    require_credit_code(code)
    unit = Unit(code=code, name=name, kind=kind, area_code=area_code)
    session.add(unit)
    session.flush()
    return unit


def get_unit(session: Session, code: str) -> Unit:
    """Return a unit.

    Raises:
        UnitUnknownError: no unit has this code.
    """
    unit = session.get(Unit, code)
    if unit is None:
        raise UnitUnknownError(unit=code)
    return unit


def register_staff(
    session: Session,
    *,
    login: str,
    name: str,
    unit_code: str,
    password: str,
    roles: frozenset[Role],
) -> None:
    """Enter a member of a unit's staff."""
    session.add(
        StaffMember(
            login=login,
            name=name,
            unit_code=unit_code,
            password_hash=_HASHER.hash(password),
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
            password_hash=_HASHER.hash(password),
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
        id=f"staff:{member.login}",
        name=member.name,
        roles=frozenset(Role(entry.role) for entry in member.roles),
        unit_code=member.unit_code,
    )


def log_in(session: Session, *, name: str, password: str, now: datetime) -> str | None:
    """Exchange a name and a password for a bearer token.

    The caller commits also when this returns None: the failure must be counted.

    Returns:
        The token, or None if name and password do not belong together.

    Raises:
        LogInLockedError: the name is locked after too many failures.
    """
    failures = session.get(LogInFailures, _digest(name))
    if failures and failures.locked_until_at and failures.locked_until_at > now:
        raise LogInLockedError(minutes=int(LOCK_DURATION.total_seconds() // 60))
    member = session.get(StaffMember, name)
    account = session.scalar(select(HolderAccount).where(HolderAccount.holder_code == name))
    known = member or account
    if not _password_matches(known.password_hash if known else _NOBODY, password) or known is None:
        _count_failure(session, name, failures, now)
        return None
    if failures:
        session.delete(failures)
    token = secrets.token_urlsafe(32)
    session.add(
        LogIn(
            token_sha256=_digest(token),
            staff_login=member.login if member else None,
            holder_account_id=account.id if account and not member else None,
            created_at=now,
            expires_at=now + LOG_IN_LIFETIME,
        )
    )
    return token


def log_out(session: Session, token: str) -> None:
    """End a log-in; the token is worth nothing afterwards."""
    entry = session.get(LogIn, _digest(token))
    if entry:
        session.delete(entry)
        session.flush()


def authenticate(session: Session, *, token: str, now: datetime) -> Actor:
    """Tell who bears a token.

    Raises:
        NotLoggedInError: the token is unknown or has expired.
    """
    entry = session.get(LogIn, _digest(token))
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


def _digest(text: str) -> str:
    # A lone surrogate is a character like any other here: it names nobody.
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _password_matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except VerifyMismatchError:
        return False


def _count_failure(
    session: Session, name: str, failures: LogInFailures | None, now: datetime
) -> None:
    if failures is None:
        failures = LogInFailures(subject_sha256=_digest(name), count=0)
        session.add(failures)
    failures.count += 1
    if failures.count >= FAILURES_BEFORE_LOCK:
        failures.count = 0
        failures.locked_until_at = now + LOCK_DURATION
