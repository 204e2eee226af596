"""Key URIs: they name keys and passphrase sources, and hold neither."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from keys.algorithms import SignatureAlgorithm
from keys.errors import KeyLockedError, KeyNotFoundError, KeyUriInvalidError
from keys.uri import open_key


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    path = tmp_path / "印章 1.key"
    key = ec.generate_private_key(ec.SECP384R1())
    encryption = BestAvailableEncryption("口令".encode())
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    return path


def test_passphrase_from_a_file(key_path: Path, tmp_path: Path) -> None:
    for ending in ("", "\n", "\r\n"):
        (tmp_path / "passphrase").write_bytes(("口令" + ending).encode())
        uri = f"{key_path.as_uri()}?passphrase-file={tmp_path}/passphrase"
        assert open_key(uri).sign(b"data")


def test_passphrase_from_the_environment(key_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = f"{key_path.as_uri()}?passphrase-env=SEAL_PASSPHRASE"
    monkeypatch.setenv("SEAL_PASSPHRASE", "口令")
    assert open_key(uri).sign(b"data")
    monkeypatch.delenv("SEAL_PASSPHRASE")
    with pytest.raises(KeyLockedError):
        open_key(uri)


def test_a_missing_or_empty_passphrase_file_is_locked(key_path: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"\n")
    for name in ("empty", "none"):
        with pytest.raises(KeyLockedError):
            open_key(f"{key_path.as_uri()}?passphrase-file={tmp_path}/{name}")


def test_a_missing_key(tmp_path: Path) -> None:
    with pytest.raises(KeyNotFoundError):
        open_key(f"file:{tmp_path}/none.key")


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("", "scheme"),
        ("/seal.key", "scheme"),
        ("pkcs11:token=seal", "module"),
        ("file:", "path"),
        ("file://elsewhere/seal.key", "path"),
        ("file:/seal.key#part", "path"),
        ("file:/seal.key?passphrase=secret", "parameters"),
        ("file:/seal.key?passphrase-file=", "parameters"),
        ("file:/seal.key?passphrase-file=/a&passphrase-env=B", "parameters"),
        ("file:/seal.key?passphrase-file=/a&passphrase-file=/b", "parameters"),
        ("file:/seal.key?nonsense", "parameters"),
        ("file://[/seal.key", "malformed"),
    ],
)
def test_what_cannot_be_understood_is_refused(uri: str, reason: str) -> None:
    with pytest.raises(KeyUriInvalidError) as caught:
        open_key(uri)
    assert caught.value.params == {"reason": reason}
    assert "secret" not in str(caught.value)


def test_the_padding_of_an_rsa_key(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    key = rsa.generate_private_key(65537, 2048)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    found = [open_key(path.as_uri() + end).algorithm for end in ("", "?rsa-padding=pss")]
    assert found == [SignatureAlgorithm.RSA_2048, SignatureAlgorithm.RSA_2048_PSS]
    assert open_key(f"{path.as_uri()}?rsa-padding=pkcs1").algorithm is SignatureAlgorithm.RSA_2048
    for wrong in ("rsa-padding=oaep", "rsa-padding=", "rsa-padding=pss&rsa-padding=pss"):
        with pytest.raises(KeyUriInvalidError):
            open_key(f"{path.as_uri()}?{wrong}")
