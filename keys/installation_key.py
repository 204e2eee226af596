"""The key an installation signs its own answers with; it seals nothing.

* It is a file in the installation's folder that its owner alone can read, made at first use.
* Of two processes that start at once one makes it, and both read the same.
* Losing it makes no seal invalid: answers are signed with a new one, whose public half is
  published in place of the old.
"""

from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keys.algorithms import SignatureAlgorithm
from keys.errors import KeyUnreadableError
from keys.file_key import FileKey
from keys.generation import generate_private_key
from keys.signing_key import SigningKey
from keys.whole_files import write_whole


def open_installation_key(path: Path) -> SigningKey:
    """Open the key of an installation, making a P-256 key if there is none.

    Raises:
        KeyUnreadableError: The file can be neither made nor read.
        SigningKeyError: What :meth:`keys.file_key.FileKey.load` raises.
    """
    if not path.exists():
        try:
            _make(path)
        except OSError as error:
            raise KeyUnreadableError(name=path.name) from error
    return FileKey.load(path)


def _make(path: Path) -> None:
    key = generate_private_key(SignatureAlgorithm.P_256)
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with suppress(FileExistsError):
        write_whole(path, [content])
