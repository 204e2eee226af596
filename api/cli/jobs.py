"""`certsvc jobs`: jobs that failed, and trying one again."""

from typing import Annotated

import typer

from api.cli.console import both, console_of
from api.cli.installation import installation, machine_operator
from api.shared.views.job_labels import kind_label
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.housekeeping.job_desk import see_jobs, try_job_again

app = typer.Typer(no_args_is_help=True)
NumberArgument = Annotated[
    int, typer.Argument(metavar="NUMBER", min=1, help=both("cli.jobs.option.number"))
]


@app.command("list", help=both("cli.jobs.list.help"))
def list_all(context: typer.Context) -> int:
    """Count the jobs and list those that failed; exit code 1 if one was given up."""
    console = console_of(context)
    with installation() as services:
        require_current_schema(services.database)
        with services.database.reading() as session:
            seen = see_jobs(session, actor=machine_operator(), now=services.clock.now())
    counts = seen.counts
    console.say(
        "page.jobs.counts",
        waiting=counts.waiting,
        late=counts.late,
        retrying=counts.retrying,
        failed=counts.failed,
        workers=counts.workers,
    )
    for job in seen.troubled:
        next_at = rfc3339(job.run_at) if job.run_at else console.text("page.jobs.state.failed")
        console.say(
            "cli.jobs.line",
            number=job.id,
            kind=kind_label(job.kind, console.language),
            subject=job.subject,
            attempts=job.attempts,
            next=next_at,
            error=job.last_error or "",
        )
    return int(counts.failed > 0)


@app.command("retry", help=both("cli.jobs.retry.help"))
def retry(context: typer.Context, number: NumberArgument) -> None:
    """Have a job that failed tried again at once."""
    with installation() as services:
        require_current_schema(services.database)
        with services.database.transaction() as session:
            try_job_again(session, number, actor=machine_operator(), now=services.clock.now())
    console_of(context).say("page.jobs.tried")
