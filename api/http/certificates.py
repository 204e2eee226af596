"""Issuing certificates and fetching sealed copies."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import RedirectResponse

from api.http.authentication import Caller, for_systems
from api.http.files import PdfResponse, disposition_of, pdf_response
from api.http.paging import ListAnswer, PageWanted, link_next
from api.http.parts import ReaderLanguage, ServicesPart
from api.http.problems import problems
from api.http.repetitions import IdempotencyKey
from api.source_words import warning_sentences
from certsvc.bootstrap import Services
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import SERVED, CopyState
from certsvc.certificates.extraction.service import (
    fetch_file,
    get_copy,
    list_copies_of_holder,
    list_copies_of_unit,
    state_of_copy,
)
from certsvc.certificates.issuance.rules import IssueRequest
from certsvc.evidence.sources.rules import DataWarning
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType, mask_code
from certsvc.foundation.db.paging import PageRequest
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.storage.objects import DownloadAddresses, ObjectDigest
from certsvc.people.rights.rules import Actor, Role

router = APIRouter(prefix="/api/v1/certificates", tags=["certificates"])
_TEXT_MAX_LENGTH = 1000
_ADDRESS_LASTS = timedelta(minutes=1)
"""Enough to follow a redirect; whoever has the address has the file."""
Text = Annotated[str, Field(max_length=_TEXT_MAX_LENGTH)]
CopyNumber = Annotated[
    str, Path(description="Number of the copy, printed on it", examples=["S5AY5ZDFJEWYQF1V8JSH"])
]
_COPY_EXAMPLE: JsonDict = {
    "copy_number": "S5AY5ZDFJEWYQF1V8JSH",
    "identifier": "1.2.156.3005.2.12990101MB0000003C002.12990101MB0000003C."
    "NX34RPNGHPZY6HEDFNMX.001.W",
    "type": "social-insurance",
    "type_name": "社会保险参保证明",
    "route": "data_sharing",
    "holder_name": "青小禾",
    "holder_code": "990101********0023",
    "producing_unit": "青禾市云岭区人力资源和社会保障局",
    "extracting_unit": "青禾市云岭区行政审批服务局",
    "matter": "人才补贴申领",
    "purpose": "申领人才住房补贴",
    "extracted_at": "2026-11-21T10:00:00+08:00",
    "valid_until": "2027-02-19",
    "state": "in_force",
    "sha256": "ad8b1624a20795de1143f028f758bbad0473ad26ce95bb38c9919a33738e2307",
    "file": "/api/v1/certificates/S5AY5ZDFJEWYQF1V8JSH/file",
}


class CertificateRequest(BaseModel):
    """What a unit asks for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "type": "social-insurance",
                    "holder": "990101199003070023",
                    "matter": "talent-subsidy",
                    "purpose": "申领人才住房补贴",
                }
            ]
        },
    )

    type: Annotated[Text, Field(description="Code of the certificate type")]
    holder: Annotated[Text, Field(description="Number of the holder's document")]
    holder_kind: Annotated[
        HolderCodeType, Field(description="Its kind (GB/T 36903); 111 is an identity number")
    ] = HolderCodeType.IDENTITY_NUMBER
    unit: Annotated[
        Text | None,
        Field(description="Credit code of the extracting unit; the caller's own if absent"),
    ] = None
    matter: Annotated[Text, Field(description="Code of the matter it is needed for")]
    purpose: Annotated[Text, Field(description="Printed on the face")] = ""
    reply: Annotated[
        Text | None, Field(description="Number of the department's reply it rests on")
    ] = None

    def to_issue_request(self, actor: Actor, idempotency_key: str) -> IssueRequest:
        """Put the request into the service's terms.

        Raises:
            HolderCodeInvalidError: the holder's number is malformed.
        """
        return IssueRequest(
            type_code=self.type,
            holder=HolderCode(value=self.holder, kind=self.holder_kind),
            unit_code=self.unit or actor.unit_code or "-",
            matter_code=self.matter,
            purpose=self.purpose,
            idempotency_key=idempotency_key,
            reply_id=self.reply,
        )


class IssueWarning(BaseModel):
    """Something odd and lawful about the facts of a certificate."""

    code: Annotated[str, Field(description="Stable name: `check-character` or `area`")]
    field: Annotated[str, Field(description="Field of the certificate, or `holder`")]
    text: Annotated[str, Field(description="One sentence, in the reader's language")]


class IssuedCertificate(BaseModel):
    """What was issued; a repetition of the request gives the same answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "copy_number": "S5AY5ZDFJEWYQF1V8JSH",
                    "identifier": "1.2.156.3005.2.12990101MB0000003C002.12990101MB0000003C."
                    "NX34RPNGHPZY6HEDFNMX.001.W",
                    "route": "data_sharing",
                    "valid_until": "2027-02-19",
                    "sha256": "ad8b1624a20795de1143f028f758bbad0473ad26ce95bb38c9919a33738e2307",
                    "file": "/api/v1/certificates/S5AY5ZDFJEWYQF1V8JSH/file",
                }
            ]
        }
    )

    copy_number: str
    identifier: str
    route: str
    valid_until: date
    sha256: str
    file: Annotated[str, Field(description="Address of the sealed PDF")]
    warnings: Annotated[
        list[IssueWarning],
        Field(description="What was odd and lawful about the facts; kept with the evidence"),
    ] = []


class CertificateCopy(BaseModel):
    """A sealed copy that the caller may see."""

    model_config = ConfigDict(json_schema_extra={"examples": [_COPY_EXAMPLE]})

    copy_number: str
    identifier: str
    type: str
    type_name: str
    route: str
    holder_name: str
    holder_code: Annotated[str, Field(description="Masked")]
    producing_unit: str
    extracting_unit: str
    matter: str
    purpose: str
    extracted_at: str
    valid_until: date
    state: CopyState
    sha256: str
    file: str

    @property
    def is_served(self) -> bool:
        """Whether the file is still handed out."""
        return self.state in SERVED


class CertificateCopies(ListAnswer):
    """Copies, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_COPY_EXAMPLE], "next": None}]}
    )

    items: list[CertificateCopy]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Issue a certificate",
    responses=problems(400, 401, 403, 404, 409, 413, 422, 500, 503),
    openapi_extra=for_systems("certificates.issue"),
)
def issue_certificate(
    request: CertificateRequest,
    idempotency_key: IdempotencyKey,
    actor: Caller,
    services: ServicesPart,
    language: ReaderLanguage,
    response: Response,
) -> IssuedCertificate:
    """Issue a certificate in nine steps, or return what the same key issued before."""
    issued = services.issuer.issue(request.to_issue_request(actor, idempotency_key), actor=actor)
    address = f"{router.prefix}/{issued.copy_number}"
    response.headers["Location"] = address
    return IssuedCertificate(
        copy_number=issued.copy_number,
        identifier=issued.identifier,
        route=issued.route.value,
        valid_until=issued.valid_until,
        sha256=issued.sha256,
        file=f"{address}/file",
        warnings=_warnings(issued.warnings, request.type, services, language),
    )


def _warnings(
    warnings: tuple[DataWarning, ...], type_code: str, services: Services, language: Language
) -> list[IssueWarning]:
    texts = warning_sentences(
        warnings, type_code=type_code, packs=services.packs, language=language
    )
    return [
        IssueWarning(code=warning.kind, field=warning.field, text=text)
        for warning, text in zip(warnings, texts, strict=True)
    ]


@router.get(
    "",
    summary="List copies",
    responses=problems(401, 403, 422, 503),
    openapi_extra=for_systems("certificates.read"),
)
def list_certificates(
    actor: Caller, services: ServicesPart, page: PageWanted, request: Request, response: Response
) -> CertificateCopies:
    """List a holder's own copies, or those that the caller's unit extracted; newest first."""
    copies = copies_of(actor, services, page)
    link_next(request, response, copies.next)
    return copies


def copies_of(actor: Actor, services: Services, page: PageRequest) -> CertificateCopies:
    """Return a page of the copies that an actor may see."""
    listed = list_copies_of_holder if Role.HOLDER in actor.roles else list_copies_of_unit
    now = services.clock.now()
    with services.database.reading() as session:
        found = listed(session, actor=actor, page=page)
        return CertificateCopies(
            items=[describe(copy, now) for copy in found.items], next=found.next
        )


@router.get(
    "/{copy_number}",
    summary="Describe a copy",
    responses=problems(401, 403, 404, 422, 503),
    openapi_extra=for_systems("certificates.read"),
)
def get_certificate(
    copy_number: CopyNumber, actor: Caller, services: ServicesPart
) -> CertificateCopy:
    """Describe a copy that the caller may see."""
    now = services.clock.now()
    with services.database.reading() as session:
        return describe(get_copy(session, copy_number, actor=actor), now)


@router.get(
    "/{copy_number}/file",
    summary="Fetch the sealed PDF",
    response_class=PdfResponse,
    responses=problems(401, 403, 404, 409, 422, 500, 503)
    | {303: {"description": "It is at this address for a minute; needs no log-in there"}},
    openapi_extra=for_systems("certificates.read"),
)
def get_certificate_file(
    copy_number: CopyNumber, actor: Caller, services: ServicesPart
) -> Response:
    """Fetch the sealed PDF; the fetch is logged before the first byte, or its address, leaves."""
    with services.database.transaction() as session:
        copy = get_copy(session, copy_number, actor=actor)
        digest = fetch_file(session, copy_number, actor=actor, now=services.clock.now())
    name = f"{copy.record.certificate_type.name}-{copy.copy_number}.pdf"
    if services.download_addresses:
        return _directed(services.download_addresses, digest, name)
    return pdf_response(services.store.get(digest), name=name, digest=digest)


def _directed(addresses: DownloadAddresses, digest: ObjectDigest, name: str) -> Response:
    address = addresses.download_address(
        digest, disposition=disposition_of(name, kind="certificate"), lasts=_ADDRESS_LASTS
    )
    headers = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(address, status.HTTP_303_SEE_OTHER, headers)


def describe(copy: Extraction, now: datetime) -> CertificateCopy:
    """Describe a published copy as it stands now."""
    record = copy.record
    return CertificateCopy(
        copy_number=copy.copy_number,
        identifier=record.identifier,
        type=record.type_code,
        type_name=record.certificate_type.name,
        route=record.route,
        holder_name=record.holder_name,
        holder_code=mask_code(record.holder_code),
        producing_unit=record.certificate_type.producing_unit.name,
        extracting_unit=copy.extracting_unit.name,
        matter=copy.matter.name,
        purpose=copy.purpose,
        extracted_at=rfc3339(copy.extracted_at),
        valid_until=copy.valid_until,
        state=state_of_copy(copy, now),
        sha256=str(copy.stored_sha256),
        file=f"{router.prefix}/{copy.copy_number}/file",
    )
