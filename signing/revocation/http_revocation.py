"""Fetch revocation proofs where a certificate says they are: OCSP first, then the CRL.

* Only ``http`` and ``https`` addresses from the certificate itself are asked, each within limits of
  time and size that whoever carries the requests keeps to.
* An answer is kept for ten minutes, a failure for one: many documents share their certificates,
  and a dead server must not delay each of them.
* Nothing is judged here but what is needed to try the next address.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from keys.http_port import HttpExchange, HttpFailedError, HttpRequest
from signing.errors import RevocationUnavailableError
from signing.http_refusals import is_refusal
from signing.revocation.revocation_errors import UnusableProofError
from signing.revocation.statuses import ProofKind, RevocationProof, read_status

_ANSWER_LIMIT = 16 << 20
_KEPT_S, _REST_S = 600.0, 60.0
_KEPT_LIMIT = 256


@dataclass(frozen=True, kw_only=True)
class _Failure:
    reason: str
    status: int


class HttpRevocationSource:
    """A :class:`~signing.revocation.revocation_sources.RevocationSource` on the network."""

    def __init__(
        self,
        http: HttpExchange,
        *,
        timeout_s: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the source.

        Args:
            http: Who carries the requests.
            timeout_s: Longest time for one exchange.
            monotonic: A clock that never goes back, seconds.
        """
        self._http = http
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._kept: dict[tuple[str, bytes | None], tuple[float, bytes | _Failure]] = {}
        self._lock = Lock()

    def fetch(self, certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationProof:
        """See :meth:`signing.revocation.revocation_sources.RevocationSource.fetch`."""
        reason, status_code = "no-address", 0
        for kind, url, request in _addresses(certificate, issuer):
            answer = self._ask(url, request)
            if isinstance(answer, _Failure):
                reason, status_code = answer.reason, answer.status
                continue
            proof = RevocationProof(kind=kind, encoded=answer)
            try:
                status = read_status(proof, certificate=certificate, issuer=issuer)
            except UnusableProofError as error:
                reason = error.reason
                continue
            if status.next_update is not None:
                return proof
            reason = "stale"  # it is good for this moment alone, and so for no document
        more = {"status": status_code} if reason == "rejected" else {}
        serial = f"{certificate.serial_number:x}"
        raise RevocationUnavailableError(serial=serial, reason=reason, **more)

    def _ask(self, url: str, request: bytes | None) -> bytes | _Failure:
        """The answer, or why there is none; what was had lately stands for a while."""
        with self._lock:
            kept = self._kept.get((url, request))
            if kept is not None and self._monotonic() < kept[0]:
                return kept[1]
        answer = self._exchange(url, request)
        with self._lock:
            if len(self._kept) >= _KEPT_LIMIT:
                self._kept.clear()
            rest_s = _KEPT_S if isinstance(answer, bytes) else _REST_S
            self._kept[url, request] = self._monotonic() + rest_s, answer
        return answer

    def _exchange(self, url: str, body: bytes | None) -> bytes | _Failure:
        kind = {} if body is None else {"Content-Type": "application/ocsp-request"}
        request = HttpRequest(
            url=url,
            method="GET" if body is None else "POST",
            headers=kind,
            body=body,
            timeout_s=self._timeout_s,
            answer_limit=_ANSWER_LIMIT,
        )
        try:
            answer = self._http.exchange(request)
        except HttpFailedError:
            return _Failure(reason="unreachable", status=0)
        if answer.status == HTTPStatus.OK:
            return answer.body
        # A refusal is not an outage, and repeating the request does not help.
        reason = "rejected" if is_refusal(answer.status) else "unreachable"
        return _Failure(reason=reason, status=answer.status)


def _addresses(
    certificate: x509.Certificate, issuer: x509.Certificate
) -> Iterator[tuple[ProofKind, str, bytes | None]]:
    """Where to ask, and what to post there."""
    for url in _responders(certificate):
        yield ProofKind.OCSP, url, _ocsp_request(certificate, issuer)
    for url in _lists(certificate):
        yield ProofKind.CRL, url, None


def _ocsp_request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    # RFC 5019: responders need only know SHA-1 here; it names the issuer and protects nothing.
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        certificate,
        issuer,
        hashes.SHA1(),  # noqa: S303  RFC 5019
    )
    return builder.build().public_bytes(Encoding.DER)


def _responders(certificate: x509.Certificate) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return []
    return [
        item.access_location.value
        for item in access.value
        if item.access_method == AuthorityInformationAccessOID.OCSP
        and _is_web_address(item.access_location)
    ]


def _lists(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    except x509.ExtensionNotFound:
        return []
    names = [name for point in points.value for name in point.full_name or ()]
    return [name.value for name in names if _is_web_address(name)]


def _is_web_address(name: x509.GeneralName) -> bool:
    return isinstance(name, x509.UniformResourceIdentifier) and name.value.lower().startswith(
        ("http://", "https://")
    )
