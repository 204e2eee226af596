"""Opening what a seal needs: its key, its certificates, its image.

- A key is opened at its first use and kept open; a key that cannot be opened stops its own seal
  and is tried again at the next use, so that unlocking it needs no restart.
- What is kept is for the register's entry as it was; another key, chain or image is opened anew,
  and what was kept for the seal is dropped.
- While a slow key is opened its own seal waits, and no other.
- Only keys that the operator of the machine offers are opened, whatever the register says.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from cryptography import x509

from certsvc.seals.key_choice import KeyNotOfferedError
from certsvc.seals.records import Seal
from certsvc.seals.versions import signing_certificates
from keys.passphrases import AskSecret
from keys.signing_key import SigningKey
from keys.uri import open_key
from signing.images.drawings import SealImage
from signing.images.seal_images import round_seal
from signing.images.uploaded_images import seal_image_from_file

_PICTURES_KEPT = 32
"""Drawn from words in this process: taking outlines out of a font costs a second."""


@dataclass(frozen=True, kw_only=True)
class SealCredential:
    """A seal, ready to be put on documents."""

    key: SigningKey
    """Its signing key."""
    chain: tuple[x509.Certificate, ...]
    """印章签名证书 first, then its issuers without the root."""
    image: SealImage
    """印章图像 in true millimetres."""


class SealCredentials:
    """The credentials that are open in this process."""

    def __init__(self, *, rim_font: Path, is_offered: Callable[[str], bool]) -> None:
        """Prepare it.

        Args:
            rim_font: Font of the words of an image.
            is_offered: Whether the operator of the machine offers the key of an address.
        """
        self._rim_font = rim_font
        self._is_offered = is_offered
        self._open: dict[str, tuple[str, SealCredential]] = {}
        self._opening: dict[str, Lock] = {}

    def get(self, seal: Seal) -> SealCredential:
        """Return a seal's credential, opening it if need be.

        Raises:
            KeyNotOfferedError: the operator of the machine does not offer its key.
            SigningKeyError: the key cannot be opened.
            SealImageError: the image cannot be drawn.
            UploadedImageError: the uploaded image cannot be used.
        """
        entry = _digest(seal)
        # One at a time for each seal; making its lock is atomic.
        with self._opening.setdefault(seal.id, Lock()):
            kept, credential = self._open.pop(seal.id, (None, None))
            if credential is None or kept != entry:
                credential = self._make(seal)
            self._open[seal.id] = entry, credential
            return credential

    def unlock(self, seal: Seal, *, ask: AskSecret) -> None:
        """Open a seal's credential while somebody sits at the terminal to type its secret.

        Raises:
            KeyNotOfferedError: the operator of the machine does not offer its key.
            SigningKeyError: the key cannot be opened.
            SealImageError: the image cannot be drawn.
        """
        credential = self._make(seal, ask)
        with self._opening.setdefault(seal.id, Lock()):
            self._open[seal.id] = _digest(seal), credential

    def _make(self, seal: Seal, ask: AskSecret | None = None) -> SealCredential:
        if not self._is_offered(seal.key_uri):
            raise KeyNotOfferedError
        return SealCredential(
            key=open_key(seal.key_uri, ask=ask),
            chain=tuple(signing_certificates(seal)),
            image=self.draw(seal),
        )

    def draw(self, seal: Seal) -> SealImage:
        """Draw a seal's image from its words, or read the uploaded one, without touching its key.

        Raises:
            SealImageError: the font lacks a character, or the words do not fit.
            UploadedImageError: the uploaded image cannot be used.
        """
        if seal.uploaded_image is not None:
            return seal_image_from_file(seal.uploaded_image, seal.diameter_mm)
        return _drawn(
            seal.rim_text,
            seal.bottom_text,
            seal.second_line or "",
            seal.rim_number or "",
            has_star=seal.has_star is not False,
            diameter_mm=seal.diameter_mm,
            font=self._rim_font,
        )


@lru_cache(maxsize=_PICTURES_KEPT)
def _drawn(*words: str, has_star: bool, diameter_mm: float, font: Path) -> SealImage:
    # The same words in the same font are the same picture.
    rim, bottom, second_line, number = words
    return round_seal(
        text_around=rim,
        bottom_text=bottom,
        second_line=second_line,
        rim_number=number,
        star=has_star,
        diameter_mm=diameter_mm,
        font_path=font,
    )


def _digest(seal: Seal) -> str:
    entry = (
        seal.key_uri,
        seal.certificate_chain_pem,
        seal.rim_text,
        seal.bottom_text,
        seal.second_line,
        seal.rim_number,
        seal.has_star,
        seal.uploaded_image,
        seal.diameter_mm,
    )
    return hashlib.sha256(repr(entry).encode()).hexdigest()
