"""Parts of the wing `catalogue`: template packs and rendering."""

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
    """Adds packs, fonts and layout engine."""

    @cached_property
    def packs(self) -> PackRepository:
        """The approved template packs, for rendering certificates."""
        from certsvc.catalogue.packs.repository import PackRepository

        return PackRepository(self.database, self.clock)

    @cached_property
    def pack_folder(self) -> PackLibrary:
        """The packs of the folder, for checking and proposing; never for rendering certificates."""
        from templates.packs import PackLibrary

        return PackLibrary(self.settings.packs_dir)

    @cached_property
    def pack_desk(self) -> PackDesk:
        """Proposes new pack versions from the folder."""
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
        """The layout engine, initialised on first use."""
        from templates.fonts import FontFolder
        from templates.rendering import Renderer

        return Renderer(FontFolder(self.fonts_dir))

    @cached_property
    def report_renderer(self) -> ReportRenderer:
        """Renders the reports of authenticity checks."""
        from templates.fonts import FontFolder
        from templates.report_rendering import ReportRenderer

        return ReportRenderer(FontFolder(self.fonts_dir))
