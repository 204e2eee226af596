"""Issuing certificates and fetching sealed copies."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.http.list_queries import CopiesWanted
from api.shared.authentication import for_systems
from api.shared.calls import Call
from api.shared.described import (
    IF_NONE_MATCH,
    IN_PARTS,
    PDF,
    created,
    file_in_parts,
    header_refs,
    with_headers,
)
from api.shared.downloads import PdfResponse
from api.shared.paging import link_next
from api.shared.problems import problems
from api.shared.repetitions import IdempotencyKey, tell_replayed
from api.shared.requests import InterfaceCall
from api.shared.views.copies import (
    CertificateCopies,
    CertificateCopy,
    copies_of,
    get_certificate_copy,
    sealed_data,
    sealed_file,
)
from api.shared.views.copy_data import CertificateData
from api.shared.views.issue_requests import CertificateRequest
from api.shared.views.source_warnings import warning_sentences
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.evidence.sources.rules import DataWarning

router = APIRouter(prefix="/api/v1/certificates", tags=["certificates"])
CopyNumber = Annotated[
    str, Path(description="Number of the copy, printed on it", examples=["S5AY5ZDFJEWYQF1V8JSH"])
]


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
                    "data": "/api/v1/certificates/S5AY5ZDFJEWYQF1V8JSH/data",
                    "verify_code": "7K3M9Q2TXW5HB8R4YD6NCV1JFZ",
                    "verify_url": "https://certificates.example/v/7K3M9Q2TXW5HB8R4YD6NCV1JFZ",
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
    data: Annotated[str, Field(description="Address of what it says, as JSON")]
    verify_code: Annotated[
        str | None,
        Field(
            description="The code on it, for `GET /api/v1/verifications/{code}`; whoever has it"
            " may see what is registered, so keep it like the copy"
        ),
    ]
    verify_url: Annotated[str | None, Field(description="Page for people with that code")]
    warnings: Annotated[
        list[IssueWarning],
        Field(description="What was odd and lawful about the facts; kept with the evidence"),
    ] = []


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Issue a certificate",
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 500, 503) | created(),
    openapi_extra=for_systems("certificates.issue"),
)
def issue_certificate(
    request: CertificateRequest,
    idempotency_key: IdempotencyKey,
    call: InterfaceCall,
    response: Response,
) -> IssuedCertificate:
    """Issue a certificate in nine steps, or return what the same key issued before."""
    issued = call.services.issuer.issue(
        request.to_issue_request(call.actor, idempotency_key), actor=call.actor
    )
    answer = issued_answer(call, issued, response, address=f"{router.prefix}/{issued.copy_number}")
    return answer.model_copy(update={"warnings": _warnings(issued.warnings, request.type, call)})


def issued_answer(
    call: Call, issued: IssuedCopy, response: Response, *, address: str
) -> IssuedCertificate:
    """Describe what was issued, and lead to it.

    Args:
        call: Who asked.
        issued: What was issued.
        response: Gets the headers.
        address: Where the header `Location` leads.
    """
    response.headers["Location"] = address
    tell_replayed(response, is_replayed=issued.is_replayed)
    copy, code = f"{router.prefix}/{issued.copy_number}", issued.verify_code
    return IssuedCertificate(
        copy_number=issued.copy_number,
        identifier=issued.identifier,
        route=issued.route.value,
        valid_until=issued.valid_until,
        sha256=issued.sha256,
        file=f"{copy}/file",
        data=f"{copy}/data",
        verify_code=code,
        verify_url=f"{call.services.settings.public_url}/v/{code}" if code else None,
    )


def _warnings(
    warnings: tuple[DataWarning, ...],
    type_code: str,
    call: Call,
) -> list[IssueWarning]:
    texts = warning_sentences(
        warnings, type_code=type_code, packs=call.services.packs, language=call.language
    )
    return [
        IssueWarning(code=warning.kind, field=warning.field, text=text)
        for warning, text in zip(warnings, texts, strict=True)
    ]


@router.get(
    "",
    summary="List copies",
    responses=problems(401, 403, 422, 503) | with_headers(200, "Link"),
    openapi_extra=for_systems("certificates.read"),
)
def list_certificates(
    call: InterfaceCall, page: CopiesWanted, request: Request, response: Response
) -> CertificateCopies:
    """List a holder's own copies, or those that the caller's unit extracted; newest first."""
    copies = copies_of(call, page)
    link_next(request, response, copies.next)
    return copies


@router.get(
    "/{copy_number}",
    summary="Describe a copy",
    responses=problems(401, 403, 404, 422, 503),
    openapi_extra=for_systems("certificates.read"),
)
def get_certificate(
    copy_number: CopyNumber,
    call: InterfaceCall,
) -> CertificateCopy:
    """Describe a copy that the caller may see."""
    return get_certificate_copy(call, copy_number)


@router.get(
    "/{copy_number}/file",
    summary="Fetch the sealed PDF",
    response_class=PdfResponse,
    responses=problems(401, 403, 404, 409, 422, 500, 503)
    | file_in_parts(PDF)
    | {
        303: {
            "description": "It is at this address for a minute; needs no log-in there",
            "headers": header_refs("Location"),
        }
    },
    openapi_extra=for_systems("certificates.read") | IN_PARTS,
)
def get_certificate_file(
    copy_number: CopyNumber, call: InterfaceCall, request: Request
) -> Response:
    """Fetch the sealed PDF, whole or in parts; none if the one at hand is the same.

    The fetch is logged before the first byte, or its address, leaves.
    """
    return sealed_file(call, copy_number, asked=request.headers)


@router.get(
    "/{copy_number}/data",
    summary="Fetch what a copy says, as JSON",
    response_class=JSONResponse,
    responses=problems(401, 403, 404, 409, 422, 500, 503)
    | {200: {"model": CertificateData, "headers": header_refs("ETag")}}
    | {304: {"description": "The data are those at hand", "headers": header_refs("ETag")}},
    openapi_extra=for_systems("certificates.read") | IF_NONE_MATCH,
)
def get_certificate_data(
    copy_number: CopyNumber, call: InterfaceCall, request: Request
) -> Response:
    """Fetch what is sealed into the PDF as JSON, byte for byte as it is attached there.

    It is a fetch like that of the file, by the same rights, and logged as one.
    """
    return sealed_data(call, copy_number, asked=request.headers)
