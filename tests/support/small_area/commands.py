"""`certsvc notes`: writing one at the command line."""

from typing import Annotated

import typer

from api.cli.calls import acting
from api.cli.staff_log_in import StaffOption
from tests.support.small_area.service import add_note

app = typer.Typer()


@app.command("add")
def add(
    context: typer.Context, title: Annotated[str, typer.Argument()], login: StaffOption = ""
) -> None:
    """Write a note."""
    with acting(context, login) as call:
        with call.transaction() as session:
            note = add_note(session, title=title, due_on=None, actor=call.actor, now=call.now)
            number = note.id
        call.console.say_json({"number": number, "title": title})
