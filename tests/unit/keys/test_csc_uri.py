"""Remote keys' URIs: they name the service and the key, and hold no secret."""

from pathlib import Path

import pytest

from keys.csc_uri import parse_csc_uri
from keys.errors import KeyUriInvalidError
from keys.passphrases import PassphraseFile, PassphraseVariable

_WHO = "credential=seal%201&client-id=certsvc"


def test_a_whole_uri() -> None:
    uri = parse_csc_uri(
        f"csc+https://sign.example:8443/csc/v2/?{_WHO}&secret-file=/etc/secret&pin-env=PIN"
        "&ca-file=/etc/ca.pem&rsa-padding=pss&timeout-s=20&connections=2"
    )
    assert (uri.address.host, uri.address.port, uri.address.tls) == ("sign.example", 8443, True)
    assert uri.address.ca_file == "/etc/ca.pem"
    assert (uri.base_path, uri.credential, uri.client_id) == ("/csc/v2", "seal 1", "certsvc")
    assert uri.secret == PassphraseFile(path=Path("/etc/secret"))
    assert uri.pin == PassphraseVariable(variable="PIN")
    assert (uri.pss, uri.timeout_s, uri.connections) == (True, 20, 2)
    assert uri.name == "sign.example/seal 1"


def test_what_is_left_out() -> None:
    uri = parse_csc_uri(f"csc+https://sign.example/csc/v2?{_WHO}&secret-env=SECRET")
    assert (uri.address.port, uri.pin, uri.pss) == (443, None, False)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        (f"csc+http://sign.example/v2?{_WHO}&secret-env=S", "plain-http"),
        (f"csc+https://me:secret@sign.example/v2?{_WHO}&secret-env=S", "malformed"),
        (f"csc+https:///v2?{_WHO}&secret-env=S", "malformed"),
        (f"csc+https://sign.example:99999/v2?{_WHO}&secret-env=S", "malformed"),
        (f"csc+https://sign.example/v2?{_WHO}&secret-env=S#x", "malformed"),
        (f"csc+https://sign.example/v2?{_WHO}", "parameters"),
        (f"csc+https://sign.example/v2?{_WHO}&secret=secret", "parameters"),
        (f"csc+https://sign.example/v2?{_WHO}&secret-env=S&secret-file=/s", "parameters"),
        ("csc+https://sign.example/v2?credential=a&secret-env=S", "parameters"),
        (f"csc+https://sign.example/v2?{_WHO}&secret-env=S&timeout-s=0", "parameters"),
        (f"csc+https://sign.example/v2?{_WHO}&secret-env=S&timeout-s=²", "parameters"),
        (f"csc+https://sign.example/v2?{_WHO}&secret-env=S&connections=99999", "parameters"),
        (f"csc+https://sign.example/v2?{_WHO}&secret-env=S&rsa-padding=oaep", "parameters"),
    ],
)
def test_what_cannot_be_understood_is_refused(uri: str, reason: str) -> None:
    with pytest.raises(KeyUriInvalidError) as caught:
        parse_csc_uri(uri)
    assert caught.value.params == {"reason": reason}
