"""`certsvc webhooks`: addresses of systems that events are sent to."""

from typing import Annotated

import typer

from api.cli.console import both, console_of
from api.cli.installation import installation, machine_operator
from api.shared.sentences import sentence
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.foundation.notifications.outbox import list_deliveries
from certsvc.housekeeping.notices import check_kinds
from certsvc.people.notices.records import Webhook
from certsvc.people.notices.webhooks import (
    add_webhook,
    check_webhook_address,
    enable_webhook,
    list_webhooks,
    remove_webhook,
    rotate_webhook_secret,
    secrets_of,
)

app = typer.Typer(no_args_is_help=True)
WebhookArgument = Annotated[
    str, typer.Argument(metavar="WEBHOOK", help=both("cli.webhooks.option.webhook"))
]


@app.command("add", help=both("cli.webhooks.add.help"))
def add(
    context: typer.Context,
    client: Annotated[
        str, typer.Argument(metavar="CLIENT", help=both("cli.webhooks.option.client"))
    ],
    url: Annotated[str, typer.Argument(metavar="URL", help=both("cli.webhooks.option.url"))],
    *,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help=both("cli.webhooks.option.kind"))
    ] = None,
) -> None:
    """Register a webhook; the secret alone goes to standard output."""
    console, kinds = console_of(context), kind or []
    check_kinds(kinds)
    with installation() as services:
        require_current_schema(services.database)
        check_webhook_address(url, services.http.to_strangers.check_address)
        now = services.clock.now()
        with services.database.transaction() as session:
            webhook = add_webhook(
                session,
                client_id=client,
                url=url,
                kinds=kinds,
                actor=machine_operator(),
                now=now,
            )
            secret = secrets_of(webhook, services.notices.webhook_key(), now)[0]
            number = webhook.id
    console.note("cli.webhooks.added", webhook=number)
    console.out.print(secret, soft_wrap=True)


@app.command("list", help=both("cli.webhooks.list.help"))
def list_all(context: typer.Context) -> None:
    """List the register, one webhook a line."""
    console = console_of(context)
    with installation() as services:
        require_current_schema(services.database)
        with services.database.reading() as session:
            found = list_webhooks(session, actor=machine_operator())
    if not found:
        console.say("cli.webhooks.none")
    for each in found:
        state = console.text(f"cli.webhooks.state.{_state(each)}")
        kinds = " ".join(each.kinds) or "*"
        console.out.print(each.id, each.client_id, each.url, kinds, state, soft_wrap=True)


@app.command("rotate", help=both("cli.webhooks.rotate.help"))
def rotate(context: typer.Context, webhook: WebhookArgument) -> None:
    """Give a webhook a new secret; the secret alone goes to standard output."""
    with installation() as services:
        require_current_schema(services.database)
        now = services.clock.now()
        with services.database.transaction() as session:
            found = rotate_webhook_secret(session, webhook, actor=machine_operator(), now=now)
            secret = secrets_of(found, services.notices.webhook_key(), now)[0]
    console = console_of(context)
    console.note("cli.webhooks.rotated", webhook=webhook)
    console.out.print(secret, soft_wrap=True)


@app.command("enable", help=both("cli.webhooks.enable.help"))
def enable(context: typer.Context, webhook: WebhookArgument) -> None:
    """Use a webhook again that was disabled."""
    with installation() as services:
        require_current_schema(services.database)
        with services.database.transaction() as session:
            enable_webhook(session, webhook, actor=machine_operator(), now=services.clock.now())
    console_of(context).say("cli.webhooks.enabled", webhook=webhook)


@app.command("remove", help=both("cli.webhooks.remove.help"))
def remove(context: typer.Context, webhook: WebhookArgument) -> None:
    """Remove a webhook; what waits for it is dropped."""
    with installation() as services:
        require_current_schema(services.database)
        with services.database.transaction() as session:
            remove_webhook(session, webhook, actor=machine_operator(), now=services.clock.now())
    console_of(context).say("cli.webhooks.removed", webhook=webhook)


@app.command("log", help=both("cli.webhooks.log.help"))
def log(context: typer.Context, webhook: WebhookArgument) -> None:
    """List the last deliveries to a webhook, the newest first."""
    console = console_of(context)
    with installation() as services:
        require_current_schema(services.database)
        with services.database.reading() as session:
            found = list_deliveries(session, target=webhook)
    if not found:
        console.say("cli.webhooks.none")
    for each in found:
        state = sentence(f"word.delivery_state.{each.state}", console.language)
        outcome = each.last_reason or each.last_status or ""
        at = rfc3339(each.tried_at or each.created_at)
        console.out.print(at, each.message_id, state, each.attempts, outcome, soft_wrap=True)


def _state(webhook: Webhook) -> str:
    if webhook.disabled_at is not None:
        return "disabled"
    return "enabled" if webhook.failing_since_at is None else "failing"
