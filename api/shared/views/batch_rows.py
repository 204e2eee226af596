"""What came of one row of a batch, with codes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.shared.paging import ListAnswer
from certsvc.certificates.batches.results import Line
from certsvc.certificates.batches.rules import RowState
from certsvc.certificates.extraction.rules import CopyState

_EXAMPLE: JsonDict = {
    "row": 3,
    "state": "refused",
    "type": "social-insurance",
    "matter": "talent-subsidy",
    "holder": "990***********0023",
    "copy_number": None,
    "identifier": None,
    "valid_until": None,
    "copy_state": None,
    "sha256": None,
    "code": "sources.holder-not-found",
    "sentence": "没有查到持证主体的记录。",
}


class BatchRowResult(BaseModel):
    """A row, and its copy if there is one."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    row: Annotated[int, Field(description="Number in the file, the titles being 1")]
    state: RowState
    type: Annotated[str, Field(description="Code of the certificate type, as it was sent")]
    matter: Annotated[str, Field(description="Code of the matter, as it was sent")]
    holder: Annotated[str | None, Field(description="Number of the holder's document, masked")] = (
        None
    )
    copy_number: str | None = None
    identifier: str | None = None
    valid_until: Annotated[
        str | None, Field(description="Last day", json_schema_extra={"format": "date"})
    ] = None
    copy_state: Annotated[CopyState | None, Field(description="How the copy stands now")] = None
    sha256: str | None = None
    code: Annotated[str | None, Field(description="Stable name of why it was refused")] = None
    sentence: Annotated[str | None, Field(description="The same, in the reader's language")] = None


class BatchRows(ListAnswer):
    """Rows, in the order of the file."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next": None}]})

    items: list[BatchRowResult]


def described_row(line: Line) -> BatchRowResult:
    """Describe a row."""
    always = {"type", "matter"}
    told = {name: value if name in always else value or None for name, value in line.items()}
    return BatchRowResult.model_validate(told)
