"""A clerk's desk: find the holder, choose the proofs, look at them, issue them in one go.

- Each step answers its form by leading to a page of its own (`api.web.desk.steps`): Back never
  meets a browser's error page, and what was typed is never lost.
- Nothing is issued that was not previewed: whoever issues has seen whose facts they are.
- Each proof is an issuance of its own under a key of its own, so that pressing the button twice
  issues once; one that is refused does not hold up the others.
- The same proof for the same holder and matter within a quarter of an hour asks once more.
- A holder's number never stands readable in an address, where histories and logs keep it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.shared.sentences import KNOWN_ERRORS, KnownError, sentence
from api.shared.views.copies import CertificateCopy, describe, get_certificate_copy
from api.web.copy_lists import copies_fetch, copy_listing, unit_filters
from api.web.desk.forms import REPLY, DeskForm, IssueForm
from api.web.desk.steps import (
    LONGEST_ADDRESS,
    Failed,
    Outcome,
    open_outcome,
    open_seen,
    open_step,
    seal_outcome,
    seal_seen,
    seal_step,
)
from api.web.desk.views import (
    BETWEEN,
    ProofSheet,
    caution_of,
    choices_of,
    matters_of,
    names_of_uses,
    oddities_of,
    permitted_uses,
    preview_view,
)
from api.web.forms.faults import Fault, fault_of_error
from api.web.forms.form import Sent
from api.web.forms.form import sent as read_form
from api.web.forms.raw import RawForm
from api.web.forms.views import FormView, Option, form_view
from api.web.lists.views import list_page, wanted_export
from api.web.visits import PageVisit, Visit
from certsvc.certificates.extraction.holder_copies import look_up_holder
from certsvc.certificates.extraction.service import CopyUnknownError
from certsvc.certificates.issuance.rules import (
    IssueRequest,
    RepeatedError,
    clean_purpose,
)
from certsvc.foundation.codes.holder import (
    HolderCode,
    HolderCodeType,
    mask_code,
    mask_name,
    normalise_code,
)
from certsvc.foundation.messages.names import name_in
from certsvc.people.rights.rules import Permission

router = APIRouter()
ADDRESS = "/desk"
HOLDER_ADDRESS, PREVIEW_ADDRESS, ISSUED_ADDRESS = (
    f"{ADDRESS}/{step}" for step in ("holder", "preview", "issued")
)
COPIES = copy_listing("page.desk.empty", more_filters=unit_filters())


SentDesk = Annotated[Sent[DeskForm], Depends(DeskForm.read)]
SentIssue = Annotated[Sent[IssueForm], Depends(IssueForm.read)]


@router.get(ADDRESS)
def show_desk(visit: PageVisit) -> Response:
    """Show the form to find a holder, and the unit's copies.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not issue.
    """
    _require_clerk(visit)
    kind = wanted_export(visit)
    if kind:
        return COPIES.export(visit, kind, copies_fetch(visit))
    return _show_start(visit, None)


@router.post(HOLDER_ADDRESS)
def find_holder(visit: PageVisit, sent: SentDesk) -> Response:
    """Lead to what the unit knows of a holder."""
    _require_clerk(visit)
    return _lead(visit, HOLDER_ADDRESS, sent)


@router.get(HOLDER_ADDRESS)
def choose(visit: PageVisit, at: str = "") -> Response:
    """Show what the unit knows of a holder, and the proofs that the matter uses."""
    _require_clerk(visit)
    sent = _sent_of(visit, at)
    return visit.lead_to(ADDRESS) if sent is None else _show_choices(visit, sent)


@router.post(PREVIEW_ADDRESS)
def look(visit: PageVisit, sent: SentDesk) -> Response:
    """Lead to the preview of the proofs that were chosen."""
    _require_clerk(visit)
    return _lead(visit, PREVIEW_ADDRESS, sent)


@router.get(PREVIEW_ADDRESS)
def preview(visit: PageVisit, at: str = "") -> Response:
    """Show what would be issued, side by side; a refusal shows the choices with all in them."""
    _require_clerk(visit)
    sent = _sent_of(visit, at)
    return visit.lead_to(ADDRESS) if sent is None else _show_preview(visit, sent, at)


@router.post(ADDRESS)
def issue(visit: PageVisit, sent: SentIssue) -> Response:
    """Issue the proofs that were shown and are ticked, each by itself, and tell of each."""
    _require_clerk(visit)
    form = sent.values
    chosen = _sent_of(visit, form.at) if form else None
    if form is None or chosen is None or chosen.values is None:
        return visit.lead_to(ADDRESS)
    seen = open_seen(visit, form.seen, form.at)
    uses = [use for use in chosen.values.use if use in form.use and use in seen]
    if sent.is_kept or not uses:
        return visit.lead_to(f"{PREVIEW_ADDRESS}?at={form.at}")
    known = frozenset(sent.raw.texts.get("again", ()))
    outcome = _issue_all(visit, chosen, uses, known, step=form.at)
    return visit.lead_to(f"{ISSUED_ADDRESS}?at={seal_outcome(visit, outcome)}")


@router.get(ISSUED_ADDRESS)
def show_issued(visit: PageVisit, at: str = "") -> Response:
    """Show what was issued in one go, and what was not and why."""
    _require_clerk(visit)
    outcome = open_outcome(visit, at)
    if outcome is None:
        return visit.lead_to(ADDRESS)
    copies = [copy for number in outcome.issued if (copy := _find_copy(visit, number))]
    names = names_of_uses(visit)
    return visit.show(
        "desk_issued.html",
        copies=[(copy, oddities_of(visit, copy)) for copy in copies],
        failed=[
            (names.get(each.use, each.use), each, sentence(each.code, visit.language, each.params))
            for each in outcome.failed
        ],
        again=_step_for(visit, outcome.step, [each.use for each in outcome.failed]),
        same=_step_for(visit, outcome.step, []),
    )


def _require_clerk(visit: Visit) -> None:
    visit.require_staff(Permission.ISSUE, Permission.READ_UNIT_CERTIFICATES)


def _lead(visit: Visit, address: str, sent: Sent[DeskForm]) -> Response:
    """Lead to the page of a step; one that no address can carry is answered in place."""
    texts = {name: texts for name, texts in sent.raw.texts.items() if name != "again"}
    raw = replace(sent.raw, texts=texts | {"key": (str(uuid.uuid4()),)}, files={})
    at = seal_step(visit, raw)
    if sent.is_kept or len(at) > LONGEST_ADDRESS or sent.raw == RawForm():
        return _show_choices(visit, sent)
    return visit.lead_to(f"{address}?at={at}")


def _sent_of(visit: Visit, at: str) -> Sent[DeskForm] | None:
    raw = open_step(visit, at)
    return read_form(DeskForm, raw, visit) if raw is not None else None


def _step_for(visit: Visit, step: str, uses: Sequence[str]) -> str:
    """Return the same step with other proofs chosen; empty if it is over."""
    raw = open_step(visit, step)
    if raw is None:
        return ""
    texts = {**raw.texts, "use": tuple(uses), "key": (str(uuid.uuid4()),)}
    return seal_step(visit, replace(raw, texts=texts))


def _reply(sent: Sent[DeskForm], use: str) -> str | None:
    return sent.raw.one(REPLY + use).strip() or None


def _issue_all(
    visit: Visit, chosen: Sent[DeskForm], uses: Sequence[str], known: frozenset[str], *, step: str
) -> Outcome:
    issued, failed = [], []
    for use in uses:
        try:
            issued.append(_issue_one(visit, chosen, use, known))
        except KNOWN_ERRORS as error:
            failed.append(_failure(visit, chosen, use, error))
    return Outcome(issued=issued, failed=failed, step=step)


def _issue_one(visit: Visit, chosen: Sent[DeskForm], use: str, known: frozenset[str]) -> str:
    request = _request(visit, chosen, use)
    recent = caution_of(visit, request)
    if recent is not None and recent.copy_number in known:
        request = replace(request, knows_of=recent.copy_number)
    return visit.services.issuer.issue(request, actor=visit.actor).copy_number


def _failure(visit: Visit, chosen: Sent[DeskForm], use: str, error: KnownError) -> Failed:
    if isinstance(error, RepeatedError):
        caution = caution_of(visit, _request(visit, chosen, use))
        if caution is not None:
            return Failed(
                use=use, code=caution.code, params=caution.params, earlier=caution.earlier
            )
    return Failed(use=use, code=error.code, params=dict(error.params))


def _request(visit: Visit, chosen: Sent[DeskForm], use: str) -> IssueRequest:
    if chosen.values is None:
        raise TypeError
    return chosen.values.to_issue_request(visit, use, _reply(chosen, use))


def _find_copy(visit: Visit, number: str) -> CertificateCopy | None:
    try:
        return get_certificate_copy(visit, number)
    except CopyUnknownError:
        return None


def _show_preview(visit: Visit, sent: Sent[DeskForm], at: str) -> Response:
    sent = sent.checked(visit, lambda: clean_purpose(sent.raw.one("purpose")))
    if sent.values is not None and not sent.values.use:
        missing = Fault(text=sentence("form.choose-one", visit.language), field="use")
        sent = replace(sent, values=None, faults=(missing,))
    form = sent.values
    if form is None:
        return _show_choices(visit, sent)
    sheets = [_sheet(visit, sent, use) for use in form.use]
    shown = [sheet for sheet in sheets if sheet.view is not None]
    if not shown:
        faults = tuple(sheet.fault for sheet in sheets if sheet.fault)
        return _show_choices(visit, replace(sent, values=None, faults=faults))
    return visit.show(
        "desk_preview.html",
        sheets=sheets,
        holder_name=mask_name(next(s.view.preview.data.holder_name for s in shown if s.view)),
        holder_code=mask_code(normalise_code(form.holder)),
        at=at,
        seen=seal_seen(visit, at, [sheet.use for sheet in shown]),
        form=_view(visit, sent),
        choose=f"{HOLDER_ADDRESS}?at={at}",
    )


def _sheet(visit: Visit, sent: Sent[DeskForm], use: str) -> ProofSheet:
    name = names_of_uses(visit).get(use) or use.partition(BETWEEN)[2]
    try:
        request = _request(visit, sent, use)
        found = visit.services.previewer.preview(request, actor=visit.actor)
    except KNOWN_ERRORS as error:
        fault = fault_of_error(error, DeskForm.field_of(error), visit.language)
        if len(sent.values.use if sent.values else ()) > 1:
            fault = replace(fault, text=f"{name}：{fault.text}")
        return ProofSheet(use=use, name=name, fault=fault)
    view, caution = preview_view(found, visit), caution_of(visit, request)
    return ProofSheet(use=use, name=name, view=view, caution=caution)


def _matter(sent: Sent[DeskForm]) -> str:
    return sent.raw.one("matter") or sent.raw.one("use").partition(BETWEEN)[0]


def _view(visit: Visit, sent: Sent[DeskForm] | None) -> FormView:
    """Lay out the form with all that was typed; the matter also where only a use was chosen."""
    matters = matters_of(visit)
    view = form_view(
        visit,
        DeskForm,
        ADDRESS,
        sent=sent,
        start={"kind": HolderCodeType.IDENTITY_NUMBER.value},
        options={
            "kind": [
                Option(
                    value=kind.value,
                    label=sentence(f"word.holder_kind.{kind.value}", visit.language),
                )
                for kind in _KINDS
            ],
            "matter": [Option(value=code, label=name) for code, name in matters.items()],
        },
    )
    matter = replace(view["matter"], value=_matter(sent) if sent else "")
    return replace(view, fields={**view.fields, "matter": matter})


def _show_choices(visit: Visit, sent: Sent[DeskForm]) -> Response:
    """Show what the unit knows of the holder and the proofs; the first form, if that fails."""
    kind = sent.values.kind if sent.values else _kind_of(sent)
    try:
        holder = HolderCode(value=sent.raw.one("holder"), kind=kind)
        with visit.transaction() as session:
            known = look_up_holder(
                session,
                holder=holder,
                holder_key=visit.services.holder_key,
                matter_code=_matter(sent),
                actor=visit.actor,
                now=visit.now,
            )
            copies = [describe(copy, visit.now, visit.language) for copy in known.copies]
            matter_name = name_in(visit.language, known.matter.name, known.matter.name_en)
    except KNOWN_ERRORS as error:
        return _show_start(visit, sent if sent.faults else sent.refused(error, visit))
    uses = [use for use in permitted_uses(visit) if use.matter == _matter(sent)]
    choices = choices_of(uses, kind=kind, visit=visit)
    return visit.show(
        "desk_choose.html",
        status=sent.status,
        known=known,
        copies=copies,
        matter_name=matter_name,
        choices=choices,
        replies={use.value: sent.raw.one(REPLY + use.value) for use in choices},
        form=_view(visit, sent),
    )


def _kind_of(sent: Sent[DeskForm]) -> HolderCodeType:
    typed = sent.raw.one("kind")
    return next(
        (kind for kind in HolderCodeType if kind.value == typed), HolderCodeType.IDENTITY_NUMBER
    )


def _show_start(visit: Visit, sent: Sent[DeskForm] | None) -> Response:
    return visit.show(
        "desk.html",
        status=sent.status if sent else HTTPStatus.OK,
        form=_view(visit, sent),
        copies=list_page(visit, COPIES, copies_fetch(visit), action=ADDRESS),
    )


_KINDS = (
    HolderCodeType.IDENTITY_NUMBER,
    HolderCodeType.HONG_KONG_MACAO_PERMIT,
    HolderCodeType.TAIWAN_PERMIT,
    HolderCodeType.PASSPORT,
    HolderCodeType.OTHER_PERSON,
    HolderCodeType.CREDIT_CODE,
    HolderCodeType.OTHER_ORGANISATION,
)
"""Kinds of document, the most usual first."""
