"""Taking a file out of a request: a form's field `file`, or the body itself."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from api.shared.errors import BodyMalformedError, FileMissingError, MediaTypeUnsupportedError
from api.shared.requests import ServicesPart
from certsvc.verification.authenticity.service import FileTooLargeError

LONGEST_NAME = 120
"""Characters of a file's name that are shown."""
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


@dataclass(frozen=True, kw_only=True)
class NamedFile:
    """A file as somebody sent it."""

    name: str = field(repr=False)
    """Name that it had, as far as it can be shown; empty if it came without one."""
    content: bytes = field(repr=False)
    """What is in it."""


async def uploaded_named_file(request: Request, services: ServicesPart) -> NamedFile:
    """Read the file that a request brings; any bytes, what they are is for the check to say.

    Raises:
        MediaTypeUnsupportedError: the body is neither a form nor a file.
        FileMissingError: the form has no file, or none was chosen.
        FileTooLargeError: it is larger than the settings allow.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        file = await _file_of_form(request)
    elif kind in _RAW:
        file = NamedFile(name="", content=await request.body())
    else:
        raise MediaTypeUnsupportedError
    if len(file.content) > services.settings.upload_max_bytes:
        raise FileTooLargeError(maximum_mb=services.settings.upload_max_bytes >> 20)
    return file


async def uploaded_file(request: Request, services: ServicesPart) -> bytes:
    """Read the file that a request brings, whatever its name.

    Raises:
        MediaTypeUnsupportedError: the body is neither a form nor a file.
        FileMissingError: the form has no file, or none was chosen.
        FileTooLargeError: it is larger than the settings allow.
    """
    return (await uploaded_named_file(request, services)).content


def shown_name(name: str) -> str:
    """Return a file's name as it can be shown: without folders, unseen characters, and not long."""
    plain = "".join(each for each in name if each.isprintable()).replace("\\", "/")
    return plain.rpartition("/")[2].strip()[:LONGEST_NAME]


async def _file_of_form(request: Request) -> NamedFile:
    try:
        async with request.form(max_files=1, max_fields=8) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not (file.filename or file.size):
                raise FileMissingError
            return NamedFile(name=shown_name(file.filename or ""), content=await file.read())
    except (LookupError, ValueError) as error:
        # A form whose Content-Type lacks its boundary or names no charset, or whose names are
        # not text.
        raise BodyMalformedError from error


NamedUpload = Annotated[NamedFile, Depends(uploaded_named_file)]
Upload = Annotated[bytes, Depends(uploaded_file)]
