"""Files that later revisions are appended to: ours at every level, and foreign ones."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO

import pikepdf
from pyhanko.sign.fields import MDPPerm

from certsvc.verification.authenticity.offline import check_file_offline
from certsvc.verification.authenticity.rules import AuthenticityReport
from signing.levels import Level
from signing.trust import TrustStore
from tests.support import foreign_updates as updates
from tests.support.foreign_pki import TODAY, foreign_pki
from tests.support.foreign_seals import Wishes, sign
from tests.support.seals import NOW, demonstration_pki, sealed_document

_PAGE = b"0.9 g 0 0 300 200 re f 0 g 2 w 0 0 m 100 100 l S BT /F1 24 Tf 60 90 Td (2026) Tj ET"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A good file."""

    name: str
    content: bytes
    is_ours: bool
    at: datetime
    """When timestamps are bought for what is appended to it."""

    def check(self, content: bytes) -> AuthenticityReport:
        """What everybody can know of a file without a register."""
        roots = (demonstration_pki().root, foreign_pki().root.certificate)
        now = self.at if self.is_ours else datetime.fromtimestamp(time.time() + 60, UTC)
        return check_file_offline(content, trust=TrustStore(roots=roots), now=now)


def foreign_document() -> bytes:
    """A page with words, a line and one text field."""
    out = BytesIO()
    with pikepdf.open(BytesIO(updates.form_document())) as pdf:
        page = pdf.pages[0].obj
        page.Contents = pdf.make_stream(_PAGE)
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=pdf.make_indirect(font)))
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


_PERMISSIONS: Mapping[str, MDPPerm | None] = {
    "foreign, no certification": None,
    "foreign, nothing permitted": MDPPerm.NO_CHANGES,
    "foreign, forms permitted": MDPPerm.FILL_FORMS,
    "foreign, notes permitted": MDPPerm.ANNOTATE,
}
_OURS: Mapping[str, Callable[[], bytes]] = {
    "ours B-T": sealed_document,
    "ours B-LT": lambda: sealed_document(level=Level.B_LT),
    "ours archived": lambda: sealed_document(level=Level.B_LTA),
}
SUBJECTS = (*_OURS, *_PERMISSIONS)
"""Their names."""


@cache
def subject(name: str) -> Subject:
    """One of them."""
    if name in _OURS:
        return Subject(name=name, content=_OURS[name](), is_ours=True, at=NOW)
    signed = sign(foreign_document(), Wishes(permission=_PERMISSIONS[name]))
    return Subject(name=name, content=signed, is_ours=False, at=TODAY)
