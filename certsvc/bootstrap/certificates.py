"""Parts of the wing `certificates`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from certsvc.bootstrap.evidence import EvidenceParts

if TYPE_CHECKING:
    from certsvc.certificates.extraction.archiving import Archivist
    from certsvc.certificates.issuance.pipeline import Issuer
    from certsvc.certificates.issuance.previews import Previewer
    from certsvc.certificates.issuance.recovery import Recovery
    from certsvc.certificates.issuance.replacements import Replacer


class CertificatesParts(EvidenceParts):
    """Adds the services that issue, replace, recover and archive certificates."""

    @cached_property
    def issuer(self) -> Issuer:
        """Issues certificates."""
        from certsvc.certificates.issuance.pipeline import Issuer, IssuingParts
        from certsvc.sealing.uses.signer import SealSigner

        return Issuer(
            IssuingParts(
                database=self.database,
                clock=self.clock,
                packs=self.packs,
                renderer=self.renderer,
                sources=self.sources,
                store=self.store,
                signer=SealSigner(
                    credentials=self.seal_credentials,
                    level=self.settings.level,
                    timestamp_authority=self.timestamp_authority,
                    gatherer=self.material_gatherer,
                ),
                trust=self.trust,
                recovery=self.recovery,
                keys=self.hidden_keys,
                public_url=self.settings.public_url,
                notice=self.settings.notice,
            )
        )

    @cached_property
    def previewer(self) -> Previewer:
        """Renders previews of certificates."""
        from certsvc.certificates.issuance.previews import Previewer

        return Previewer(
            database=self.database,
            clock=self.clock,
            packs=self.packs,
            renderer=self.renderer,
            sources=self.sources,
            holder_key=self.holder_key,
        )

    @cached_property
    def replacer(self) -> Replacer:
        """Issues new versions in the place of old ones."""
        from certsvc.certificates.issuance.replacements import Replacer

        return Replacer(database=self.database, issuer=self.issuer)

    @cached_property
    def recovery(self) -> Recovery:
        """Finishes or voids issuances that a dead process left behind."""
        from certsvc.certificates.issuance.recovery import Recovery

        return Recovery(
            database=self.database, clock=self.clock, store=self.store, trust=self.trust
        )

    @cached_property
    def archivist(self) -> Archivist:
        """Renews archive timestamps."""
        from certsvc.certificates.extraction.archiving import Archivist

        return Archivist(
            database=self.database,
            clock=self.clock,
            store=self.store,
            trust=self.trust,
            timestamp_authority=self.timestamp_authority,
            gatherer=self.material_gatherer,
        )
