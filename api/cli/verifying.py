"""`certsvc verify`: whether files are authentic; exit code 0 only if every one is.

The exit code follows the answer, which never says more than the verdict (EN 319 102-1).
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Console, both, console_of, plain_name
from api.cli.errors import NoTrustError, ReportOfOneError
from api.cli.files import check_writable, read_bounded, write_whole
from api.cli.installation import home_folder, installed_settings, is_initialised
from api.shared.sentences import KNOWN_ERRORS, KnownError, sentence_of
from api.shared.views.reports import ReportAnswer, answer_of
from certsvc.bootstrap import Services
from certsvc.foundation.clock import SystemClock
from certsvc.foundation.settings import Settings, read_settings
from certsvc.verification.authenticity.offline import check_file_offline
from certsvc.verification.authenticity.rules import AuthenticityAnswer, AuthenticityReport
from signing.trust import TrustStore

CheckFile = Callable[[bytes], AuthenticityReport]
_MARKS = {"passed": "✓", "failed": "✗", "not_checked": "-"}


def verify(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=both("cli.option.files"))],
    *,
    as_json: Annotated[bool, typer.Option("--json", help=both("cli.option.json"))] = False,
    trust: Annotated[
        list[Path] | None, typer.Option("--trust", help=both("cli.option.trust"))
    ] = None,
    paper: Annotated[Path | None, typer.Option("--report", help=both("cli.option.report"))] = None,
    force: Annotated[bool, typer.Option("--force", help=both("cli.option.force"))] = False,
) -> None:
    """Check files against the installation's roots and register, or against given roots alone."""
    console = console_of(context)
    if paper is not None:
        if len(files) > 1:
            raise ReportOfOneError
        check_writable(paper, force=force)
    # Nothing is recorded, so nothing has to be delivered, and without a register no database opens.
    with closing(Services(_settings(offline=bool(trust)))) as services:
        check = _offline(trust, services) if trust else services.authenticity.check_file
        answers = [_check_one(path, check, console, as_json=as_json) for path in files]
        if paper is not None and answers[0] is not None:
            notice = "page.demonstration" if _is_demonstration(services, trust) else None
            content = _report(answers[0], console, services, notice)
            write_whole(paper, content, force=force)
            console.note("cli.verify.report", file=str(paper))
    if not all(answer and answer.answer == AuthenticityAnswer.AUTHENTIC for answer in answers):
        raise typer.Exit(1)


def _report(
    answer: ReportAnswer, console: Console, services: Services, notice: str | None
) -> bytes:
    # It loads the layout engine, which most checks do without.
    from api.shared.views.report_papers import report_paper  # noqa: PLC0415

    renderer = services.report_renderer
    return report_paper(answer, console.language, renderer=renderer, notice=notice)


def _settings(*, offline: bool) -> Settings:
    if is_initialised() and not offline:
        return installed_settings()
    if not offline:
        raise NoTrustError(home=str(home_folder()))
    # Only packs and fonts are used, which need no installation.
    return read_settings(home_folder(), mode="demonstration")


def _is_demonstration(services: Services, trust: list[Path] | None) -> bool:
    return not trust and services.settings.mode == "demonstration"


def _offline(roots: list[Path], services: Services) -> CheckFile:
    trust, clock = TrustStore.from_pem(roots), SystemClock()
    return lambda content: check_file_offline(
        content, trust=trust, now=clock.now(), parts=services.paper_parts_without_register
    )


def _check_one(
    path: Path, check: CheckFile, console: Console, *, as_json: bool
) -> ReportAnswer | None:
    try:
        report = check(read_bounded(path))
    except KNOWN_ERRORS as error:
        _tell_error(path, error, console, as_json=as_json)
        return None
    answer = answer_of(report, console.language)
    if as_json:
        console.say_json({"file": str(path), **answer.model_dump(mode="json", by_alias=True)})
    else:
        _tell(path, answer, console)
    return answer


def _tell(path: Path, answer: ReportAnswer, console: Console) -> None:
    style = "green" if answer.answer == AuthenticityAnswer.AUTHENTIC else "red"
    console.out.print(f"{plain_name(str(path))}: {answer.title}", style=f"bold {style}")
    console.out.print(f"  {answer.text}")
    reason = f" / {answer.sub_indication}" if answer.sub_indication else ""
    console.out.print(f"  {console.text('field.verdict')}: {answer.verdict}{reason}")
    for seal in answer.seals:
        level = f" ({seal.level})" if seal.level else ""
        console.out.print(f"  {console.text('field.seal')}: {seal.name}{level}")
    for check in answer.checks:
        mark = _MARKS[check.outcome]
        console.out.print(f"  {mark} {check.number:2} {check.title}: {check.text}")


def _tell_error(path: Path, error: KnownError, console: Console, *, as_json: bool) -> None:
    if as_json:
        text = sentence_of(error, console.language)
        console.say_json({"file": str(path), "error": {"code": error.code, "text": text}})
    else:
        console.refuse(error)
