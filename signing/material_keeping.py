"""Keep the validation material of one seal current, from one document to the next.

* It is gathered again when it is an hour old; if that fails, what is there serves as long as its
  issuers promised.
* The certificates of the timestamp authority are known from its tokens, so the first one is asked
  for before anything is sealed.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from threading import Lock

from cryptography import x509

from signing.cms_reader import ParsedCms, parse_cms
from signing.errors import RevocationUnavailableError
from signing.security_store import SecurityStore, prepare_store
from signing.timestamps import TimestampAuthority
from signing.validation_material import MaterialGatherer

_RENEWED_AFTER = timedelta(hours=1)
_SHA256_SIZE = 32

Chain = tuple[x509.Certificate, ...]


class MaterialKeeper:
    """The material of one seal; may be used from any thread."""

    def __init__(
        self,
        gatherer: MaterialGatherer,
        *,
        chain: Sequence[x509.Certificate],
        timestamp_authority: TimestampAuthority,
    ) -> None:
        """Take note of whose material it is.

        Args:
            gatherer: Fetches it.
            chain: The signing certificate, then its issuers below the root.
            timestamp_authority: Who timestamps the seals.
        """
        self._gatherer = gatherer
        self._authority = timestamp_authority
        self._chains: list[Chain] = [tuple(chain)]
        self._store: SecurityStore | None = None
        self._gathered_at: datetime | None = None
        self._lock = Lock()

    def current(self, *, at: datetime) -> SecurityStore:
        """The material as of now.

        Raises:
            RevocationUnavailableError: It cannot be had, and none that is kept is current.
            CertificateRevokedError: A certificate is revoked.
            TimestampError: The authority, and so its certificate, is out of reach.
        """
        with self._lock:
            if len(self._chains) == 1:
                token = self._authority.timestamp(secrets.token_bytes(_SHA256_SIZE))
                self._chains.append(chain_of_token(token))
            if self._store is None or not self._is_young(at):
                self._renew(at)
            if self._store is None:
                raise RevocationUnavailableError(serial="", reason="stale")
            return self._store

    def learn(self, tokens: Iterable[bytes]) -> bool:
        """Take note of the authorities of tokens; whether all of them were known already."""
        chains = {chain_of_token(token) for token in tokens}
        with self._lock:
            new = chains.difference(self._chains)
            self._chains += new
            if new:
                self._gathered_at = None
            return not new

    def _is_young(self, at: datetime) -> bool:
        return self._gathered_at is not None and abs(at - self._gathered_at) < _RENEWED_AFTER

    def _renew(self, at: datetime) -> None:
        try:
            self._store = prepare_store(self._gatherer.gather(self._chains, at=at))
        except RevocationUnavailableError:
            known = self._gathered_at is not None and self._store is not None
            if not known or not self._is_current(at):
                self._store = None
                raise
        else:
            self._gathered_at = at

    def _is_current(self, at: datetime) -> bool:
        end = None if self._store is None else self._store.material.current_until
        return end is not None and at <= end


def chain_of_token(token: bytes) -> Chain:
    """The certificates a timestamp token carries, its signer's first."""
    return chain_of(parse_cms(token, content_type="tst_info"))


def chain_of(container: ParsedCms) -> Chain:
    """The certificates a container carries, its signer's first."""
    others = [other for other in container.certificates if other != container.certificate]
    encoded = [item.dump() for item in (container.certificate, *others)]
    return tuple(map(x509.load_der_x509_certificate, encoded))
