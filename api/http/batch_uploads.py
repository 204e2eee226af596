"""Taking a batch's file out of a request: a form's field `file`, with a choice beside it."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from api.shared.errors import BodyMalformedError, FileMissingError, MediaTypeUnsupportedError
from api.shared.uploads import shown_name

_CHOSEN = {"1", "true", "on", "yes"}
BATCH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV (UTF-8 or GB 18030) or XLSX",
                        },
                        "issue_valid_rows": {
                            "type": "boolean",
                            "description": "Issue rows without errors although others have some",
                        },
                        "confirmed": {
                            "type": "boolean",
                            "description": "Issue at once what was checked; otherwise the batch "
                            "waits in state `checked` until it is confirmed",
                        },
                    },
                },
                "example": {"file": "table.csv", "issue_valid_rows": False, "confirmed": True},
            }
        },
    }
}
"""Description of the body for OpenAPI."""


@dataclass(frozen=True, kw_only=True)
class BatchUpload:
    """What a form brought."""

    content: bytes = field(repr=False)
    """The file."""
    issues_valid_rows: bool
    """Whether rows without an error are wanted although others have some."""
    is_confirmed: bool
    """Whether it is issued at once, without a look at its sum."""
    name: str = field(repr=False)
    """Name of the file, as far as it can be shown."""
    key: str
    """Idempotency key of a page's form; empty at the interface, which has a header."""


async def batch_upload(request: Request) -> BatchUpload:
    """Read the form.

    Raises:
        MediaTypeUnsupportedError: the body is no form with files.
        FileMissingError: no file was chosen.
        BodyMalformedError: the form cannot be read.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise MediaTypeUnsupportedError
    try:
        async with request.form(max_files=1, max_fields=8) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not (file.filename or file.size):
                raise FileMissingError
            return BatchUpload(
                content=await file.read(),
                issues_valid_rows=str(form.get("issue_valid_rows", "")).lower() in _CHOSEN,
                is_confirmed=str(form.get("confirmed", "")).lower() in _CHOSEN,
                name=shown_name(file.filename or ""),
                key=str(form.get("key", "")),
            )
    except (LookupError, ValueError) as error:
        raise BodyMalformedError from error


Upload = Annotated[BatchUpload, Depends(batch_upload)]
