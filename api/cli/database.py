"""`certsvc db`: the database."""

import typer

from api.cli.console import both, console_of
from api.cli.installation import installation
from api.cli.serving import tell_unoffered
from api.cli.workers import listeners
from certsvc.foundation.db.migrate import (
    SchemaOutOfDateError,
    current_revision,
    head_revision,
    migrate,
    require_current_schema,
)
from certsvc.sealing.uses.use_checks import check_uses
from certsvc.verification.transparency.service import check_log

app = typer.Typer(no_args_is_help=True)


@app.command("migrate", help=both("cli.db.migrate.help"))
def migrate_database(context: typer.Context) -> None:
    """Bring the database to this program's schema, and tell what the operator has to do then."""
    console = console_of(context)
    with installation() as services:
        migrate(services.database, services.hidden_keys.hide)
        console.say("cli.db.migrated", revision=str(current_revision(services.database)))
        tell_unoffered(services, console)


@app.command("status", help=both("cli.db.status.help"))
def show_status(context: typer.Context) -> None:
    """Show both revisions; exit code 1 if they differ."""
    with installation() as services:
        current, head = current_revision(services.database), head_revision()
    console_of(context).say("cli.db.status", current=str(current or "-"), head=str(head))
    if current != head:
        raise SchemaOutOfDateError


@app.command("recover", help=both("cli.db.recover.help"))
def recover(context: typer.Context) -> None:
    """Finish or void what a dead process left behind; stop seals that have come to their end."""
    with installation() as services:
        require_current_schema(services.database)
        result = services.recovery.recover()
        services.job_worker(listeners(console_of(context))).run_chores()
    console_of(context).say("cli.recovered", finished=result.finished, voided=result.voided)


@app.command("check-log", help=both("cli.db.check-log.help"))
def check_whole_log(context: typer.Context) -> None:
    """Recompute the chain of the log, and hold the log of uses against it."""
    with installation() as services:
        require_current_schema(services.database)
        count = check_log(services.database, services.deliverer)
        with services.database.reading() as session:
            uses = check_uses(session)
    console_of(context).say("cli.db.log-whole", count=count, uses=uses)
