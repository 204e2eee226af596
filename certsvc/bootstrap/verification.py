"""Parts of the wing `verification`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from certsvc.bootstrap.certificates import CertificatesParts

if TYPE_CHECKING:
    from certsvc.foundation.events.delivery import Deliverer
    from certsvc.foundation.events.waking import PromptDelivery
    from certsvc.verification.authenticity.service import AuthenticityDesk
    from certsvc.verification.authenticity.twin import PaperParts


class VerificationParts(CertificatesParts):
    """Those, and what answers checks and keeps the log."""

    @cached_property
    def authenticity(self) -> AuthenticityDesk:
        """Answers whether a certificate is genuine."""
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

    @cached_property
    def deliverer(self) -> Deliverer:
        """Delivers what happened to those who follow it."""
        from certsvc.foundation.events.delivery import Deliverer
        from certsvc.verification.transparency.service import TransparencyLog

        return Deliverer(database=self.database, clock=self.clock, subscribers=(TransparencyLog(),))

    def prompt_delivery(self) -> PromptDelivery:
        """Return what delivers soon after each commit of this process; one for a process."""
        from certsvc.foundation.events.waking import PromptDelivery

        return PromptDelivery(self.database, self.deliverer.deliver)
