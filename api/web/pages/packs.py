"""The pages of template packs: versions, a picture of each, and the decisions of two people."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.shared.numbers import read_number
from api.shared.sentences import sentence
from api.web.forms.deciding import DecidingForm
from api.web.forms.fields import choice, day, text
from api.web.forms.form import Form, Sent, answer
from api.web.forms.views import Option, form_view
from api.web.lists.listing import Column, Listing, pages_of
from api.web.lists.views import list_page, narrowed, short_list, wanted_export
from api.web.visits import PageVisit, Visit
from certsvc.catalogue.packs.decisions import decide_version
from certsvc.catalogue.packs.rules import (
    VersionState,
)
from certsvc.catalogue.packs.shown_versions import read_version
from certsvc.catalogue.packs.views import VersionLine, get_version, list_versions, open_version
from certsvc.foundation.approvals.rules import (
    REASON_MAX_LENGTH,
    ProposalUnknownError,
    ReasonMissingError,
)
from certsvc.foundation.clock import china_day
from certsvc.people.rights.rules import Permission, may
from templates.samples import SAMPLES, sample_face

router = APIRouter()
ADDRESS = "/packs"
_FOREVER = "private, max-age=31536000, immutable"
_FAULTS: Mapping[type[Exception], str] = {ReasonMissingError: "reason"}
PACKS = Listing[VersionLine](
    name="packs",
    columns=(
        Column(name="title", label="page.packs.name", text=lambda line, _: line.title),
        Column(
            name="code", label="page.packs.code", text=lambda line, _: line.code, is_filter=True
        ),
        Column(name="version", label="page.packs.version-title", text=lambda line, _: line.version),
        Column(
            name="effective",
            label="page.packs.effective",
            text=lambda line, _: line.effective_on.isoformat(),
        ),
        Column(
            name="state",
            label="field.state",
            text=lambda line, visit: sentence(
                f"word.pack-state.{line.state.value}", visit.language
            ),
            is_filter=True,
        ),
    ),
    empty="page.packs.none",
    per_page=200,
)
WAITING = Listing[VersionLine](
    name="waiting", columns=PACKS.columns, empty="page.packs.nothing-waits", per_page=200
)


class ProposalForm(Form):
    """A pack of the folder that is to take effect."""

    FAULTS_AT: ClassVar[Mapping[type[Exception], str]] = _FAULTS
    pack: Annotated[str, choice("page.packs.code")]
    effective_on: Annotated[date, day("page.packs.effective", hint="page.packs.effective.hint")]
    reason: Annotated[str, text("page.packs.reason", longest=REASON_MAX_LENGTH)]


class DecisionForm(DecidingForm):
    """What somebody decides on a version, as the pressed button says."""

    FAULTS_AT: ClassVar[Mapping[type[Exception], str]] = _FAULTS
    reason: Annotated[
        str, text("page.packs.decision-reason", longest=REASON_MAX_LENGTH, asked=True)
    ] = ""


@router.get(ADDRESS)
def show_packs(visit: PageVisit) -> Response:
    """Show what waits, what is in force, and what was."""
    visit.require_staff(Permission.READ_PACKS)
    kind = wanted_export(visit)
    if kind:
        return PACKS.export(visit, kind, pages_of(narrowed(visit, PACKS, _lines(visit))))
    return _show_packs(visit)


@router.post(ADDRESS)
def propose(
    visit: PageVisit, sent: Annotated[Sent[ProposalForm], Depends(ProposalForm.read)]
) -> Response:
    """Propose a pack of the folder; a refusal shows the form again with everything in it."""
    visit.require_staff(Permission.READ_PACKS)

    def do(form: ProposalForm) -> str:
        version = visit.services.pack_desk.propose(
            form.pack, effective_on=form.effective_on, reason=form.reason, actor=visit.actor
        )
        return f"{ADDRESS}/{version.id}"

    return answer(visit, sent, do=do, show=lambda sent: _show_packs(visit, sent))


@router.get(f"{ADDRESS}/{{number}}")
def show_version(number: str, visit: PageVisit) -> Response:
    """Show a version: both samples, who wants it and why, and what can be done."""
    visit.require_staff(Permission.READ_PACKS)
    return _show_version(visit, read_number(number, ProposalUnknownError))


@router.post(f"{ADDRESS}/{{number}}")
def decide(
    number: str, visit: PageVisit, sent: Annotated[Sent[DecisionForm], Depends(DecisionForm.read)]
) -> Response:
    """Approve, reject or withdraw a version, as the pressed button says."""
    visit.require_staff(Permission.READ_PACKS)
    version_id = read_number(number, ProposalUnknownError)

    def do(form: DecisionForm) -> str:
        with visit.transaction() as session:
            decide_version(
                session, version_id, form.as_decision(), actor=visit.actor, now=visit.now
            )
        return f"{ADDRESS}/{version_id}"

    return answer(visit, sent, do=do, show=lambda sent: _show_version(visit, version_id, sent))


@router.get(f"{ADDRESS}/{{number}}/{{sample}}.png")
def show_picture(number: str, sample: str, visit: PageVisit) -> Response:
    """Draw the first page of a version's sample, as the version keeps it."""
    visit.require_staff(Permission.READ_PACKS)
    name = next((each for each in SAMPLES if each == sample), None)
    if name is None:
        raise ProposalUnknownError
    with visit.reading() as session:
        version_id = read_number(number, ProposalUnknownError)
        pack = open_version(session, version_id, actor=visit.actor)
    picture = visit.services.renderer.pictures(pack, sample_face(pack, name))[0]
    return Response(picture, media_type="image/png", headers={"Cache-Control": _FOREVER})


def _lines(visit: Visit) -> list[VersionLine]:
    """Return all versions, those in force first."""
    with visit.reading() as session:
        lines = list_versions(session, actor=visit.actor, now=visit.now)
    return sorted(lines, key=lambda line: line.state is not VersionState.IN_FORCE)


def _show_packs(visit: Visit, sent: Sent[ProposalForm] | None = None) -> Response:
    lines = _lines(visit)
    versions = short_list(
        visit, PACKS, [line for line in lines if line.state is not VersionState.WAITING]
    )
    waiting = [line for line in lines if line.state is VersionState.WAITING]
    codes = [Option(value=code, label=code) for code in visit.services.pack_desk.codes()]
    return visit.show(
        "packs.html",
        status=sent.status if sent else 200,
        form=form_view(
            visit,
            ProposalForm,
            ADDRESS,
            sent=sent,
            start={"effective_on": china_day(visit.now).isoformat()},
            options={"pack": codes},
        ),
        waiting=list_page(visit, WAITING, pages_of(waiting), exports=False),
        versions_list=versions,
        in_force=[line for line in versions.rows if line.state is VersionState.IN_FORCE],
        others=[line for line in versions.rows if line.state is not VersionState.IN_FORCE],
        is_proposer=may(visit.actor, Permission.PROPOSE_PACK),
    )


def _show_version(
    visit: Visit, version_id: int, sent: Sent[DecisionForm] | None = None
) -> Response:
    with visit.reading() as session:
        line = get_version(session, version_id, actor=visit.actor, now=visit.now)
        whole = read_version(session, version_id, actor=visit.actor)
    is_own = line.proposed_by == visit.actor.id
    return visit.show(
        "pack_version.html",
        status=sent.status if sent else 200,
        line=line,
        whole=whole,
        form=form_view(visit, DecisionForm, f"{ADDRESS}/{version_id}", sent=sent),
        samples=SAMPLES,
        may_decide=may(visit.actor, Permission.APPROVE_PACK) and not is_own,
        may_withdraw=is_own,
    )
