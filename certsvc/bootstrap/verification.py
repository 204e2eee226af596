"""Parts of the wing `verification`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from certsvc.bootstrap.certificates import CertificatesParts

if TYPE_CHECKING:
    from certsvc.verification.authenticity.service import AuthenticityDesk
    from certsvc.verification.authenticity.twin import PaperParts


class VerificationParts(CertificatesParts):
    """Adds the services for authenticity checks."""

    @cached_property
    def authenticity(self) -> AuthenticityDesk:
        """Checks whether certificates are authentic."""
        from certsvc.verification.authenticity.service import AuthenticityDesk

        return AuthenticityDesk(
            database=self.database,
            clock=self.clock,
            store=self.store,
            trust=self.trust,
            parts=self.paper_parts,
            status_source=self.revocation_source,
        )

    def paper_parts(self) -> PaperParts:
        """Return what papers are set with again, to compare them.

        Raises:
            TemplateError: there are no fonts, or a pack is broken.
        """
        from certsvc.foundation.settings import DEMONSTRATION_NOTICE
        from certsvc.verification.authenticity.paper_packs import PaperPacks
        from certsvc.verification.authenticity.twin import PaperParts

        return PaperParts(
            find_pack=PaperPacks(self.database, self.packs).find,
            renderer=self.renderer,
            notices=(DEMONSTRATION_NOTICE,),
        )

    def paper_parts_without_register(self) -> PaperParts:
        """Return what papers are set with again where there is no register: the folder's packs.

        Raises:
            TemplateError: there are no fonts, or a pack is broken.
        """
        from certsvc.foundation.settings import DEMONSTRATION_NOTICE
        from certsvc.verification.authenticity.twin import PaperParts

        return PaperParts(
            find_pack=lambda code, version, _: self.pack_folder.find(code, version),
            renderer=self.renderer,
            notices=(DEMONSTRATION_NOTICE,),
        )
