"""Registering units and people; finding out who is calling."""

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from certsvc.codes.credit_code import require_credit_code
from certsvc.codes.holder import HolderCode, HolderCodeType, half_width
from certsvc.db.engine import Database
from certsvc.errors import NotFoundError, UnauthenticatedError
from certsvc.organisations.log_in_secret import LogInSecret
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
FAILURES_REMEMBERED = timedelta(days=1)
"""After this long without another failure a name's failures are forgotten."""

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
        person_id=member.person_id,
    )


def log_in(
    database: Database, *, secret: LogInSecret, name: str, password: str, now: datetime
) -> str:
    """Exchange a name and a password for a bearer token.

    1. Read whose account it is; nobody waits for that. A locked name is refused at once.
    2. Judge the password outside of any transaction, since that is slow on purpose.
    3. In one short transaction that sees what parallel attempts did: count the failure, or begin
       the log-in. Once a name is locked, no attempt is told how it was judged.

    Raises:
        LogInRefusedError: name and password do not belong together; the failure is counted.
        LogInLockedError: the name is locked after too many failures.
    """
    # However a number is typed, it is one account, and its failures are counted together.
    name = normalise_name(name)
    subject = secret.digest_of(name)
    with database.reading() as session:
        _require_unlocked(session.get(LogInFailures, subject), now)
        account = _find_account(session, name)
    right = _password_matches(account.password_hash if account else _NOBODY, password)
    with database.transaction() as session:
        if account is not None and right:
            return _begin_log_in(session, account, subject, now)
        _count_failure(session, subject, now)
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
    entry = session.get(LogIn, _digest(token))
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


def _password_matches(password_hash: str, password: str) -> bool:
    try:
        # No password that was ever set has a lone surrogate, so this one cannot match.
        return _HASHER.verify(password_hash, password.encode(errors="surrogatepass"))
    except VerifyMismatchError:
        return False


def _require_unlocked(failures: LogInFailures | None, now: datetime) -> None:
    if failures and failures.locked_until_at and failures.locked_until_at > now:
        raise LogInLockedError(minutes=int(LOCK_DURATION.total_seconds() // 60))


def _begin_log_in(
    session: Session, account: StaffMember | HolderAccount, subject: str, now: datetime
) -> str:
    failures = session.get(LogInFailures, subject, with_for_update=True)
    _require_unlocked(failures, now)
    if failures:
        session.delete(failures)
        session.flush()
    return _new_log_in(session, account, now)


def _new_log_in(session: Session, account: StaffMember | HolderAccount, now: datetime) -> str:
    forget_ended_log_ins(session, now)
    token = secrets.token_urlsafe(32)
    session.add(
        LogIn(
            token_sha256=_digest(token),
            staff_login=account.login if isinstance(account, StaffMember) else None,
            holder_account_id=account.id if isinstance(account, HolderAccount) else None,
            created_at=now,
            expires_at=now + LOG_IN_LIFETIME,
        )
    )
    return token


def _count_failure(session: Session, subject: str, now: datetime) -> None:
    # One statement counts, so parallel attempts follow one another and none is lost.
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    new: postgresql.Insert | sqlite.Insert = (
        postgresql.insert(LogInFailures) if on_postgresql else sqlite.insert(LogInFailures)
    )
    session.execute(
        new.values(subject_hmac=subject, count=1, failed_at=now).on_conflict_do_update(
            index_elements=[LogInFailures.subject_hmac],
            set_={"count": LogInFailures.count + 1, "failed_at": now},
        )
    )
    failures = session.get_one(LogInFailures, subject, populate_existing=True)
    _require_unlocked(failures, now)
    if failures.count >= FAILURES_BEFORE_LOCK:
        failures.count = 0
        failures.locked_until_at = now + LOCK_DURATION


def forget_ended_log_ins(session: Session, now: datetime) -> None:
    """Forget what has run out; rows that another log-in is at are left to it."""
    ended = select(LogIn.token_sha256).where(LogIn.expires_at <= now)
    stale = select(LogInFailures.subject_hmac).where(
        LogInFailures.failed_at <= now - FAILURES_REMEMBERED
    )
    for table, key, rows in (
        (LogIn, LogIn.token_sha256, ended),
        (LogInFailures, LogInFailures.subject_hmac, stale),
    ):
        session.execute(
            delete(table)
            .where(key.in_(rows.with_for_update(skip_locked=True)))
            .execution_options(synchronize_session=False)
        )
