"""Loading the credentials of seals: key, certificates and image.

- A key is opened at its first use and kept open; a key that cannot be opened stops its own seal
  and is tried again at the next use, so that unlocking it needs no restart.
- What is kept is for the register's entry as it was; another key, chain or image is opened anew,
  and what was kept for the seal is dropped.
- While a slow key is opened its own seal waits, and no other.
- Only keys that the operator of the machine offers are opened, whatever the register says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from cryptography import x509

from certsvc.sealing.changes.key_choice import KeyNotOfferedError
from certsvc.sealing.register.pictures import SealPictures, entry_digest
from certsvc.sealing.register.records import Seal
from certsvc.sealing.register.versions import signing_certificates
from keys.passphrases import AskSecret
from keys.signing_key import SigningKey
from keys.uri import open_key
from signing.images.drawings import SealImage


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
    """Cache of the credentials opened by this process."""

    def __init__(self, *, rim_font: Path, is_offered: Callable[[str], bool]) -> None:
        """Prepare it.

        Args:
            rim_font: Font of the words of an image.
            is_offered: Whether the operator of the machine offers the key of an address.
        """
        self.pictures = SealPictures(rim_font=rim_font)
        """The images alone."""
        self._is_offered = is_offered
        self._open: dict[str, tuple[str, SealCredential]] = {}
        self._opening: dict[str, Lock] = {}

    def get(self, seal: Seal) -> SealCredential:
        """Return a seal's credential; open it on first use.

        Raises:
            KeyNotOfferedError: the operator of the machine does not offer its key.
            SigningKeyError: the key cannot be opened.
            SealImageError: the image cannot be drawn.
            UploadedImageError: the uploaded image cannot be used.
        """
        entry = _entry_of(seal)
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
            self._open[seal.id] = _entry_of(seal), credential

    def _make(self, seal: Seal, ask: AskSecret | None = None) -> SealCredential:
        if not self._is_offered(seal.key_uri):
            raise KeyNotOfferedError
        return SealCredential(
            key=open_key(seal.key_uri, ask=ask),
            chain=tuple(signing_certificates(seal)),
            image=self.draw(seal),
        )

    def draw(self, seal: Seal) -> SealImage:
        """Return a seal's image, drawn once in this process, without touching its key.

        Raises:
            SealImageError: the font lacks a character, or the words do not fit.
            UploadedImageError: the uploaded image cannot be used.
        """
        return self.pictures.get(seal)


def _entry_of(seal: Seal) -> str:
    return entry_digest(seal, seal.key_uri, seal.certificate_chain_pem)
