"""Building the face of a copy from an accepted request."""

from datetime import date

from certsvc.certificates.extraction.rules import (
    CopyContent,
    ExtractionNote,
    UnitName,
    metadata_of,
    twin_of,
)
from certsvc.certificates.issuance.acceptance import AcceptedRequest
from templates.face import Face


def compose_face(  # noqa: PLR0913  what was allocated, and what the system adds
    accepted: AcceptedRequest,
    *,
    identifier: str,
    copy_number: str,
    verify_code: str,
    valid_until: date,
    seal_name: str,
    public_url: str,
    notice: str | None,
) -> Face:
    """Compose a copy's face; the system itself writes the extraction note (市中区规则第九条)."""
    content = _copy_content(accepted, identifier, copy_number, valid_until, seal_name)
    note = content.note
    return Face(
        fields=content.data.fields,
        identifier=identifier,
        copy_number=copy_number,
        producing_unit=note.producing_unit.name,
        extracting_unit=note.extracting_unit.name,
        matter=note.matter,
        purpose=note.purpose,
        extracted_at=note.extracted_at,
        valid_until=valid_until,
        verify_url=f"{public_url}/v/{verify_code}",
        verify_code=verify_code,
        notice=notice,
        twin=twin_of(content),
        metadata=metadata_of(content),
    )


def _copy_content(
    accepted: AcceptedRequest,
    identifier: str,
    copy_number: str,
    valid_until: date,
    seal_name: str,
) -> CopyContent:
    request, kind, unit = accepted.request, accepted.use.certificate_type, accepted.extracting_unit
    return CopyContent(
        identifier=identifier,
        type_code=kind.code,
        type_standard_code=kind.standard_code,
        type_name=kind.name,
        pack_version=accepted.pack.version,
        holder=request.holder,
        data=accepted.data,
        seal_name=seal_name,
        replaces=accepted.replaced.identifier if accepted.replaced else None,
        note=ExtractionNote(
            copy_number=copy_number,
            producing_unit=UnitName(code=kind.producing_unit.code, name=kind.producing_unit.name),
            extracting_unit=UnitName(code=unit.code, name=unit.name),
            matter_code=request.matter_code,
            matter=accepted.use.matter.name,
            purpose=request.purpose,
            extracted_at=accepted.accepted_at,
            valid_until=valid_until,
        ),
    )
