"""Whether a seal was valid at an instant: signed, cacheable, for anyone."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from api.shared.authentication import public
from api.shared.problems import problems
from api.shared.requests import InterfaceCall
from certsvc.sealing.register.status import answer_status, parse_instant
from keys.json_signatures import public_jwk

router = APIRouter(prefix="/api/v1/seals", tags=["seals"])
well_known = APIRouter(prefix="/.well-known")
# The past does not change; a change made within the last minute may still be on its way to us.
_SETTLED_AFTER = timedelta(minutes=1)
_PAST, _PRESENT = "public, max-age=86400, immutable", "public, max-age=30"
_KEYS = "public, max-age=3600"


class SealOwner(BaseModel):
    """Unit that owns a seal."""

    code: str
    name: str


class SealCertificate(BaseModel):
    """Signing certificate that was in force."""

    sha256: Annotated[str, Field(description="Fingerprint of the certificate")]
    serial: Annotated[str, Field(description="Serial number, hexadecimal")]
    not_before: str
    not_after: str


class SealStatus(BaseModel):
    """Whether a seal was valid at an instant."""

    type: str
    seal: Annotated[str, Field(description="Number of the seal")]
    name: str
    owner: SealOwner
    route: str
    at: Annotated[str, Field(description="The instant, in UTC")]
    valid: Annotated[bool, Field(description="In use, and its certificate covered the instant")]
    state: str
    since: Annotated[str | None, Field(description="Since when it was in that state")]
    certificate: SealCertificate | None


class SignedSealStatus(BaseModel):
    """An answer with its signature."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "answer": {
                        "type": "certsvc-seal-status/1",
                        "seal": "data-sharing-seal",
                        "name": "云岭区证照数据共享查询核验专用章",
                        "owner": {"code": "11990101MB0000001X", "name": "青禾市云岭区大数据局"},
                        "route": "data_sharing",
                        "at": "2026-11-21T02:00:00+00:00",
                        "valid": True,
                        "state": "in_use",
                        "since": "2026-11-20T09:00:00+08:00",
                        "certificate": {
                            "sha256": "0c1f…",
                            "serial": "5f3a…",
                            "not_before": "2026-11-20T09:00:00+08:00",
                            "not_after": "2028-11-19T09:00:00+08:00",
                        },
                    },
                    "signature": "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9..MEUCIQ",
                }
            ]
        }
    )

    answer: SealStatus
    signature: Annotated[
        str,
        Field(
            description="Detached JWS (RFC 7515 appendix F) over the answer in canonical JSON"
            " (RFC 8785); its key is at /.well-known/jwks.json"
        ),
    ]


SealNumber = Annotated[str, Path(description="Number of the seal", examples=["data-sharing-seal"])]
Instant = Annotated[
    str | None,
    Query(
        description="RFC 3339 instant with its offset; the present one if left out",
        examples=["2026-11-21T10:00:00+08:00"],
        max_length=40,
    ),
]


@router.get(
    "/{seal}/status",
    response_model=SignedSealStatus,
    summary="Ask whether a seal was valid",
    responses=problems(404, 422, 500, 503),
)
@public
def get_seal_status(
    seal: SealNumber,
    call: InterfaceCall,
    request: Request,
    response: Response,
    at: Instant = None,
) -> SignedSealStatus | Response:
    """Answer whether a seal was valid at an instant, signed by this installation."""
    now = call.now
    asked_at = parse_instant(at) if at is not None else now.replace(microsecond=0)
    with call.reading() as session:
        signed = answer_status(
            session, call.services.answer_key, seal_id=seal, at=asked_at, now=now
        )
    headers = {
        "ETag": f'W/"{signed.digest}"',
        "Cache-Control": _cache_control(asked_at if at else None, now),
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    response.headers.update(headers)
    return SignedSealStatus(
        answer=SealStatus.model_validate(signed.answer), signature=signed.signature
    )


@well_known.get("/jwks.json")
@public
def get_keys(call: InterfaceCall, response: Response) -> dict[str, list[dict[str, Any]]]:
    """Publish the key that signs answers (RFC 7517)."""
    response.headers["Cache-Control"] = _KEYS
    return {"keys": [dict(public_jwk(call.services.answer_key))]}


def _cache_control(at: datetime | None, now: datetime) -> str:
    return _PAST if at is not None and now - at > _SETTLED_AFTER else _PRESENT
