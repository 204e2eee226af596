"""Sending a sealed file."""

from urllib.parse import quote

from starlette.responses import Response


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
