"""A timestamp authority inside this process, for demonstrations and tests.

It answers real RFC 3161 requests with real tokens, but its clock is this machine's and nobody
vouches for it.
"""

import hashlib
import secrets
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from asn1crypto import tsp
from cryptography import x509

from keys.development_key import DevelopmentWarning
from keys.signing_key import SigningKey
from signing.cms import der
from signing.cms.cms_writer import ID_TST_INFO, CmsWriter
from signing.timestamps.timestamp_protocol import SHA256_ALGORITHM, SHA256_OID

# An arc nobody else uses (ITU-T X.667: 2.25.<UUID>) under a name no policy document has.
_POLICY = der.object_identifier("2.25.211287425187")
_SHA256_SIZE = 32
_GRANTED, _REJECTION = 0, 2
_BAD_ALGORITHM = b"\x03\x02\x07\x80"  # PKIFailureInfo badAlg(0)
_BAD_DATA_FORMAT = b"\x03\x02\x02\x04"  # badDataFormat(5)


class DevelopmentTimestampAuthority:
    """A timestamp authority that only development may trust."""

    token_size_limit = 4 << 10

    def __init__(
        self,
        *,
        key: SigningKey,
        chain: Sequence[x509.Certificate],
        clock: Callable[[], datetime],
    ) -> None:
        """Stand in for an authority.

        Args:
            key: Its key.
            chain: Its certificate, then issuers below the root.
            clock: Tells the time that is vouched for.
        """
        warnings.warn(
            "DevelopmentTimestampAuthority: its times prove nothing",
            DevelopmentWarning,
            stacklevel=2,
        )
        self._key = key
        self._writer = CmsWriter(key.algorithm, chain, content_type=ID_TST_INFO)
        self._clock = clock

    def timestamp(self, digest: bytes) -> bytes:
        """A token of now for ``digest``."""
        imprint = der.sequence(SHA256_ALGORITHM, der.octet_string(digest))
        return self._token(imprint, nonce=None, now=self._clock())

    def respond(self, request: bytes, now: datetime) -> bytes:
        """Answer a request: DER TimeStampReq in, DER TimeStampResp out; never raises for input.

        Whoever serves HTTP posts the body here (``application/timestamp-query``) and sends the
        answer back (``application/timestamp-reply``).
        """
        try:
            parsed = tsp.TimeStampReq.load(request, strict=True)
            imprint, nonce = parsed["message_imprint"], parsed["nonce"].native
            algorithm = imprint["hash_algorithm"]["algorithm"].dotted
            size = len(imprint["hashed_message"].native)
        except (ValueError, TypeError, KeyError):
            return _rejection(_BAD_DATA_FORMAT)
        if algorithm != SHA256_OID or size != _SHA256_SIZE:
            return _rejection(_BAD_ALGORITHM)
        token = self._token(imprint.dump(), nonce=nonce, now=now)
        return der.sequence(der.sequence(der.integer(_GRANTED)), token)

    def _token(self, imprint: bytes, *, nonce: int | None, now: datetime) -> bytes:
        moment = now.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode("ascii")
        info = der.sequence(
            der.integer(1),
            _POLICY,
            imprint,
            der.integer(secrets.randbits(64)),
            der.tlv(0x18, moment),
            der.sequence(der.integer(1)),  # accuracy: one second
            b"" if nonce is None else der.integer(nonce),
        )
        digest = hashlib.new(self._writer.digest_name, info).digest()
        attributes = self._writer.signed_attributes(digest)
        return self._writer.assemble(attributes, self._key.sign(attributes), content=info)


def _rejection(failure: bytes) -> bytes:
    return der.sequence(der.sequence(der.integer(_REJECTION), failure))
