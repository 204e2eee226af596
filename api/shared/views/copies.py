"""A sealed copy as its unit, its holder and other systems see it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Response, status
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import RedirectResponse

from api.shared.calls import Call
from api.shared.downloads import disposition_of, not_modified, part_of, pdf_response, tag_of
from api.shared.instants import InstantText
from api.shared.names import EnglishName
from api.shared.paging import ListAnswer
from api.shared.sentences import sentence
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import SERVED, CopyState
from certsvc.certificates.extraction.service import (
    fetch_file,
    file_at_hand,
    get_copy,
    list_copies_of_holder,
    list_copies_of_unit,
    state_of_copy,
)
from certsvc.certificates.records.history import last_change
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.codes.holder import mask_code
from certsvc.foundation.db.paging import Page, PageRequest
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.storage.objects import DownloadAddresses, ObjectDamagedError, ObjectDigest
from certsvc.people.rights.rules import Role
from certsvc.verification.authenticity.twin import TWIN_NAME
from signing.pdf.attachments import read_attachment

_ADDRESS_LASTS = timedelta(minutes=1)
"""Enough to follow a redirect; whoever has the address has the file."""
COPIES = "/api/v1/certificates"
"""Address of the copies at the interface."""
COPY_EXAMPLE: JsonDict = {
    "copy_number": "S5AY5ZDFJEWYQF1V8JSH",
    "identifier": "1.2.156.3005.2.12990101MB0000003C002.12990101MB0000003C."
    "NX34RPNGHPZY6HEDFNMX.001.W",
    "type": "social-insurance",
    "type_name": "社会保险参保证明",
    "type_name_en": "Certificate of Social Insurance Participation",
    "route": "data_sharing",
    "holder_name": "青小禾",
    "holder_code": "990***********0023",
    "producing_unit": "青禾市云岭区人力资源和社会保障局",
    "producing_unit_code": "12990101MB0000003C",
    "extracting_unit": "青禾市云岭区行政审批服务局",
    "extracting_unit_code": "11990101MB0000004J",
    "matter": "人才补贴申领",
    "matter_en": "Talent subsidy",
    "matter_code": "talent-subsidy",
    "purpose": "申领人才住房补贴",
    "extracted_at": "2026-11-21T10:00:00+08:00",
    "valid_until": "2027-02-19",
    "state": "in_force",
    "sha256": "ad8b1624a20795de1143f028f758bbad0473ad26ce95bb38c9919a33738e2307",
    "file": "/api/v1/certificates/S5AY5ZDFJEWYQF1V8JSH/file",
    "data": "/api/v1/certificates/S5AY5ZDFJEWYQF1V8JSH/data",
}


class CertificateCopy(BaseModel):
    """A sealed copy that the caller may see."""

    model_config = ConfigDict(json_schema_extra={"examples": [COPY_EXAMPLE]})

    copy_number: str
    identifier: str
    type: str
    type_name: str
    type_name_en: EnglishName = None
    route: str
    holder_name: str
    holder_code: Annotated[str, Field(description="Masked")]
    producing_unit: str
    producing_unit_code: str
    extracting_unit: str
    extracting_unit_code: str
    matter: str
    matter_en: EnglishName = None
    matter_code: str
    purpose: str
    extracted_at: InstantText
    valid_until: date
    state: CopyState
    sha256: str
    file: Annotated[str, Field(description="Address of the sealed PDF")]
    data: Annotated[str, Field(description="Address of what it says, as JSON")]
    why_not: Annotated[
        str | None, Field(description="Why it cannot be used, since when, and whom to ask")
    ] = None

    @property
    def is_served(self) -> bool:
        """Whether the file is still handed out."""
        return self.state in SERVED


class CertificateCopies(ListAnswer):
    """Copies, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [COPY_EXAMPLE], "next": None}]}
    )

    items: list[CertificateCopy]

    def as_page(self) -> Page[CertificateCopy]:
        """Return them as a page of a list."""
        return Page(items=self.items, next=self.next)


def copies_of(call: Call, page: PageRequest) -> CertificateCopies:
    """Return a page of the copies that an actor may see."""
    listed = list_copies_of_holder if Role.HOLDER in call.actor.roles else list_copies_of_unit
    now = call.now
    with call.reading() as session:
        found = listed(session, actor=call.actor, now=now, page=page)
        return CertificateCopies(
            items=[describe(copy, now, call.language) for copy in found.items], next=found.next
        )


def describe(copy: Extraction, now: datetime, language: Language) -> CertificateCopy:
    """Describe a published copy as it stands now."""
    record = copy.record
    return CertificateCopy(
        copy_number=copy.copy_number,
        identifier=record.identifier,
        type=record.type_code,
        type_name=record.certificate_type.name,
        type_name_en=record.certificate_type.name_en,
        route=record.route,
        holder_name=record.holder_name,
        holder_code=mask_code(record.holder_code),
        producing_unit=record.certificate_type.producing_unit.name,
        producing_unit_code=record.certificate_type.producing_unit_code,
        extracting_unit=copy.extracting_unit.name,
        extracting_unit_code=copy.extracting_unit_code,
        matter=copy.matter.name,
        matter_en=copy.matter.name_en,
        matter_code=copy.matter_code,
        purpose=copy.purpose,
        extracted_at=rfc3339(copy.extracted_at),
        valid_until=copy.valid_until,
        state=state_of_copy(copy, now),
        sha256=str(copy.stored_sha256),
        file=f"{COPIES}/{copy.copy_number}/file",
        why_not=why_not_used(copy, language, now),
        data=f"{COPIES}/{copy.copy_number}/data",
    )


def get_certificate_copy(call: Call, copy_number: str) -> CertificateCopy:
    """Describe a copy that the caller may see.

    Raises:
        CopyUnknownError: there is none with this number that they may see.
    """
    with call.reading() as session:
        copy = get_copy(session, copy_number, actor=call.actor)
        return describe(copy, call.now, call.language)


def sealed_file(
    call: Call, copy_number: str, *, asked: Mapping[str, str] | None = None
) -> Response:
    """Send the sealed PDF of a copy, or lead to it where the store hands it out itself.

    The fetch is logged before the first byte, or its address, leaves. Whoever has the file already
    gets none, and fetches nothing.

    Args:
        call: Who asks.
        copy_number: Number of the copy.
        asked: Headers of the request, which may ask for a part of it, or whether it changed.

    Raises:
        CopyUnknownError: there is none with this number that the caller may see.
        CopyNotServedError: it may not be used any more.
    """
    asked = asked or {}
    at_hand = _unchanged(call, copy_number, asked, tag_of)
    if at_hand is not None:
        return at_hand
    with call.transaction() as session:
        copy = get_copy(session, copy_number, actor=call.actor)
        digest = fetch_file(session, copy_number, actor=call.actor, now=call.now)
    name = name_of_file(copy)
    if call.services.download_addresses:
        return _directed(call.services.download_addresses, digest, name)
    whole = pdf_response(call.services.store.get(digest), name=name, digest=digest)
    return part_of(whole, asked)


def sealed_data(call: Call, copy_number: str, *, asked: Mapping[str, str]) -> Response:
    """Send what is sealed into a copy, as JSON; logged as a fetch of the file.

    Raises:
        CopyUnknownError: there is none with this number that the caller may see.
        CopyNotServedError: it may not be used any more.
    """
    at_hand = _unchanged(call, copy_number, asked, _data_tag)
    if at_hand is not None:
        return at_hand
    with call.transaction() as session:
        digest = fetch_file(session, copy_number, actor=call.actor, now=call.now)
    twin = read_attachment(call.services.store.get(digest), TWIN_NAME)
    if twin is None:
        raise ObjectDamagedError
    return Response(
        twin,
        media_type="application/json",
        headers={"ETag": _data_tag(digest), "Cache-Control": "private, no-store"},
    )


def _data_tag(digest: str) -> str:
    return f'"{digest}.data"'


def _unchanged(
    call: Call, copy_number: str, asked: Mapping[str, str], tag: Callable[[str], str]
) -> Response | None:
    """Answer that what is at hand is still the copy's, which may still be used."""
    if "if-none-match" not in asked:
        return None
    with call.reading() as session:
        digest = file_at_hand(session, copy_number, actor=call.actor, now=call.now)
    return not_modified(tag(digest), asked)


def name_of_file(copy: Extraction) -> str:
    """Return the name under which a sealed file is saved; no personal data is in it."""
    return f"{copy.record.certificate_type.name}-{copy.copy_number}.pdf"


def why_not_used(copy: Extraction, language: Language, now: datetime) -> str | None:
    """Say why a copy cannot be used, since when and whom to ask; None if it can be."""
    state = state_of_copy(copy, now)
    if state is CopyState.IN_FORCE:
        return None
    withdrawal, change = copy.withdrawal, last_change(copy.record)
    params: dict[str, str | int] = {
        "unit": copy.record.certificate_type.producing_unit.name,
        "extracting_unit": copy.extracting_unit.name,
    }
    if state is CopyState.WITHDRAWN and withdrawal is not None:
        params |= {"since": rfc3339(withdrawal.withdrawn_at), "reason_code": withdrawal.reason_code}
    elif change is not None:
        params |= {"since": rfc3339(change.effective_at), "reason_code": change.reason_code}
    return sentence(f"page.copy.why.{state.value}", language, params)


def _directed(addresses: DownloadAddresses, digest: ObjectDigest, name: str) -> Response:
    address = addresses.download_address(
        digest, disposition=disposition_of(name, kind="certificate"), lasts=_ADDRESS_LASTS
    )
    headers = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(address, status.HTTP_303_SEE_OTHER, headers)
