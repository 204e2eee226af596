"""Keep the validation material of one seal current, from one document to the next.

* It is gathered again when it is an hour old; if that fails, what is there serves as long as its
  issuers promised, and another try is made a minute later.
* After a revocation, nothing from the cache is used.
* The certificates of the timestamp authority are known from its tokens, so one is asked for before
  each gathering; an authority that is no longer used is so forgotten.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from threading import Lock

from cryptography import x509

from signing.checklist import StepFailedError
from signing.cms.cms_reader import parse_cms
from signing.errors import (
    CertificateRevokedError,
    RevocationUnavailableError,
    TimestampMalformedError,
)
from signing.pdf.security_store import SecurityStore, prepare_store
from signing.revocation.validation_material import MaterialGatherer
from signing.timestamps.authority import TimestampAuthority

_RENEWED_AFTER = timedelta(hours=1)
_TRIED_AGAIN_AFTER = timedelta(minutes=1)
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
        """Set the certificates whose material is kept.

        Args:
            gatherer: Fetches it.
            chain: The signing certificate, then its issuers below the root.
            timestamp_authority: Who timestamps the seals.
        """
        self._gatherer = gatherer
        self._authority = timestamp_authority
        self._chain: Chain = tuple(chain)
        self._authorities: tuple[Chain, ...] = ()
        self._store: SecurityStore | None = None
        self._due_at: datetime | None = None
        self._lock = Lock()

    def current(self, *, at: datetime) -> SecurityStore:
        """The material as of now.

        Raises:
            RevocationUnavailableError: It cannot be had, and none that is kept is current.
            CertificateRevokedError: A certificate is revoked.
            TimestampError: The authority, and so its certificate, is out of reach.
        """
        with self._lock:
            kept = self._store if _is_current(self._store, at) else None
            if kept is not None and self._due_at is not None and at < self._due_at:
                return kept
            try:
                return self._gather(at)
            except RevocationUnavailableError:
                if kept is None:
                    self._forget()
                    raise
                self._due_at = at + _TRIED_AGAIN_AFTER
                return kept
            except CertificateRevokedError:
                self._forget()
                raise

    def learn(self, tokens: Iterable[bytes]) -> bool:
        """Record the authorities of tokens; return whether all were known already."""
        chains = dict.fromkeys(_chain_of(token) for token in tokens)
        with self._lock:
            new = tuple(chain for chain in chains if chain not in self._authorities)
            if new:
                self._authorities += new
                self._store = None
            return not new

    def _gather(self, at: datetime) -> SecurityStore:
        authorities = self._authorities
        if self._store is not None or not authorities:
            token = self._authority.timestamp(secrets.token_bytes(_SHA256_SIZE))
            authorities = (_chain_of(token),)
        store = prepare_store(self._gatherer.gather((self._chain, *authorities), at=at))
        # Only together: whoever is known has material in the store.
        self._authorities, self._store = authorities, store
        self._due_at = at + _RENEWED_AFTER
        return store

    def _forget(self) -> None:
        self._authorities, self._store, self._due_at = (), None, None


def _is_current(store: SecurityStore | None, at: datetime) -> bool:
    end = None if store is None else store.material.current_until
    return end is not None and at <= end


def _chain_of(token: bytes) -> Chain:
    """The certificates a timestamp token carries, its signer's first.

    Raises:
        TimestampMalformedError: It is not one that our validator reads.
    """
    try:
        return parse_cms(token, content_type="tst_info").chain
    except StepFailedError as error:
        raise TimestampMalformedError(authority="?") from error
