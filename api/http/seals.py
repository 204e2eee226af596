"""Whether a seal was valid at an instant: signed, cacheable, for anyone."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from api.shared.authentication import public
from api.shared.described import IF_NONE_MATCH, with_headers
from api.shared.instants import InstantText
from api.shared.problems import problems
from api.shared.requests import InterfaceCall
from certsvc.sealing.register.status import answer_status, parse_instant
from keys.json_signatures import public_jwk

router = APIRouter(prefix="/api/v1/seals", tags=["seals"])
well_known = APIRouter(prefix="/.well-known", tags=["seals"])
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
    not_before: InstantText
    not_after: InstantText


class SealStatus(BaseModel):
    """Whether a seal was valid at an instant."""

    type: str
    seal: Annotated[str, Field(description="Number of the seal")]
    name: str
    owner: SealOwner
    route: str
    at: Annotated[InstantText, Field(description="The instant, in UTC")]
    valid: Annotated[bool, Field(description="In use, and its certificate covered the instant")]
    state: str
    since: Annotated[InstantText | None, Field(description="Since when it was in that state")]
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
    InstantText | None,
    Query(
        description="RFC 3339 instant with its offset; the present one if left out",
        examples=["2026-11-21T10:00:00+08:00"],
    ),
]


@router.get(
    "/{seal}/status",
    response_model=SignedSealStatus,
    summary="Ask whether a seal was valid",
    responses=problems(404, 422, 500, 503)
    | with_headers(200, "ETag", "Cache-Control")
    | {304: {"description": "The answer is the one that `If-None-Match` names"}},
    openapi_extra=IF_NONE_MATCH,
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


class PublicKey(BaseModel):
    """A public key (RFC 7517); members that are not named here may come."""

    model_config = ConfigDict(extra="allow")

    kty: Annotated[str, Field(description="Family of the key")]
    kid: Annotated[str, Field(description="Its number, which a signature's header names")]
    use: str
    alg: Annotated[str, Field(description="Algorithm of the signatures (RFC 7518)")]
    crv: Annotated[str | None, Field(description="Curve, of keys on one")] = None
    x: str | None = None
    y: str | None = None


class PublicKeys(BaseModel):
    """The keys that sign answers of this installation (RFC 7517 §5)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "keys": [
                        {
                            "kty": "EC",
                            "kid": "pIzX0SgiGzGx3yAp3Hn0pLZ8ehTuPPpRk3b0Z0bYQHU",
                            "use": "sig",
                            "alg": "ES256",
                            "crv": "P-256",
                            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                        }
                    ]
                }
            ]
        }
    )

    keys: list[PublicKey]


@well_known.get(
    "/jwks.json",
    summary="Fetch the keys that sign answers",
    responses=with_headers(200, "Cache-Control"),
    response_model_exclude_none=True,
)
@public
def get_keys(call: InterfaceCall, response: Response) -> PublicKeys:
    """Publish the key that signs answers (RFC 7517)."""
    response.headers["Cache-Control"] = _KEYS
    return PublicKeys.model_validate({"keys": [dict(public_jwk(call.services.answer_key))]})


def _cache_control(at: datetime | None, now: datetime) -> str:
    return _PAST if at is not None and now - at > _SETTLED_AFTER else _PRESENT
