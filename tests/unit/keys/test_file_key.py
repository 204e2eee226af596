"""Key files: what opens, what is refused and with which code, and what never leaks."""

import pickle
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from keys.algorithms import SignatureAlgorithm
from keys.errors import (
    KeyLockedError,
    KeyNotFoundError,
    KeyUnreadableError,
    KeyUnsupportedError,
    SigningKeyError,
)
from keys.file_key import FileKey
from keys.passphrases import GivenPassphrase

_SECRET = "correct horse"  # noqa: S105  # of a key made here and thrown away
_WRONG = "wrong"
_KEY = ec.generate_private_key(ec.SECP256R1())


def _write(path: Path, key: PrivateKeyTypes, encoding: Encoding, secret: str | None) -> Path:
    encryption = BestAvailableEncryption(secret.encode()) if secret else NoEncryption()
    path.write_bytes(key.private_bytes(encoding, PrivateFormat.PKCS8, encryption))
    return path


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
@pytest.mark.parametrize("secret", [_SECRET, None])
def test_opens_pkcs8(tmp_path: Path, encoding: Encoding, secret: str | None) -> None:
    path = _write(tmp_path / "seal.key", _KEY, encoding, secret)
    key = FileKey.load(path, passphrase=GivenPassphrase(passphrase=secret) if secret else None)
    assert key.algorithm is SignatureAlgorithm.P_256
    assert key.public_key == _KEY.public_key()


def test_opens_pkcs12(tmp_path: Path) -> None:
    path = tmp_path / "seal.p12"
    encryption = BestAvailableEncryption(_SECRET.encode())
    path.write_bytes(serialize_key_and_certificates(b"seal", _KEY, None, None, encryption))
    key = FileKey.load(path, passphrase=GivenPassphrase(passphrase=_SECRET))
    assert key.public_key == _KEY.public_key()
    with pytest.raises(KeyLockedError):
        FileKey.load(path, passphrase=GivenPassphrase(passphrase=_WRONG))
    with pytest.raises(KeyLockedError):
        FileKey.load(path)


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
@pytest.mark.parametrize("given", [_WRONG, None])
def test_a_wrong_or_missing_passphrase_is_locked(
    tmp_path: Path, encoding: Encoding, given: str | None
) -> None:
    path = _write(tmp_path / "seal.key", _KEY, encoding, _SECRET)
    source = GivenPassphrase(passphrase=given) if given else None
    with pytest.raises(KeyLockedError) as caught:
        FileKey.load(path, passphrase=source)
    assert caught.value.code == "key.locked"
    assert caught.value.params == {"name": "seal.key"}


def test_an_unneeded_passphrase_does_no_harm(tmp_path: Path) -> None:
    path = _write(tmp_path / "seal.key", _KEY, Encoding.PEM, None)
    assert FileKey.load(path, passphrase=GivenPassphrase(passphrase=_SECRET)).sign(b"x")


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(KeyNotFoundError):
        FileKey.load(tmp_path / "none.key")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 40, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"PK"],
    ids=["empty", "zeros", "pem", "zip"],
)
@pytest.mark.parametrize("name", ["seal.key", "seal.p12"])
@pytest.mark.parametrize("source", [None, GivenPassphrase(passphrase=_WRONG)])
def test_anything_else_is_unreadable(
    tmp_path: Path, name: str, content: bytes, source: GivenPassphrase | None
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(KeyUnreadableError):
        FileKey.load(tmp_path / name, passphrase=source)


def test_a_folder_and_a_name_with_nul_are_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "a\0b"):
        with pytest.raises(KeyUnreadableError):
            FileKey.load(path)


@pytest.mark.parametrize(
    "key",
    [
        ed448.Ed448PrivateKey.generate(),
        ec.generate_private_key(ec.SECP521R1()),
        rsa.generate_private_key(public_exponent=65537, key_size=1024),  # noqa: S505
    ],
    ids=["ed448", "p521", "rsa1024"],
)
def test_other_kinds_and_sizes_are_unsupported(tmp_path: Path, key: PrivateKeyTypes) -> None:
    path = _write(tmp_path / "seal.key", key, Encoding.PEM, None)
    with pytest.raises(KeyUnsupportedError):
        FileKey.load(path)


def test_nothing_secret_shows(tmp_path: Path) -> None:
    path = _write(tmp_path / "seal.key", _KEY, Encoding.PEM, _SECRET)
    source = GivenPassphrase(passphrase=_SECRET)
    key = FileKey.load(path, passphrase=source)
    number = str(_KEY.private_numbers().private_value)
    for text in (repr(key), str(key), repr(source), str(source)):
        assert _SECRET not in text
        assert number not in text
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(SigningKeyError) as caught:
        FileKey.load(path, passphrase=GivenPassphrase(passphrase=_SECRET + "!"))
    assert _SECRET not in str(caught.value)


def test_pss_is_for_rsa_alone(tmp_path: Path) -> None:
    path = _write(tmp_path / "seal.key", _KEY, Encoding.PEM, None)
    with pytest.raises(KeyUnsupportedError):
        FileKey.load(path, pss=True)
