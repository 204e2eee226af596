"""Parts of the wing `catalogue`: packs, and what papers are set with."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from certsvc.bootstrap.people import PeopleParts

if TYPE_CHECKING:
    from pathlib import Path

    from certsvc.catalogue.packs.desk import PackDesk
    from certsvc.catalogue.packs.repository import PackRepository
    from templates.packs import PackLibrary
    from templates.rendering import Renderer
    from templates.report_rendering import ReportRenderer


class CatalogueParts(PeopleParts):
    """Those, and packs, fonts and layout engine."""

    @cached_property
    def packs(self) -> PackRepository:
        """The template packs that papers are set with: the approved versions."""
        from certsvc.catalogue.packs.repository import PackRepository

        return PackRepository(self.database, self.clock)

    @cached_property
    def pack_folder(self) -> PackLibrary:
        """The packs that lie in the folder, to check and propose; no paper is set with them."""
        from templates.packs import PackLibrary

        return PackLibrary(self.settings.packs_dir)

    @cached_property
    def pack_desk(self) -> PackDesk:
        """Takes proposals of new pack versions from the folder."""
        from certsvc.catalogue.packs.desk import PackDesk

        return PackDesk(
            folder=self.settings.packs_dir,
            database=self.database,
            clock=self.clock,
            renderer=self.renderer,
        )

    @cached_property
    def fonts_dir(self) -> Path:
        """Folder with the fonts."""
        return self.settings.in_home(self.settings.fonts_dir, "fonts")

    @cached_property
    def renderer(self) -> Renderer:
        """The layout engine, warm from its first use on."""
        from templates.fonts import FontFolder
        from templates.rendering import Renderer

        return Renderer(FontFolder(self.fonts_dir))

    @cached_property
    def report_renderer(self) -> ReportRenderer:
        """Sets the reports of authenticity checks."""
        from templates.fonts import FontFolder
        from templates.report_rendering import ReportRenderer

        return ReportRenderer(FontFolder(self.fonts_dir))
