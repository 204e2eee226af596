"""Parts of OpenAPI that operations name: files, headers, what makes an answer conditional."""

from http import HTTPStatus
from typing import Any

PDF, CSV, ZIP = "application/pdf", "text/csv", "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BINARY: dict[str, Any] = {"type": "string", "format": "binary"}
"""Schema of octets: a client must not take them for text."""
Described = dict[int | str, dict[str, Any]]

HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "Number of this request, also in a problem's `instance` and in the log",
        "schema": {"type": "string", "format": "uuid"},
        "example": "7a0e8f1c-31f5-4a3b-9a55-5b1f6d4f3c10",
    },
    "Retry-After": {
        "description": "Seconds after which to try again",
        "schema": {"type": "integer", "minimum": 1},
        "example": 30,
    },
    "WWW-Authenticate": {
        "description": "How to log in (RFC 9110 §11.6.1); the scope that a token lacks (RFC 6750)",
        "schema": {"type": "string"},
        "example": 'Bearer realm="certsvc", error="insufficient_scope", scope="certificates.read"',
    },
    "Location": {
        "description": "Address of what was created, without the server",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/api/v1/certificates/S5AY5ZDFJEWYQF1V8JSH",
    },
    "Idempotent-Replayed": {
        "description": "`true`: the request was done before, and this is its answer again",
        "schema": {"type": "string", "enum": ["true"]},
        "example": "true",
    },
    "Link": {
        "description": "Address of the page that follows, `rel=next` (RFC 8288); none at the end",
        "schema": {"type": "string"},
        "example": '</api/v1/certificates?after=MW0UUkLG>; rel="next"',
    },
    "ETag": {
        "description": "Tells this version from any other; for `If-None-Match` and `If-Range`",
        "schema": {"type": "string"},
        "example": '"ad8b1624a20795de1143f028f758bbad0473ad26ce95bb38c9919a33738e2307"',
    },
    "Cache-Control": {
        "description": "Who may keep the answer, and for how long (RFC 9111)",
        "schema": {"type": "string"},
        "example": "private, no-store",
    },
    "Content-Disposition": {
        "description": "Name to save the file under (RFC 6266)",
        "schema": {"type": "string"},
        "example": "attachment; filename=\"certificate.pdf\"; filename*=UTF-8''%E8%AF%81.pdf",
    },
    "Accept-Ranges": {
        "description": "That parts of the file may be asked for",
        "schema": {"type": "string", "enum": ["bytes"]},
        "example": "bytes",
    },
    "Content-Range": {
        "description": "Which part of the file this is (RFC 9110 §14.4)",
        "schema": {"type": "string"},
        "example": "bytes 0-1023/48211",
    },
    "RateLimit-Policy": {
        "description": "How often something may be tried"
        " (draft-ietf-httpapi-ratelimit-headers): `q` times in `w` seconds",
        "schema": {"type": "string"},
        "example": '"wrong-secrets";q=5;w=900',
    },
    "RateLimit": {
        "description": "How often it may still be tried (`r`), and when it counts anew (`t`, s)",
        "schema": {"type": "string"},
        "example": '"wrong-secrets";r=0;t=612',
    },
}
"""Headers that answers may bear."""


def header_refs(*names: str) -> dict[str, Any]:
    """Refer to headers by their names."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def with_headers(status: int, *names: str) -> Described:
    """Describe that an answer bears headers."""
    return {status: {"headers": header_refs(*names)}}


def created() -> Described:
    """Describe an answer 201 that leads to what was created."""
    return with_headers(HTTPStatus.CREATED, "Location")


def file_answer(*kinds: str, headers: tuple[str, ...] = ()) -> Described:
    """Describe an answer that is a file of one of these media types."""
    return {
        HTTPStatus.OK.value: {
            "description": "The file",
            "content": {kind: {"schema": BINARY} for kind in kinds},
            "headers": header_refs("Content-Disposition", "Cache-Control", *headers),
        }
    }


def _header(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


IN_LANGUAGE: dict[str, Any] = {
    "parameters": [
        _header("Accept-Language", "Language of the sentences: Chinese, or English with `en`", "en")
    ]
}
"""Parameters of an operation whose answer is mainly sentences."""
IF_NONE_MATCH: dict[str, Any] = {
    "parameters": [
        _header("If-None-Match", "`ETag` of what is at hand: 304 if it is the same", '"ad8b1624"')
    ]
}
"""Parameters of an operation whose answer may be at hand already."""
IN_PARTS: dict[str, Any] = {
    "parameters": [
        *IF_NONE_MATCH["parameters"],
        _header("Range", "A part of the file: `bytes=0-1023` (RFC 9110 §14.2)", "bytes=0-1023"),
        _header("If-Range", "`ETag` of the file whose part is wanted", '"ad8b1624"'),
    ]
}
"""Parameters of an operation that gives a file in parts as well."""


def file_in_parts(kind: str) -> Described:
    """Describe the answers of an operation that gives a file whole, in parts, or not again."""
    octets = {kind: {"schema": BINARY}}
    return file_answer(kind, headers=("ETag", "Accept-Ranges")) | {
        206: {
            "description": "The part that was asked for",
            "content": octets,
            "headers": header_refs("ETag", "Content-Range", "Content-Disposition"),
        },
        304: {"description": "The file is the one at hand", "headers": header_refs("ETag")},
        416: {"description": "The file has no such part", "headers": header_refs("Content-Range")},
    }
