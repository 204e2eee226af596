"""Keeping the register of systems' webhooks."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from certsvc.foundation.errors import ConflictError, InvalidInputError, NotFoundError
from certsvc.foundation.events.recording import record
from certsvc.foundation.notifications.webhook_signing import webhook_secret
from certsvc.people.clients.records import Client
from certsvc.people.clients.rules import ClientUnknownError
from certsvc.people.notices.events import (
    WebhookAdded,
    WebhookDisabled,
    WebhookEnabled,
    WebhookRemoved,
    WebhookSecretRotated,
    WebhookStep,
)
from certsvc.people.notices.records import Webhook
from certsvc.people.rights.rules import Actor, Permission, require
from keys.http_port import HttpFailedError

LONGEST_URL = 500
MOST_OF_A_CLIENT = 10
OVERLAP = timedelta(days=7)
"""How long the old secret signs as well after a rotation."""
DISABLED_AFTER = timedelta(days=3)
"""How long a webhook may fail without a success between; one delivery is tried that long."""
SYSTEM = "system"
"""Actor that disables failing webhooks."""

CheckAddress = Callable[[str], None]
"""Judges an address that a stranger named. Raises: HttpFailedError."""


class WebhookAddressRefusedError(InvalidInputError):
    """The address is no public HTTPS address, or leads nowhere. Param `reason`."""

    code = "notices.webhook-address"


class WebhookUnknownError(NotFoundError):
    """There is no such webhook."""

    code = "notices.webhook-unknown"


class TooManyWebhooksError(ConflictError):
    """The system has as many as it may. Param `most`."""

    code = "notices.webhooks-too-many"


def check_webhook_address(url: str, check: CheckAddress) -> None:
    """Accept an address that a system named; outside of any transaction, since it asks the network.

    Raises:
        WebhookAddressRefusedError: it may not be called, or leads nowhere.
    """
    if len(url) > LONGEST_URL:
        raise WebhookAddressRefusedError(reason="too-long")
    try:
        check(url)
    except HttpFailedError as error:
        raise WebhookAddressRefusedError(reason=error.failure.value) from error


def add_webhook(
    session: Session,
    *,
    client_id: str,
    url: str,
    kinds: list[str],
    actor: Actor,
    now: datetime,
) -> Webhook:
    """Register an address that `check_webhook_address` has accepted.

    Raises:
        PermissionDeniedError: the actor does not keep the register.
        ClientUnknownError: there is no such system.
        TooManyWebhooksError: it has as many as it may.
    """
    require(actor, Permission.KEEP_CLIENTS)
    if session.get(Client, client_id) is None:
        raise ClientUnknownError
    theirs = select(Webhook.id).where(Webhook.client_id == client_id)
    if len(session.scalars(theirs).all()) >= MOST_OF_A_CLIENT:
        raise TooManyWebhooksError(most=MOST_OF_A_CLIENT)
    webhook = Webhook(
        id=f"wh-{secrets.token_hex(6)}",
        client_id=client_id,
        url=url,
        kinds=sorted(set(kinds)),
        generation=1,
        created_at=now,
    )
    session.add(webhook)
    session.flush()
    _record(session, WebhookAdded, webhook, actor.id, now)
    return webhook


def list_webhooks(session: Session, *, actor: Actor) -> list[Webhook]:
    """List the register.

    Raises:
        PermissionDeniedError: the actor does not keep it.
    """
    require(actor, Permission.KEEP_CLIENTS)
    return list(session.scalars(select(Webhook).order_by(Webhook.client_id, Webhook.id)))


def rotate_webhook_secret(
    session: Session, webhook_id: str, *, actor: Actor, now: datetime, overlap: timedelta = OVERLAP
) -> Webhook:
    """Give a webhook a new secret; requests are signed with both for a while.

    Raises:
        PermissionDeniedError: the actor does not keep the register.
        WebhookUnknownError: there is no such webhook.
    """
    webhook = _get(session, webhook_id, actor)
    webhook.generation += 1
    webhook.old_until_at = now + overlap
    _record(session, WebhookSecretRotated, webhook, actor.id, now)
    return webhook


def enable_webhook(session: Session, webhook_id: str, *, actor: Actor, now: datetime) -> None:
    """Enable a disabled webhook again; events of the meantime are not sent.

    Raises:
        PermissionDeniedError: the actor does not keep the register.
        WebhookUnknownError: there is no such webhook.
    """
    webhook = _get(session, webhook_id, actor)
    webhook.disabled_at = webhook.failing_since_at = None
    _record(session, WebhookEnabled, webhook, actor.id, now)


def remove_webhook(session: Session, webhook_id: str, *, actor: Actor, now: datetime) -> None:
    """Take a webhook out; what waits for it is dropped.

    Raises:
        PermissionDeniedError: the actor does not keep the register.
        WebhookUnknownError: there is no such webhook.
    """
    webhook = _get(session, webhook_id, actor)
    _record(session, WebhookRemoved, webhook, actor.id, now)
    session.delete(webhook)


def note_outcome(
    session: Session, webhook_id: str, *, failed: bool, is_gone: bool, now: datetime
) -> None:
    """Record the outcome of a delivery; disable a webhook that failed for long or is gone.

    Args:
        session: The transaction that writes the delivery's outcome.
        webhook_id: Which webhook; nothing is done if it is not there any more.
        failed: Whether the delivery failed.
        is_gone: Whether the receiver said that it wants no more (410).
        now: The present instant.
    """
    webhook = session.get(Webhook, webhook_id, with_for_update=True)
    if webhook is None or webhook.disabled_at is not None:
        return
    if not failed:
        webhook.failing_since_at = None
        return
    webhook.failing_since_at = webhook.failing_since_at or now
    if is_gone or now - webhook.failing_since_at >= DISABLED_AFTER:
        webhook.disabled_at = now
        _record(session, WebhookDisabled, webhook, SYSTEM, now)


def secrets_of(webhook: Webhook, key: bytes, now: datetime) -> list[str]:
    """Return the secrets that a webhook's requests are signed with, the newest first.

    Args:
        webhook: The webhook.
        key: The installation's key for such secrets.
        now: The present instant.
    """
    generations = [webhook.generation]
    if webhook.old_until_at is not None and now < webhook.old_until_at:
        generations.append(webhook.generation - 1)
    return [webhook_secret(key, webhook.id, each) for each in generations]


def _get(session: Session, webhook_id: str, actor: Actor) -> Webhook:
    require(actor, Permission.KEEP_CLIENTS)
    webhook = session.get(Webhook, webhook_id, with_for_update=True)
    if webhook is None:
        raise WebhookUnknownError
    return webhook


def _record(
    session: Session, step: type[WebhookStep], webhook: Webhook, actor: str, now: datetime
) -> None:
    record(session, step(subject=webhook.id, client=webhook.client_id), actor=actor, now=now)
