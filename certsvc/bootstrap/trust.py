"""Parts for trust: roots, timestamp authorities, revocation data."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from certsvc.bootstrap.catalogue import CatalogueParts

if TYPE_CHECKING:
    from pathlib import Path

    from signing.revocation.revocation_sources import RevocationSource
    from signing.revocation.validation_material import MaterialGatherer
    from signing.timestamps.authority import TimestampAuthority
    from signing.trust import TrustStore


class TrustParts(CatalogueParts):
    """Adds roots, timestamp authorities and revocation data."""

    @cached_property
    def trust(self) -> TrustStore:
        """The roots that seals and timestamps must lead to.

        Raises:
            SettingsInvalidError: production trusts a demonstration root.
        """
        from certsvc.sealing.stand_ins import refuse_development_roots
        from signing.trust import TrustStore

        path = self.settings.in_home(self.settings.trust_file, "trust.pem")
        trust = TrustStore.from_pem([path])
        if self.settings.mode == "production":
            refuse_development_roots(trust.roots)
        return trust

    @cached_property
    def timestamp_authority(self) -> TimestampAuthority:
        """The timestamp authorities: over HTTP, or one in this process for demonstrations."""
        from keys.development import create_development_pki
        from keys.uri import open_key
        from signing.timestamps.development_timestamps import DevelopmentTimestampAuthority
        from signing.timestamps.http_timestamps import HttpTimestampAuthority
        from signing.timestamps.timestamp_failover import TimestampAuthorities

        if self.settings.timestamp_urls:
            authorities = [
                HttpTimestampAuthority(
                    url=url,
                    roots=self.trust.anchors_of_timestamps,
                    http=self.http.guarded,
                    policy=self.settings.timestamp_policy,
                    timeout_s=self.settings.timestamp_timeout_s,
                )
                for url in self.settings.timestamp_urls
            ]
            return TimestampAuthorities(authorities)
        folder = self._development_pki
        identity = create_development_pki(folder, names=(), now=self.clock.now()).timestamp
        return DevelopmentTimestampAuthority(
            key=open_key(identity.key_uri), chain=identity.chain, clock=self.clock.now
        )

    @cached_property
    def revocation_source(self) -> RevocationSource:
        """Where revocation data comes from: the network, or this process for demonstrations."""
        from keys.development_revocation import DevelopmentRevocationLists
        from signing.revocation.development_revocation import DevelopmentRevocationSource
        from signing.revocation.http_revocation import HttpRevocationSource

        if self.settings.mode == "production":
            return HttpRevocationSource(self.http.guarded)
        lists = DevelopmentRevocationLists(self._development_pki)
        return DevelopmentRevocationSource(lists, clock=self.clock.now)

    @cached_property
    def material_gatherer(self) -> MaterialGatherer:
        """Gathers what long-term validation of seals and timestamps needs."""
        from signing.revocation.validation_material import MaterialGatherer

        roots = (*self.trust.roots, *self.trust.anchors_of_timestamps)
        return MaterialGatherer(source=self.revocation_source, roots=tuple(dict.fromkeys(roots)))

    @property
    def _development_pki(self) -> Path:
        from keys.errors import DevelopmentPkiError

        folder = self.settings.home / "pki"
        if not folder.is_dir():
            # A new authority would have another root than the seals; scripts/demo says what to do.
            raise DevelopmentPkiError(name=folder.name)
        return folder
