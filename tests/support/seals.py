"""Demonstration PKI, sample documents and sealed files for the tests of keys and signing."""

import atexit
import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import typst
from cryptography import x509

from keys.algorithms import SignatureAlgorithm
from keys.development import DevelopmentPki, DevelopmentSealName, create_development_pki
from keys.development_key import DevelopmentKey, DevelopmentWarning
from keys.development_revocation import DevelopmentRevocationLists
from keys.signing_key import SigningKey
from keys.uri import open_key
from signing.images.seal_images import SealImage, round_seal
from signing.levels import Level
from signing.report import ValidationReport
from signing.revocation.development_revocation import DevelopmentRevocationSource
from signing.revocation.revocation_sources import RevocationSource
from signing.revocation.statuses import RevocationProof
from signing.revocation.validation_material import MaterialGatherer
from signing.sealing import SealSpec, seal_document
from signing.timestamps.authority import TimestampAuthority
from signing.timestamps.development_timestamps import DevelopmentTimestampAuthority
from signing.trust import TrustStore
from signing.validation import validate_document
from tests.support.tools import missing

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=8)))
ALGORITHMS = {
    "p256": SignatureAlgorithm.P_256,
    "p384": SignatureAlgorithm.P_384,
    "rsa2048": SignatureAlgorithm.RSA_2048,
    "rsa3072": SignatureAlgorithm.RSA_3072,
    "rsa2048pss": SignatureAlgorithm.RSA_2048_PSS,
    "rsa3072pss": SignatureAlgorithm.RSA_3072_PSS,
    "ed25519": SignatureAlgorithm.ED25519,
}
_FONTS = Path(__file__).parents[2] / "var" / "fonts"
_PAGE = """
#set document(title: "证明", date: datetime(year: 2026, month: 1, day: 1))
#set text(lang: "zh", region: "cn", font: "Noto Serif CJK SC")
#set page(paper: "a4")
#pdf.attach("twin.json", bytes("{}"), relationship: "data", mime-type: "application/json",
  description: "数据")
= 证明
兹证明下列情况属实。
"""


def seal_font() -> Path:
    """A Song font, from the project's own set-up."""
    path = _FONTS / "NotoSerifCJK-Bold.ttc"
    if not path.exists():
        missing("the fonts are missing: scripts/fonts")
    return path


@cache
def sample_document(pages: int = 1) -> bytes:
    """A conforming PDF/A-3a and PDF/UA-1 document with a machine-readable twin."""
    seal_font()
    source: bytes = (_PAGE + "#pagebreak()\n下页。\n" * (pages - 1)).encode()
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[_FONTS])
    return bytes(
        typst.compile(source, font_paths=fonts, pdf_standards=["a-3a", "ua-1"], timestamp=0)
    )


@cache
def demonstration_pki() -> DevelopmentPki:
    """One for the whole run, with a seal for every algorithm."""
    folder = tempfile.mkdtemp(prefix="pki-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return make_pki(Path(folder))


def make_pki(folder: Path) -> DevelopmentPki:
    names = [
        DevelopmentSealName(
            slug=slug,
            common_name="示范区电子证明核实信息专用章",
            organisation="示范区人民政府",
            algorithm=algorithm,
        )
        for slug, algorithm in ALGORITHMS.items()
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DevelopmentWarning)
        return create_development_pki(folder, names=names, now=NOW)


def development_key(algorithm: SignatureAlgorithm = SignatureAlgorithm.P_256) -> DevelopmentKey:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DevelopmentWarning)
        return DevelopmentKey(algorithm)


def timestamp_authority(
    *, at: datetime = NOW, pki: DevelopmentPki | None = None
) -> DevelopmentTimestampAuthority:
    identity = (pki or demonstration_pki()).timestamp
    return make_authority(open_key(identity.key_uri), identity.chain, at=at)


def make_authority(
    key: SigningKey, chain: Sequence[x509.Certificate], *, at: datetime = NOW
) -> DevelopmentTimestampAuthority:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DevelopmentWarning)
        return DevelopmentTimestampAuthority(key=key, chain=chain, clock=lambda: at)


@cache
def seal_image() -> SealImage:
    return round_seal(
        text_around="示范区人民政府",
        bottom_text="电子证明核实信息专用章",
        font_path=seal_font(),
    )


def seal_spec(
    *, page_index: int = 0, x_mm: float = 150, y_mm: float = 120, reason: str = "证明"
) -> SealSpec:
    return SealSpec(
        page_index=page_index,
        center_x_mm=x_mm,
        center_y_mm=y_mm,
        image=seal_image(),
        signer_name="示范区人民政府",
        reason=reason,
        alt_text="示范区人民政府电子证明核实信息专用章",
    )


def seal(  # noqa: PLR0913  # each is its own choice
    document: bytes,
    *,
    spec: SealSpec | None = None,
    slug: str = "p256",
    pki: DevelopmentPki | None = None,
    authority: TimestampAuthority | None = None,
    at: datetime = NOW,
    level: Level = Level.B_T,
    gatherer: MaterialGatherer | None = None,
) -> bytes:
    """Seal with the demonstration PKI; the timestamp is of ``at`` unless one is given."""
    identity = (pki or demonstration_pki()).seals[slug]
    return seal_document(
        document,
        spec or seal_spec(),
        key=open_key(identity.key_uri),
        chain=identity.chain,
        level=level,
        timestamp_authority=authority or timestamp_authority(at=at, pki=pki),
        gatherer=gatherer or material_gatherer(at=at, pki=pki),
        signed_at=at,
    )


@cache
def sealed_document(slug: str = "p256", level: Level = Level.B_T) -> bytes:
    """The sample, sealed."""
    return seal(sample_document(), slug=slug, level=level)


def revocation_source(
    *,
    at: datetime = NOW,
    pki: DevelopmentPki | None = None,
    revoked: Mapping[int, datetime] | None = None,
) -> DevelopmentRevocationSource:
    """The lists of the demonstration PKI as of a time."""
    folder = (pki or demonstration_pki()).root_path.parent
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DevelopmentWarning)
        lists = DevelopmentRevocationLists(folder, revoked=revoked)
        return DevelopmentRevocationSource(lists, clock=lambda: at)


def material_gatherer(
    *,
    at: datetime = NOW,
    pki: DevelopmentPki | None = None,
    source: RevocationSource | None = None,
) -> MaterialGatherer:
    """Gathers from the demonstration PKI unless another source is given."""
    return MaterialGatherer(
        source=source or revocation_source(at=at, pki=pki),
        roots=[(pki or demonstration_pki()).root],
    )


def trust(pki: DevelopmentPki | None = None) -> TrustStore:
    return TrustStore(roots=((pki or demonstration_pki()).root,))


def validate(
    document: bytes, *, at: datetime = NOW, fresh_proofs: Sequence[RevocationProof] = ()
) -> ValidationReport:
    return validate_document(document, trust=trust(), at=at, fresh_proofs=fresh_proofs)
