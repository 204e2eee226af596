"""What a clerk types and chooses at the desk."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from api.shared.views.issue_requests import CertificateRequest
from api.web.desk.views import BETWEEN
from api.web.forms.fields import HIDDEN, choice, line, ticks
from api.web.forms.form import Form
from api.web.visits import Visit
from certsvc.certificates.issuance.rules import (
    IssueRequest,
    PurposeInvalidError,
    PurposeMissingError,
)
from certsvc.foundation.codes.errors import HolderCodeInvalidError
from certsvc.foundation.codes.holder import HolderCodeType

REPLY = "reply-"
"""Before a proof in the name of the field that takes the number of its reply."""
_LONGEST_PURPOSE = 200


def _each_once(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


class DeskForm(Form):
    """What a clerk types and chooses; each step of the desk has some of it."""

    FAULTS_AT: ClassVar[Mapping[type[Exception], str]] = {
        HolderCodeInvalidError: "holder",
        PurposeMissingError: "purpose",
        PurposeInvalidError: "purpose",
    }
    RENAMED: ClassVar[Mapping[str, str]] = {"holder_kind": "kind"}

    kind: Annotated[HolderCodeType, choice("page.desk.kind")] = HolderCodeType.IDENTITY_NUMBER
    holder: Annotated[
        str, line("page.desk.holder", hint="page.desk.holder.hint", longest=40, asked=True)
    ] = ""
    matter: Annotated[str, choice("page.desk.matter", hint="page.desk.find.hint", asked=True)] = ""
    # Each once: what is chosen is asked of a source and set on a page.
    use: Annotated[
        tuple[str, ...], AfterValidator(_each_once), ticks("page.desk.choose.legend")
    ] = ()
    purpose: Annotated[
        str,
        line(
            "page.desk.purpose",
            hint="page.desk.purpose.hint",
            longest=_LONGEST_PURPOSE,
            asked=True,
        ),
    ] = ""

    def to_issue_request(
        self, visit: Visit, use: str, reply: str | None, knows_of: str | None = None
    ) -> IssueRequest:
        """Put one of the proofs into the service's terms; its key is its place in the form.

        Raises:
            HolderCodeInvalidError: the holder's number is malformed.
        """
        matter, _, kind = use.partition(BETWEEN)
        wanted = CertificateRequest(
            type=kind,
            holder=self.holder.upper(),
            holder_kind=self.kind,
            matter=matter,
            purpose=self.purpose,
            reply=reply,
        )
        request = wanted.to_issue_request(visit.actor, f"{self.once}.{self.use.index(use)}")
        return replace(request, stops_if_repeated=True, knows_of=knows_of)


class IssueForm(Form):
    """Which of the proofs that were shown are issued."""

    at: Annotated[str, HIDDEN] = ""
    seen: Annotated[str, HIDDEN] = ""
    use: Annotated[tuple[str, ...], ticks("page.desk.choose.legend")] = ()
