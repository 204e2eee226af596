"""Validating ID tokens (OpenID Connect Core 1.0 §3.1.3.7), without network access.

1. It is a JWS signed with an algorithm of our list: never `none`, never a shared secret.
2. Its signature is by a key that the platform publishes.
3. `iss` is the platform, exactly.
4. `aud` is this client; where there are several, `azp` is this client.
5. It has not expired and was made neither in the future nor long ago.
6. `nonce` is the one this browser's log-in began with.
7. `at_hash`, where there is one, is the access token's.
8. `sub` names somebody.

The caller must still find out which account `sub` is linked to, and that the answer's `state` (and
`iss`, RFC 9207) belongs to a log-in of this browser.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    InvalidKeyIdError,
    JoseError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from certsvc.people.oidc.rules import (
    AccessTokenWrongError,
    AlgorithmRefusedError,
    AudienceWrongError,
    IssuerWrongError,
    NonceWrongError,
    SignatureWrongError,
    TimeWrongError,
    TokenMalformedError,
)

ALGORITHMS = {"RS256": "sha256", "PS256": "sha256", "ES256": "sha256", "ES384": "sha384"}
"""Accepted signature algorithms and the digest that `at_hash` is made with under each."""
LEEWAY = timedelta(minutes=2)
"""How far two clocks may be apart."""
OLDEST = timedelta(minutes=15)
"""How long ago a token may have been made: it was asked for a moment ago."""
_SUBJECT_MAX_LENGTH = 255


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What an ID token must say."""

    issuer: str
    """The platform."""
    client_id: str
    """This installation, as the platform knows it."""
    nonce: str
    """Number of the log-in."""
    access_token: str
    """Access token that came with it; empty if none."""


def signed_by_unknown_key(token: str, keys: KeySet) -> bool:
    """Tell whether a token names a key that is not among those known: they may have rotated."""
    known = {key.kid for key in keys.keys}
    header = _header(token)
    return header.get("kid") not in known


def subject_of(token: str, keys: KeySet, expected: Expected, *, now: datetime) -> str:
    """Return the subject of an ID token after all of the checks above.

    Raises:
        TokenMalformedError: it cannot be read, or lacks a claim.
        AlgorithmRefusedError: 1.
        SignatureWrongError: 2.
        IssuerWrongError: 3.
        AudienceWrongError: 4.
        TimeWrongError: 5.
        NonceWrongError: 6.
        AccessTokenWrongError: 7.
    """
    algorithm = _header(token).get("alg")
    if algorithm not in ALGORITHMS:
        raise AlgorithmRefusedError
    claims = _verified_claims(token, keys, algorithm)
    if claims.get("iss") != expected.issuer:
        raise IssuerWrongError
    _check_audience(claims, expected.client_id)
    _check_time(claims, now)
    if not hmac.compare_digest(str(claims.get("nonce")).encode(), expected.nonce.encode()):
        raise NonceWrongError
    if "at_hash" in claims and claims["at_hash"] != _at_hash(algorithm, expected.access_token):
        raise AccessTokenWrongError
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_MAX_LENGTH:
        raise TokenMalformedError
    return subject


def _header(token: str) -> dict[str, Any]:
    try:
        return dict(extract_compact(token.encode("ascii")).protected)
    except (JoseError, ValueError, TypeError) as error:
        raise TokenMalformedError from error


def _verified_claims(token: str, keys: KeySet, algorithm: str) -> dict[str, Any]:
    try:
        return jwt.decode(token, keys, algorithms=[algorithm]).claims
    except UnsupportedAlgorithmError as error:
        raise AlgorithmRefusedError from error
    except (BadSignatureError, InvalidKeyIdError) as error:
        raise SignatureWrongError from error
    except (JoseError, ValueError, TypeError) as error:
        raise TokenMalformedError from error


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if client_id not in named:
        raise AudienceWrongError
    if (len(named) > 1 or "azp" in claims) and claims.get("azp") != client_id:
        raise AudienceWrongError


def _check_time(claims: dict[str, Any], now: datetime) -> None:
    expires, made = _instant(claims.get("exp")), _instant(claims.get("iat"))
    # Nothing is added to the token's instants, since they may be the maximum.
    if expires <= now - LEEWAY or not now - OLDEST <= made <= now + LEEWAY:
        raise TimeWrongError


def _instant(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenMalformedError
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise TokenMalformedError from error


def _at_hash(algorithm: str, access_token: str) -> str:
    digest = hashlib.new(ALGORITHMS[algorithm], access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
