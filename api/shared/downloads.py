"""Sending a sealed file: whole, in parts, or not again."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from starlette.responses import Response

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class PdfResponse(Response):
    """A PDF."""

    media_type = "application/pdf"


def disposition_of(name: str, *, kind: str) -> str:
    """Say under which name a file is to be saved (RFC 6266, RFC 8187)."""
    plain = f"{kind}-" + "".join(c for c in name if c.isascii() and c not in '\\"/;').strip("-")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def pdf_response(
    content: bytes, *, name: str, digest: str | None = None, kind: str = "certificate"
) -> PdfResponse:
    """Send a PDF to be saved under a name, Chinese characters included (RFC 6266, RFC 8187)."""
    return PdfResponse(
        content,
        headers={
            "Content-Disposition": disposition_of(name, kind=kind),
            **({"ETag": f'"{digest}"'} if digest else {}),
            "Cache-Control": "private, no-store",
        },
    )


def tag_of(digest: str) -> str:
    """Return the entity tag of a file that is named by its digest (RFC 9110 §8.8.3)."""
    return f'"{digest}"'


def not_modified(tag: str, asked: Mapping[str, str]) -> Response | None:
    """Answer 304 if the caller has the current file already; None if not (RFC 9110 §13.1.2)."""
    known = [each.strip().removeprefix("W/") for each in asked.get("if-none-match", "").split(",")]
    if tag not in known and "*" not in known:
        return None
    headers = {"ETag": tag, "Cache-Control": "private, no-store"}
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)


def part_of(whole: Response, asked: Mapping[str, str]) -> Response:
    """Send the part of a file that is asked for, or the file (RFC 9110 §14.2).

    One range is served; a request for several gets the whole file, as one that cannot be read
    does, and one for a part of another version.
    """
    content = bytes(whole.body)
    whole.headers["Accept-Ranges"] = "bytes"
    if asked.get("if-range", whole.headers.get("etag")) != whole.headers.get("etag"):
        return whole
    found = _RANGE.fullmatch(asked.get("range", "").strip())
    if found is None or not (found[1] or found[2]):
        return whole
    size = len(content)
    if found[1]:
        first, last = int(found[1]), min(int(found[2] or size), size - 1)
    else:
        first, last = max(size - int(found[2]), 0), size - 1
    if first > last and found[1] and found[2] and int(found[2]) < first:
        return whole
    if first >= size or first > last:
        return Response(
            status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            headers={"Content-Range": f"bytes */{size}"},
        )
    kept = {
        name: value
        for name, value in whole.headers.items()
        if name.lower() not in {"content-length", "content-type"}
    }
    return Response(
        content[first : last + 1],
        status_code=HTTPStatus.PARTIAL_CONTENT,
        media_type=whole.media_type,
        headers=kept | {"Content-Range": f"bytes {first}-{last}/{size}"},
    )
