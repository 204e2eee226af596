"""The files of a demonstration PKI: one key and one certificate chain per slug."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from keys.errors import DevelopmentPkiError, KeyLockedError
from keys.signing_key import PrivateKey
from keys.whole_files import write_whole

_OWNER_ONLY = 0o600
_PUBLIC = 0o644


class DevelopmentFiles:
    """Reads and writes them; private ones are the owner's alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._passphrase_path = self._folder / "passphrase"

    def prepare(self, *, new_passphrase: str) -> None:
        """Make the folder and, the first time, the passphrase file."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._passphrase_path.exists():
            if self.has_any():
                raise KeyLockedError(name=self._passphrase_path.name)
            _write(self._passphrase_path, new_passphrase.encode() + b"\n", _OWNER_ONLY)

    def has(self, slug: str) -> bool:
        """Whether key and certificate are both there.

        Raises:
            DevelopmentPkiError: Only one of them is.
        """
        there = {self._key_path(slug).exists(), self.certificate_path(slug).exists()}
        if len(there) > 1:
            raise DevelopmentPkiError(name=slug)
        return there.pop()

    def has_any(self) -> bool:
        """Whether the folder holds any key or certificate."""
        return any(path.suffix in (".key", ".pem") for path in self._folder.iterdir())

    def write(self, slug: str, key: PrivateKey, chain: Sequence[x509.Certificate]) -> None:
        """Write the key encrypted, then its certificate chain."""
        encryption = BestAvailableEncryption(self._passphrase())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
        _write(self._key_path(slug), pem, _OWNER_ONLY)
        certificates = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
        _write(self.certificate_path(slug), certificates, _PUBLIC)

    def chain(self, slug: str) -> tuple[x509.Certificate, ...]:
        """The certificates of ``slug``, its own first."""
        try:
            return tuple(x509.load_pem_x509_certificates(self.certificate_path(slug).read_bytes()))
        except ValueError as error:
            raise DevelopmentPkiError(name=slug) from error

    def private_key(self, slug: str) -> PrivateKey:
        """The issuing key of ``slug``; only issuers are opened here."""
        try:
            key = load_pem_private_key(self._key_path(slug).read_bytes(), self._passphrase())
        except (ValueError, TypeError) as error:
            raise DevelopmentPkiError(name=slug) from error
        if not isinstance(key, PrivateKey):
            raise DevelopmentPkiError(name=slug)
        return key

    def certificate_path(self, slug: str) -> Path:
        """Where the chain of ``slug`` lies."""
        return self._folder / f"{slug}.pem"

    def key_uri(self, slug: str, *, pss: bool = False) -> str:
        """How settings name the key of ``slug``."""
        passphrase_path = quote(str(self._passphrase_path))
        padding = "&rsa-padding=pss" if pss else ""
        return f"file:{quote(str(self._key_path(slug)))}?passphrase-file={passphrase_path}{padding}"

    def _key_path(self, slug: str) -> Path:
        return self._folder / f"{slug}.key"

    def _passphrase(self) -> bytes:
        return self._passphrase_path.read_bytes().strip()


def _write(path: Path, content: bytes, mode: int) -> None:
    write_whole(path, [content], replace=True, mode=mode)
