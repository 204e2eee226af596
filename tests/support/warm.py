"""What a process that is forked has from its server, which imports this last.

Fonts are read, records loaded, mappers set up: most of the processor time that issuing the first
certificate would take each of them anew. Nothing here starts a thread or opens a database.
"""

from importlib import import_module

from sqlalchemy.orm import configure_mappers

from certsvc.bootstrap import RIM_FONT
from certsvc.foundation.db.value_lists import load_all_records
from signing.images.glyph_outlines import outline_font
from tests.support.world import FONTS, font_folder

_IMPORTED_LATE = (
    "certsvc.evidence.sources.configuration",
    "certsvc.foundation.storage.folder",
    "certsvc.sealing.stand_ins",
    "certsvc.verification.authenticity",
    "keys.development_revocation",
    "signing.revocation.development_revocation",
    "signing.revocation.http_revocation",
    "signing.timestamps.development_timestamps",
    "signing.timestamps.http_timestamps",
    "signing.timestamps.timestamp_failover",
)


def _warm_up() -> None:
    for name in _IMPORTED_LATE:
        import_module(name)
    load_all_records()
    configure_mappers()
    font_folder().check_coverage("印")
    rim = outline_font(FONTS / RIM_FONT)
    for character in "云岭区数据资源管理局":
        rim.glyph(character)


_warm_up()
