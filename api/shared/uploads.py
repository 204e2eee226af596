"""Taking a file out of a request: a form's field `file`, or the body itself."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from api.shared.errors import BodyMalformedError, FileMissingError, MediaTypeUnsupportedError
from api.shared.requests import ServicesPart
from certsvc.verification.authenticity.service import FileTooLargeError

_RAW = {"application/pdf", "application/octet-stream"}
UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "example": {"file": "%PDF-1.7 …"},
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                },
            },
            "application/pdf": {
                "example": "%PDF-1.7 …",
                "schema": {"type": "string", "format": "binary"},
            },
        },
    }
}
"""Description of the body for OpenAPI."""


async def uploaded_file(request: Request, services: ServicesPart) -> bytes:
    """Read the file that a request brings; any bytes, what they are is for the check to say.

    Raises:
        MediaTypeUnsupportedError: the body is neither a form nor a file.
        FileMissingError: the form has no file, or none was chosen.
        FileTooLargeError: it is larger than the settings allow.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        content = await _file_of_form(request)
    elif kind in _RAW:
        content = await request.body()
    else:
        raise MediaTypeUnsupportedError
    if len(content) > services.settings.upload_max_bytes:
        raise FileTooLargeError(maximum_mb=services.settings.upload_max_bytes >> 20)
    return content


async def _file_of_form(request: Request) -> bytes:
    try:
        async with request.form(max_files=1, max_fields=8) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not (file.filename or file.size):
                raise FileMissingError
            return await file.read()
    except (LookupError, ValueError) as error:
        # A form whose Content-Type lacks its boundary or names no charset, or whose names are
        # not text.
        raise BodyMalformedError from error


Upload = Annotated[bytes, Depends(uploaded_file)]
