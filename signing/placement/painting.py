"""How a seal is painted on a document, so that the document stays what it claims to be.

* Ordinarily red is multiplied into the page: what is under the seal stays readable, as on paper.
* PDF/A-1 (ISO 19005-1 6.4) knows no blending and no transparency: there a seal can only cover what
  is under it, and that is done if it was asked for, never by itself.
* Where no output intent says what device RGB is, colours are calibrated (ISO 19005-2 6.2.4.3), and
  a page with blending says in which colours (6.2.10).
* A conformance that this module does not know could be lost unseen, so it is not sealed unasked.
"""

from dataclasses import dataclass

import pikepdf
from pikepdf import Dictionary, Name

from signing.errors import ConformanceLossError
from signing.images.drawings import SealImage
from signing.pdf.conformance_claims import has_rgb_profile, read_claims
from signing.placement.seal_spec import Ink, SealSpec

_WITHOUT_BLENDING = frozenset({"PDF/A-1a", "PDF/A-1b"})
_KEPT = _WITHOUT_BLENDING | {
    *(f"PDF/A-{part}{level}" for part in (2, 3) for level in "abu"),
    *("PDF/A-4", "PDF/A-4e", "PDF/A-4f", "PDF/UA-1"),
}
# sRGB without its short straight piece (IEC 61966-2-1), as ISO 32000-2 8.6.5.3 writes it.
_CALIBRATED = (
    b"[ /CalRGB << /WhitePoint [ 0.9505 1 1.089 ] /Gamma [ 2.2 2.2 2.2 ]"
    b" /Matrix [ 0.4124 0.2126 0.0193 0.3576 0.7151 0.1192 0.1805 0.0722 0.9505 ] >> ]"
)
_DEVICE = b"/DeviceRGB"


@dataclass(frozen=True, kw_only=True)
class Painting:
    """How the colours of a seal reach the page."""

    is_multiplied: bool = True
    """Whether what is under the seal shines through."""

    calibrated: pikepdf.Object | None = None
    """The colour space of the seal where the document does not say what device RGB is."""

    @property
    def colours(self) -> bytes:
        """The colour space of pixels."""
        return _DEVICE if self.calibrated is None else self.calibrated.unparse()

    @property
    def resources(self) -> bytes:
        """What a form that sets colours has among its resources."""
        if self.calibrated is None:
            return b""
        return b" /ColorSpace << /DefaultRGB %b >>" % self.calibrated.unparse()

    def prepare(self, page: pikepdf.Object) -> None:
        """Say in which colours a page blends, if nobody does."""
        if not self.is_multiplied or self.calibrated is None:
            return
        group = page.get("/Group", Dictionary(Type=Name.Group, S=Name.Transparency))
        if "/CS" not in group:  # a group may be shared with other pages
            page.Group = Dictionary(dict(group.items()) | {"/CS": self.calibrated})


def choose_painting(pdf: pikepdf.Pdf, spec: SealSpec) -> Painting:
    """How to paint on a document.

    Raises:
        ConformanceLossError: It would no longer be what it claims, and that was not agreed to.
    """
    claims = read_claims(pdf)
    for claim in claims:
        reason = _reason(claim, spec)
        if reason is not None and claim not in spec.may_lose:
            raise ConformanceLossError(conformance=claim, reason=reason)
    archival = any(claim.startswith("PDF/A-") for claim in claims)
    calibrated = None
    if archival and not has_rgb_profile(pdf):
        calibrated = pdf.make_indirect(pikepdf.Object.parse(_CALIBRATED))
    return Painting(is_multiplied=spec.ink is Ink.MULTIPLIED, calibrated=calibrated)


def _reason(claim: str, spec: SealSpec) -> str | None:
    """Why a conformance would be lost."""
    if claim not in _KEPT:
        return "unknown"
    if claim not in _WITHOUT_BLENDING:
        return None
    if spec.ink is Ink.MULTIPLIED:
        return "transparency"
    images = [spec.image]
    if spec.riding is not None and spec.riding.image is not None:
        images.append(spec.riding.image)
    return None if all(map(_is_solid, images)) else "opacity"


def _is_solid(image: SealImage) -> bool:
    if image.picture is not None:
        return image.picture.compressed_mask is None
    return all(shape.opacity == 1 for shape in image.shapes)
