"""Making keys where a URI says, and asking for their certificates."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from keys.algorithms import SignatureAlgorithm
from keys.certificate_requests import RequestSubject, request_certificate
from keys.errors import (
    KeyExistsError,
    KeyLockedError,
    KeyNotFoundError,
    KeyUnreadableError,
    KeyUriInvalidError,
)
from keys.making import check_place, destroy_key, make_key, sibling_uri
from keys.uri import open_key
from tests.support.seals import development_key
from tests.support.tools import require_tool

P_256 = SignatureAlgorithm.P_256
_HSM = "module-path=/usr/lib/hsm.so"


def ask(_: str) -> str:
    return "typed"


@pytest.mark.parametrize("algorithm", SignatureAlgorithm)
def test_a_request_is_good_in_the_eyes_of_others(
    tmp_path: Path, algorithm: SignatureAlgorithm
) -> None:
    key = development_key(algorithm)
    subject = RequestSubject(common_name="示范区核实信息专用章", organisation="示范区人民政府")
    pem = request_certificate(key, subject)
    request = x509.load_pem_x509_csr(pem)
    assert request.is_signature_valid
    assert request.public_key() == key.public_key
    names = {each.oid: each.value for each in request.subject}
    assert names[NameOID.COMMON_NAME] == "示范区核实信息专用章"
    assert names[NameOID.COUNTRY_NAME] == "CN"
    (tmp_path / "request.pem").write_bytes(pem)
    checked = subprocess.run(  # noqa: S603  a list, no shell
        [require_tool("openssl"), "req", "-verify", "-noout", "-in", tmp_path / "request.pem"],
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert "verify OK" in checked.stdout + checked.stderr


def test_a_file_is_made_and_destroyed(tmp_path: Path) -> None:
    uri = f"file:{tmp_path}/a.key"
    with pytest.raises(KeyLockedError):
        make_key(uri, P_256)
    made = make_key(uri, P_256, ask=ask)
    assert open_key(uri, ask=ask).public_key == made.public_key
    with pytest.raises(KeyExistsError):
        make_key(uri, P_256, ask=ask)
    destroy_key(uri)
    assert not (tmp_path / "a.key").exists()
    with pytest.raises(KeyNotFoundError):
        destroy_key(uri)


def test_where_no_file_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(KeyUnreadableError):
        make_key(f"file:{tmp_path}/no/folder/a.key", P_256, ask=ask)
    with pytest.raises(KeyUnreadableError):
        destroy_key(f"file:{tmp_path}")


@pytest.mark.parametrize(
    ("uri", "algorithm", "reason"),
    [
        (f"pkcs11:token=a?{_HSM}", P_256, "object"),
        (f"pkcs11:object=a?{_HSM}&x-rsa-padding=pss", P_256, "padding"),
        (f"pkcs11:object=a?{_HSM}", SignatureAlgorithm.RSA_2048_PSS, "padding"),
        ("file:/a.key?rsa-padding=pss", P_256, "padding"),
        ("file:/a.p12", P_256, "path"),
        ("csc+https://sign.example/v2", P_256, "made-elsewhere"),
        ("nonsense", P_256, "made-elsewhere"),
    ],
)
def test_where_no_key_can_be_made(uri: str, algorithm: SignatureAlgorithm, reason: str) -> None:
    with pytest.raises(KeyUriInvalidError) as caught:
        check_place(uri, algorithm)
    assert caught.value.params == {"reason": reason}


@pytest.mark.parametrize(
    ("uri", "sibling"),
    [
        (f"pkcs11:token=t;object=a?{_HSM}", f"pkcs11:token=t;object=new?{_HSM}"),
        (f"pkcs11:object=a;token=t?{_HSM}", f"pkcs11:object=new;token=t?{_HSM}"),
        (f"pkcs11:token=t;id=%01?{_HSM}", f"pkcs11:token=t;object=new?{_HSM}"),
        (f"pkcs11:object=a;id=%01?{_HSM}", f"pkcs11:object=new?{_HSM}"),
        ("file:/k/a.key?passphrase-file=/p", "file:/k/new.key?passphrase-file=/p"),
        ("file:/k%20k/a.key", "file:/k%20k/new.key"),
    ],
)
def test_a_successor_is_made_at_the_same_place(uri: str, sibling: str) -> None:
    assert sibling_uri(uri, "new") == sibling
