"""Checking an actor against a transition table: its right, and the rule of two people."""

from collections.abc import Collection

from certsvc.foundation.approvals.rules import Decision, Outcome, Signatory
from certsvc.foundation.errors import ForbiddenError
from certsvc.foundation.states.rules import Event, State, TransitionTable, Who
from certsvc.people.rights.rules import (
    Actor,
    Permission,
    PermissionDeniedError,
    may,
    require,
    require_person,
    signatory,
)


class AnotherPersonNeededError(ForbiddenError):
    """Another person than in the previous step is needed; another account is not enough."""

    code = "states.another-person-needed"


class SamePersonNeededError(ForbiddenError):
    """Only whoever made the step before may do this."""

    code = "states.same-person-needed"


def require_decider(
    actor: Actor, decision: Decision, *, proposes: Permission, decides: Permission
) -> Signatory:
    """Check the right to decide on a proposal, and return who decides.

    Args:
        actor: Who acts.
        decision: What is decided.
        proposes: Right to propose, and to withdraw what one proposed.
        decides: Right to approve and to reject.

    Raises:
        PermissionDeniedError: no such right.
        PersonUnknownError: nobody knows who is behind the account.
    """
    require(actor, proposes if decision.outcome is Outcome.WITHDRAWN else decides)
    return signatory(actor)


def require_mover(
    actor: Actor,
    table: TransitionTable[State, Event],
    event: Event,
    *,
    earlier: Collection[str] = (),
) -> None:
    """Check that an actor may cause an event.

    1. The actor has a right that the table names for the event.
    2. Where the table wants another person, nobody of `earlier` is behind the account, and it is
       known who is; where it wants the same, somebody of `earlier` is.

    Args:
        actor: Who acts.
        table: The table.
        event: What shall happen.
        earlier: Accounts and persons that made the step before.

    Raises:
        PermissionDeniedError: no such right; for what the system alone does nobody has one.
        PersonUnknownError: another person is needed, and nobody knows who this is.
        AnotherPersonNeededError: it is the same person.
        SamePersonNeededError: it is another one.
    """
    who = require_right(actor, table, event)
    behind = {actor.id, actor.person_id} & set(earlier)
    if who.another_person:
        require_person(actor)
        if behind:
            raise AnotherPersonNeededError
    if who.same_person and not behind:
        raise SamePersonNeededError


def require_right(actor: Actor, table: TransitionTable[State, Event], event: Event) -> Who:
    """Check that an actor has a right that a table names for an event; return that entry.

    Raises:
        PermissionDeniedError: no such right; for what the system alone does nobody has one.
    """
    who = _rule_for(actor, table.who_may(event))
    require(actor, Permission(who.right))
    return who


def _rule_for(actor: Actor, rules: tuple[Who, ...]) -> Who:
    for_people = [rule for rule in rules if rule.right in set(Permission)]
    if not for_people:
        raise PermissionDeniedError(permission="system")
    held = [rule for rule in for_people if may(actor, Permission(rule.right))]
    return (held or for_people)[0]
