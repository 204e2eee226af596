"""A clerk's desk: find the holder, choose the proof, look at it, issue it.

- A form carries its own idempotency key, so that pressing the button twice issues once.
- The same proof for the same holder and matter within a quarter of an hour asks once more.
- What was typed is never lost: not by a refusal, nor by a log-in that ran out.
- A holder's number travels in forms alone, never in an address, where histories and logs keep it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.shared.sentences import KNOWN_ERRORS, sentence
from api.shared.views.copies import CertificateCopy, describe, get_certificate_copy
from api.shared.views.issue_requests import CertificateRequest
from api.shared.views.source_words import warning_sentences
from api.web.copy_lists import copies_fetch, copy_listing, unit_filters
from api.web.desk_views import BETWEEN, choices_of, permitted_uses, preview_view
from api.web.forms.fields import HIDDEN, choice, line, radio
from api.web.forms.form import Form, Sent, answer
from api.web.forms.views import FormView, Option, form_view
from api.web.lists.views import list_page, wanted_export
from api.web.visits import PageVisit, Visit
from certsvc.certificates.extraction.holder_copies import look_up_holder
from certsvc.certificates.extraction.service import CopyUnknownError, get_copy
from certsvc.certificates.issuance.repetitions import find_recent_copy
from certsvc.certificates.issuance.rules import IssueRequest, PurposeMissingError, RepeatedError
from certsvc.evidence.sources.rules import stored_warnings
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.codes.errors import HolderCodeInvalidError
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.foundation.events.holder_digests import PURPOSE as HOLDERS_IN_LOG
from certsvc.people.rights.rules import Permission

router = APIRouter()
ADDRESS = "/desk"
HOLDER_ADDRESS, PREVIEW_ADDRESS = f"{ADDRESS}/holder", f"{ADDRESS}/preview"
COPIES = copy_listing("page.desk.empty", more_filters=unit_filters())
_LONGEST_PURPOSE = 200
_LONGEST = 60


class DeskForm(Form):
    """What a clerk types and chooses; each step of the desk has some of it."""

    FAULTS_AT: ClassVar[Mapping[type[Exception], str]] = {
        HolderCodeInvalidError: "holder",
        PurposeMissingError: "purpose",
    }
    RENAMED: ClassVar[Mapping[str, str]] = {"holder_kind": "kind"}

    kind: Annotated[HolderCodeType, choice("page.desk.kind")] = HolderCodeType.IDENTITY_NUMBER
    holder: Annotated[
        str, line("page.desk.holder", hint="page.desk.holder.hint", longest=40, asked=True)
    ] = ""
    matter: Annotated[str, choice("page.desk.matter", hint="page.desk.find.hint", asked=True)] = ""
    use: Annotated[str, radio("page.desk.choose.legend")] = ""
    purpose: Annotated[
        str,
        line(
            "page.desk.purpose",
            hint="page.desk.purpose.hint",
            longest=_LONGEST_PURPOSE,
            asked=True,
        ),
    ] = ""
    reply: Annotated[
        str | None, line("page.desk.reply", hint="page.desk.reply.hint", longest=_LONGEST)
    ] = None
    again: Annotated[str, HIDDEN] = ""

    def to_issue_request(self, visit: Visit) -> IssueRequest:
        """Put it into the service's terms.

        Raises:
            HolderCodeInvalidError: the holder's number is malformed.
        """
        matter, _, kind = self.use.partition(BETWEEN)
        wanted = CertificateRequest(
            type=kind,
            holder=self.holder.upper(),
            holder_kind=self.kind,
            matter=matter,
            purpose=self.purpose,
            reply=self.reply,
        )
        return wanted.to_issue_request(visit.actor, self.once)


SentDesk = Annotated[Sent[DeskForm], Depends(DeskForm.read)]


@dataclass(frozen=True, kw_only=True)
class Caution:
    """What a clerk should know before going on."""

    text: str
    """The sentence."""
    earlier: str | None = None
    """证照标识 of the record that it is about, if there is a page of it."""
    copy_number: str = ""
    """Number of the copy that it is about."""


@router.get(ADDRESS)
def show_desk(visit: PageVisit, issued: str = "") -> Response:
    """Show the form to find a holder, and the unit's copies.

    Raises:
        StaffPageError: a holder asks.
        PermissionDeniedError: the actor may not issue.
    """
    _require_clerk(visit)
    kind = wanted_export(visit)
    if kind:
        return COPIES.export(visit, kind, copies_fetch(visit))
    return _show_start(visit, None, issued=_find_issued(visit, issued))


@router.get(HOLDER_ADDRESS)
@router.get(PREVIEW_ADDRESS)
def begin_again(visit: PageVisit) -> Response:
    """Lead to the beginning: these pages answer forms, and cannot be asked for by address."""
    _require_clerk(visit)
    query = f"?{visit.request.url.query}" if visit.request.url.query else ""
    return visit.lead_to(ADDRESS + query)


@router.post(HOLDER_ADDRESS)
def find_holder(visit: PageVisit, sent: SentDesk) -> Response:
    """Show what the unit knows of a holder, and the proofs that the matter uses."""
    _require_clerk(visit)
    return _show_choices(visit, sent)


@router.post(PREVIEW_ADDRESS)
def preview(visit: PageVisit, sent: SentDesk) -> Response:
    """Show what would be issued; a refusal shows the choices again with everything in them."""
    _require_clerk(visit)

    def do(form: DeskForm) -> Response:
        wanted = form.to_issue_request(visit)
        found = visit.services.previewer.preview(wanted, actor=visit.actor)
        repeated = _warning_of_repetition(visit, wanted)
        return visit.show(
            "desk_preview.html",
            view=preview_view(found, visit),
            form=_view(visit, sent, key=form.once),
            warning=repeated,
            again=repeated.copy_number if repeated else "",
        )

    return answer(visit, sent, do=do, show=lambda sent: _show_choices(visit, sent))


@router.post(ADDRESS)
def issue(visit: PageVisit, sent: SentDesk) -> Response:
    """Issue what the form asks for; a refusal shows the form again with everything in it."""
    _require_clerk(visit)

    def do(form: DeskForm) -> str | Response:
        wanted = replace(
            form.to_issue_request(visit), stops_if_repeated=True, knows_of=form.again or None
        )
        try:
            issued = visit.services.issuer.issue(wanted, actor=visit.actor)
        except RepeatedError:
            repeated = _warning_of_repetition(visit, wanted)
            if repeated is None:  # it was given up meanwhile
                raise
            return _show_choices(visit, sent, warning=repeated)
        return f"{ADDRESS}?issued={issued.copy_number}"

    return answer(visit, sent, do=do, show=lambda sent: _show_choices(visit, sent))


def _require_clerk(visit: Visit) -> None:
    visit.require_staff(Permission.ISSUE, Permission.READ_UNIT_CERTIFICATES)


def _find_issued(visit: Visit, number: str) -> CertificateCopy | None:
    if not (number.isascii() and number.isalnum()):
        return None
    try:
        return get_certificate_copy(visit, number)
    except CopyUnknownError:
        return None


def _warnings_of(visit: Visit, issued: CertificateCopy) -> list[str]:
    """Return what was odd about the facts of a copy that was just issued."""
    with visit.reading() as session:
        evidence = get_copy(session, issued.copy_number, actor=visit.actor).record.evidence
    return warning_sentences(
        stored_warnings(evidence),
        type_code=issued.type,
        packs=visit.services.packs,
        language=visit.language,
    )


def _warning_of_repetition(visit: Visit, wanted: IssueRequest) -> Caution | None:
    caller, now = visit.actor.id, visit.services.clock.now()  # issuing took its time
    hidden = visit.services.hidden_keys.hide(caller, wanted.idempotency_key or "")
    wanted = replace(wanted, idempotency_key=hidden)
    with visit.reading() as session:
        recent = find_recent_copy(session, wanted, caller=caller, now=now)
        if recent is None:
            return None
        copy = recent.copy
        text = sentence(
            "page.desk.repeated" if recent.is_published else "page.desk.repeating",
            visit.language,
            {
                "name": copy.record.holder_name,
                "type": copy.record.certificate_type.name,
                "at": f"{copy.extracted_at.astimezone(CHINA_TIME):%H:%M}",
                "number": copy.copy_number,
            },
        )
        earlier = copy.record.identifier if recent.is_published else None
        return Caution(text=text, earlier=earlier, copy_number=copy.copy_number)


def _matter(sent: Sent[DeskForm]) -> str:
    return sent.raw.one("matter") or sent.raw.one("use").partition(BETWEEN)[0]


def _view(visit: Visit, sent: Sent[DeskForm] | None, *, key: str = "") -> FormView:
    """Lay out the form with all that was typed; the matter also where only a use was chosen."""
    matters = {use.matter: use.matter_name for use in permitted_uses(visit)}
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
    return replace(view, fields={**view.fields, "matter": matter}, key=key or view.key)


def _show_choices(
    visit: Visit, sent: Sent[DeskForm], *, warning: Caution | None = None
) -> Response:
    """Show what the unit knows of the holder and the proofs; the first form, if that fails."""
    kind = sent.values.kind if sent.values else _kind_of(sent)
    try:
        holder = HolderCode(value=sent.raw.one("holder"), kind=kind)
        with visit.transaction() as session:
            known = look_up_holder(
                session,
                holder=holder,
                holder_key=visit.services.log_in_secret.key_for(HOLDERS_IN_LOG),
                matter_code=_matter(sent),
                actor=visit.actor,
                now=visit.now,
            )
            copies = [describe(copy, visit.now) for copy in known.copies]
            matter_name = known.matter.name
    except KNOWN_ERRORS as error:
        return _show_start(visit, sent if sent.faults else sent.refused(error, visit))
    uses = [use for use in permitted_uses(visit) if use.matter == _matter(sent)]
    return visit.show(
        "desk_choose.html",
        status=HTTPStatus.CONFLICT if warning else sent.status,
        known=known,
        copies=copies,
        matter_name=matter_name,
        choices=choices_of(uses, kind=kind, visit=visit),
        form=_view(visit, sent),
        again=warning.copy_number if warning else "",
        warning=warning,
    )


def _kind_of(sent: Sent[DeskForm]) -> HolderCodeType:
    typed = sent.raw.one("kind")
    return next(
        (kind for kind in HolderCodeType if kind.value == typed), HolderCodeType.IDENTITY_NUMBER
    )


def _show_start(
    visit: Visit, sent: Sent[DeskForm] | None, *, issued: CertificateCopy | None = None
) -> Response:
    return visit.show(
        "desk.html",
        status=sent.status if sent else HTTPStatus.OK,
        form=_view(visit, sent),
        issued=issued,
        oddities=_warnings_of(visit, issued) if issued else [],
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
