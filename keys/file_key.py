"""A signing key held in a PKCS#8 (PEM or DER) or PKCS#12 file.

* The file is read and decrypted once; the key object is kept, never the passphrase.
* Neither the passphrase nor the key appears in a ``repr`` or an error.
"""

from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)
from typing_extensions import override

from keys.algorithms import SignatureAlgorithm, algorithm_of
from keys.errors import (
    KeyLockedError,
    KeyNotFoundError,
    KeyUnreadableError,
    KeyUnsupportedError,
)
from keys.passphrases import NoPassphrase, PassphraseSource
from keys.signing_key import PrivateKey, PublicKey, sign_in_process

_SIZE_LIMIT = 1 << 20
_PKCS12_SUFFIXES = (".p12", ".pfx")


class FileKey:
    """A :class:`~keys.signing_key.SigningKey` from a key file."""

    def __init__(self, key: PrivateKey, *, name: str, pss: bool = False) -> None:
        self._key = key
        self._name = name
        self._public_key = key.public_key()
        self._algorithm = algorithm_of(self._public_key, name=name, pss=pss)

    @classmethod
    def load(
        cls, path: Path, *, passphrase: PassphraseSource | None = None, pss: bool = False
    ) -> Self:
        """Open a key file.

        Args:
            path: A PKCS#8 file (PEM or DER), or PKCS#12 if it ends in ``.p12`` or ``.pfx``.
            passphrase: Where its passphrase comes from; none means it is not encrypted.
            pss: Whether an RSA key signs with PSS.

        Raises:
            KeyNotFoundError: No such file.
            KeyLockedError: The passphrase is missing or wrong.
            KeyUnreadableError: Not a key file, or not readable by this account.
            KeyUnsupportedError: A kind of key seals may not use.
        """
        name = path.name
        content = _read(path)
        secret = (passphrase or NoPassphrase()).read(name=name)
        key = _parse(content, secret, pkcs12_file=path.suffix in _PKCS12_SUFFIXES, name=name)
        if not isinstance(key, PrivateKey):
            raise KeyUnsupportedError(name=name, kind=type(key).__name__)
        return cls(key, name=name, pss=pss)

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public_key

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """What :meth:`sign` produces."""
        return self._algorithm

    def sign(self, data: bytes) -> bytes:
        """Sign ``data``; see :meth:`keys.signing_key.SigningKey.sign`."""
        return sign_in_process(self._key, self._algorithm, data)

    @override
    def __repr__(self) -> str:
        return f"FileKey(name={self._name!r}, algorithm={self._algorithm.value!r})"

    @override
    def __reduce__(self) -> str:
        # Pickling would carry the private key to wherever the pickle goes.
        raise TypeError("a signing key does not leave its process")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise KeyNotFoundError(name=path.name) from error
    except (OSError, ValueError) as error:
        raise KeyUnreadableError(name=path.name) from error
    if not content or len(content) > _SIZE_LIMIT:
        raise KeyUnreadableError(name=path.name)
    return content


def _parse(
    content: bytes, secret: bytes | None, *, pkcs12_file: bool, name: str
) -> PrivateKeyTypes | None:
    if pkcs12_file:
        return _parse_pkcs12(content, secret, name=name)
    load = load_pem_private_key if content.lstrip().startswith(b"-----") else load_der_private_key
    try:
        return load(content, password=secret)
    except TypeError as error:
        if secret is None:  # encrypted, and no passphrase was given
            raise KeyLockedError(name=name) from error
        # Not encrypted although a passphrase was named: it needs none, so it opens.
        return _parse(content, None, pkcs12_file=False, name=name)
    except UnsupportedAlgorithm as error:
        raise KeyUnsupportedError(name=name, kind="unknown") from error
    except ValueError as error:
        # The library tells a wrong passphrase from a broken file by prose only.
        encrypted = secret is not None and _looks_encrypted(content)
        raise (KeyLockedError if encrypted else KeyUnreadableError)(name=name) from error


def _looks_encrypted(content: bytes) -> bool:
    if content.lstrip().startswith(b"-----"):
        return b"ENCRYPTED" in content
    try:
        load_der_private_key(content, password=None)
    except TypeError:
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return False


def _parse_pkcs12(content: bytes, secret: bytes | None, *, name: str) -> PrivateKeyTypes | None:
    if content[:1] != b"\x30":
        raise KeyUnreadableError(name=name)
    try:
        key, _, _ = pkcs12.load_key_and_certificates(content, secret)
    except UnsupportedAlgorithm as error:
        raise KeyUnsupportedError(name=name, kind="PKCS#12") from error
    except ValueError as error:
        raise (KeyLockedError if "password" in str(error) else KeyUnreadableError)(
            name=name
        ) from error
    if key is None:
        raise KeyUnreadableError(name=name)
    return key
