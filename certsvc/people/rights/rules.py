"""Roles, permissions and their checks.

- Everything that is not granted below is denied.
- Rights come from roles; a role is held by a member of a unit's staff, by a holder for their
  own certificates, by a system that acts for its unit, or by whoever operates the machine at its
  own command line. The scopes of a system's access token narrow its role, and widen nothing.
- `require` is the only place where a right is checked.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from certsvc.foundation.approvals.rules import Signatory
from certsvc.foundation.errors import ForbiddenError


class Role(StrEnum):
    """A person's function in the work."""

    CLERK = "clerk"
    """窗口经办人: requests certificates for matters of their unit."""
    HANDLER = "handler"
    """代办员: answers for their unit what its records say, and takes back what was said wrongly."""
    SEAL_PROPOSER = "seal_proposer"
    """印章管理员: proposes changes of a seal."""
    SEAL_APPROVER = "seal_approver"
    """印章审批人: approves changes that another person proposed."""
    PACK_PROPOSER = "pack_proposer"
    """模板管理员: proposes versions of template packs."""
    PACK_APPROVER = "pack_approver"
    """模板审批人: approves versions that another person proposed."""
    HOLDER = "holder"
    """持证主体: fetches their own certificates."""
    MACHINE_OPERATOR = "machine_operator"
    """运维人员: whoever may run the command on the machine that holds the keys."""
    SYSTEM = "system"
    """应用系统: another system that acts for its unit, within its scopes; never a person."""


STAFF_ROLES = tuple(
    role for role in Role if role not in {Role.HOLDER, Role.MACHINE_OPERATOR, Role.SYSTEM}
)
"""Roles that a member of a unit's staff may hold; whatever is new is one of them."""


class Permission(StrEnum):
    """An action that rights are granted for."""

    ISSUE = "issue"
    READ_UNIT_CERTIFICATES = "read_unit_certificates"
    READ_OWN_CERTIFICATES = "read_own_certificates"
    RECORD_REPLY = "record_reply"
    PROPOSE_SEAL_CHANGE = "propose_seal_change"
    APPROVE_SEAL_CHANGE = "approve_seal_change"
    KEEP_KEYS = "keep_keys"
    APPROVE_KEY_CEREMONY = "approve_key_ceremony"
    READ_SEALS = "read_seals"
    KEEP_CLIENTS = "keep_clients"
    LINK_IDENTITIES = "link_identities"
    READ_SOURCES = "read_sources"
    KEEP_JOBS = "keep_jobs"
    READ_MEASURES = "read_measures"
    READ_PACKS = "read_packs"
    PROPOSE_PACK = "propose_pack"
    APPROVE_PACK = "approve_pack"
    READ_RECORDS = "read_records"
    CHANGE_RECORD = "change_record"
    WITHDRAW_COPY = "withdraw_copy"


GRANTS: dict[Role, frozenset[Permission]] = {
    Role.CLERK: frozenset(
        {
            Permission.ISSUE,
            Permission.READ_UNIT_CERTIFICATES,
            Permission.READ_RECORDS,
            Permission.WITHDRAW_COPY,
            Permission.READ_SOURCES,
        }
    ),
    Role.HANDLER: frozenset(
        {
            Permission.RECORD_REPLY,
            Permission.READ_RECORDS,
            Permission.CHANGE_RECORD,
            Permission.READ_SOURCES,
        }
    ),
    Role.SEAL_PROPOSER: frozenset(
        {
            Permission.PROPOSE_SEAL_CHANGE,
            Permission.READ_SEALS,
            Permission.APPROVE_KEY_CEREMONY,
        }
    ),
    Role.SEAL_APPROVER: frozenset(
        {
            Permission.APPROVE_SEAL_CHANGE,
            Permission.READ_SEALS,
            Permission.APPROVE_KEY_CEREMONY,
        }
    ),
    # The technical hand among the staff; an administrator's role takes it over when there is one.
    Role.PACK_PROPOSER: frozenset(
        {Permission.PROPOSE_PACK, Permission.READ_PACKS, Permission.KEEP_JOBS}
    ),
    Role.PACK_APPROVER: frozenset({Permission.APPROVE_PACK, Permission.READ_PACKS}),
    Role.HOLDER: frozenset({Permission.READ_OWN_CERTIFICATES}),
    Role.MACHINE_OPERATOR: frozenset(
        {
            Permission.ISSUE,
            Permission.READ_UNIT_CERTIFICATES,
            Permission.KEEP_KEYS,
            Permission.KEEP_CLIENTS,
            Permission.LINK_IDENTITIES,
            Permission.READ_SOURCES,
            Permission.KEEP_JOBS,
            Permission.READ_MEASURES,
        }
    ),
    Role.SYSTEM: frozenset(
        {
            Permission.ISSUE,
            Permission.READ_UNIT_CERTIFICATES,
            Permission.READ_RECORDS,
            Permission.WITHDRAW_COPY,
            Permission.READ_MEASURES,
        }
    ),
}


STAFF_PREFIX = "staff:"
"""Prefix of a staff log-in in recorded actor ids."""


class PermissionDeniedError(ForbiddenError):
    """The caller's roles do not include this right."""

    code = "organisations.permission-denied"


class PersonUnknownError(ForbiddenError):
    """Two people are needed, and nobody knows who is behind this account."""

    code = "organisations.person-unknown"


class ForeignMatterError(ForbiddenError):
    """The system was registered for other matters. Params: `matter`."""

    code = "organisations.foreign-matter"


class ForeignUnitError(ForbiddenError):
    """The caller acts for another unit than their own."""

    code = "organisations.foreign-unit"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whoever asks for something, as it is recorded."""

    id: str
    """`staff:<login>`, `holder:<account number>`, `client:<name>` or `machine:<system user>`."""
    name: str = field(repr=False)
    """Name shown to the actor themselves."""
    roles: frozenset[Role]
    unit_code: str | None = None
    """Unit the actor belongs to; None for holders and for the machine's operator."""
    holder_account_id: int | None = None
    """Account of a holder."""
    person_id: str | None = field(default=None, repr=False)
    """Person behind a member of staff's account; None for everybody else."""
    limited_to: frozenset[Permission] | None = None
    """What a system's access token was given for; None: everything the roles grant."""
    matters: frozenset[str] | None = None
    """Matters that a system was registered for; None: all of its unit."""


def require(actor: Actor, permission: Permission) -> None:
    """Check that an actor has a right.

    Raises:
        PermissionDeniedError: no role of the actor grants it.
    """
    if not may(actor, permission):
        raise PermissionDeniedError(permission=permission.value)


def may(actor: Actor, permission: Permission) -> bool:
    """Tell whether an actor has a right, for display only; `require` enforces it."""
    within = actor.limited_to is None or permission in actor.limited_to
    return within and any(permission in GRANTS[role] for role in actor.roles)


def require_unit(actor: Actor, unit_code: str) -> None:
    """Check that an actor may act for a unit: staff for their own, the machine's operator for any.

    Raises:
        ForeignUnitError: staff of another unit, or a holder.
    """
    if Role.MACHINE_OPERATOR not in actor.roles and actor.unit_code != unit_code:
        raise ForeignUnitError


def require_matter(actor: Actor, matter_code: str) -> None:
    """Check that an actor may act for a matter: systems only for those they are registered for.

    Raises:
        ForeignMatterError: it was registered for others.
    """
    if actor.matters is not None and matter_code not in actor.matters:
        raise ForeignMatterError(matter=matter_code)


def require_person(actor: Actor) -> str:
    """Return who the person behind an account is.

    Raises:
        PersonUnknownError: the account is no member of staff's.
    """
    if actor.person_id is None:
        raise PersonUnknownError
    return actor.person_id


def signatory(actor: Actor) -> Signatory:
    """Return who proposes or decides: the account, and the person behind it.

    Raises:
        PersonUnknownError: the account is no member of staff's.
    """
    return Signatory(account=actor.id, person=require_person(actor))
