"""`certsvc issue`: issue one certificate as the operator of the machine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Console, both, console_of
from api.cli.files import check_writable, write_whole
from api.cli.installation import installation, machine_operator
from api.shared.views.source_warnings import warning_sentences
from certsvc.certificates.issuance.pipeline import StepListener
from certsvc.certificates.issuance.rules import IssueRequest, Step
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.foundation.storage.objects import parse_digest


def issue(  # noqa: PLR0913  one option each
    context: typer.Context,
    *,
    type_code: Annotated[str, typer.Option("--type", help=both("cli.option.type"))],
    holder: Annotated[str, typer.Option("--holder", help=both("cli.option.holder"))],
    unit: Annotated[str, typer.Option("--unit", help=both("cli.option.unit"))],
    matter: Annotated[str, typer.Option("--matter", help=both("cli.option.matter"))],
    purpose: Annotated[str, typer.Option("--purpose", help=both("cli.option.purpose"))],
    out: Annotated[Path, typer.Option("--out", help=both("cli.option.out"))],
    holder_kind: Annotated[
        HolderCodeType, typer.Option("--holder-kind", help=both("cli.option.holder-kind"))
    ] = HolderCodeType.IDENTITY_NUMBER,
    reply: Annotated[str | None, typer.Option("--reply", help=both("cli.option.reply"))] = None,
    idempotency_key: Annotated[
        str | None, typer.Option("--idempotency-key", help=both("cli.option.idempotency-key"))
    ] = None,
    force: Annotated[bool, typer.Option("--force", help=both("cli.option.force"))] = False,
) -> None:
    """Issue a certificate in nine steps and write the sealed PDF to a file."""
    console = console_of(context)
    check_writable(out, force=force)
    request = IssueRequest(
        type_code=type_code,
        holder=HolderCode(value=_typed(holder).strip().upper(), kind=holder_kind),
        unit_code=unit,
        matter_code=matter,
        purpose=purpose,
        idempotency_key=idempotency_key,
        reply_id=reply,
    )
    with installation() as services:
        issued = services.issuer.issue(
            request, actor=machine_operator(), on_step=step_listener(console)
        )
        write_whole(out, services.store.get(parse_digest(issued.sha256)), force=force)
        oddities = warning_sentences(
            issued.warnings,
            type_code=request.type_code,
            packs=services.packs,
            language=console.language,
        )
    console.say(
        "cli.issue.done",
        identifier=issued.identifier,
        date=issued.valid_until.isoformat(),
        file=str(out),
    )
    for oddity in oddities:
        console.err.print(oddity)


def _typed(holder: str) -> str:
    # A command's arguments can be seen by everybody on the machine, in `ps` and in histories.
    return sys.stdin.readline() if holder == "-" else holder


def step_listener(console: Console) -> StepListener:
    """Tell each of the nine steps when it is done."""

    def tell(step: Step) -> None:
        console.err.print(f"  {step.value}/{len(Step)} ✓ {console.text(f'step.{step.value}')}")

    return tell
