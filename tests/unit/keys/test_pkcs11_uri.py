"""PKCS#11 URIs (RFC 7512): what they name, and that they hold no PIN."""

from pathlib import Path

import pytest

from keys.errors import KeyUriInvalidError
from keys.passphrases import PassphraseFile, PassphraseVariable
from keys.pkcs11_uri import TokenLimits, parse_pkcs11_uri

_MODULE = "module-path=/usr/lib/hsm.so"


def test_a_whole_uri() -> None:
    uri = parse_pkcs11_uri(
        "pkcs11:token=%E5%8D%B0%E7%AB%A0;serial=01;manufacturer=M%20Corp;model=X;slot-id=7;"
        f"object=seal%3B1;id=%01%ff;type=private?{_MODULE}&pin-source=file:/etc/my%20pin"
        "&x-sessions=8&x-timeout-s=30&x-rsa-padding=pss"
    )
    assert dict(uri.address.token) == {
        "token": "印章",
        "serial": "01",
        "manufacturer": "M Corp",
        "model": "X",
        "slot-id": "7",
    }
    assert (uri.label, uri.key_id) == ("seal;1", "01ff")
    assert uri.address.module_path == "/usr/lib/hsm.so"
    assert uri.pin == PassphraseFile(path=Path("/etc/my pin"))
    assert uri.limits == TokenLimits(sessions=8, timeout_s=30, open_timeout_s=30)
    assert uri.pss
    assert uri.name == "印章/seal;1"


def test_what_is_left_out() -> None:
    uri = parse_pkcs11_uri(f"pkcs11:?{_MODULE}&x-pin-env=PIN")
    assert uri.address.token == ()
    assert uri.pin == PassphraseVariable(variable="PIN")
    assert uri.limits == TokenLimits()
    assert uri.name == "pkcs11"
    assert parse_pkcs11_uri(f"pkcs11:object=a?{_MODULE}").pin is None
    assert parse_pkcs11_uri(f"pkcs11:object=a?{_MODULE}&pin-source=/pin").pin


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("pkcs11:object=a", "module"),
        ("pkcs11:object=a?module-path=hsm.so", "module"),
        ("pkcs11:object=a?module-name=hsm", "parameters"),
        (f"pkcs11:object=a;pin-value=1234?{_MODULE}", "secret"),
        (f"pkcs11:object=a?{_MODULE}&pin-value=1234", "secret"),
        (f"pkcs11:object=a;object=b?{_MODULE}", "parameters"),
        (f"pkcs11:object=?{_MODULE}", "parameters"),
        (f"pkcs11:object?{_MODULE}", "parameters"),
        (f"pkcs11:colour=red?{_MODULE}", "parameters"),
        (f"pkcs11:type=public?{_MODULE}", "parameters"),
        (f"pkcs11:object=a?{_MODULE}#part", "parameters"),
        (f"pkcs11:object=a?{_MODULE}&pin-source=|cat%20/pin", "parameters"),
        (f"pkcs11:object=a?{_MODULE}&pin-source=file:pin", "parameters"),
        (f"pkcs11:object=a?{_MODULE}&pin-source=/p&x-pin-env=P", "parameters"),
        (f"pkcs11:object=a?{_MODULE}&x-sessions=0", "parameters"),
        (f"pkcs11:object=a?{_MODULE}&x-sessions=many", "parameters"),
        (f"pkcs11:object=a?{_MODULE}&x-timeout-s=-1", "parameters"),
        (f"pkcs11:object=a?{_MODULE}&x-timeout-s=999", "parameters"),
        (f"pkcs11:object=a?{_MODULE}&x-rsa-padding=oaep", "parameters"),
    ],
)
def test_what_cannot_be_understood_is_refused(uri: str, reason: str) -> None:
    with pytest.raises(KeyUriInvalidError) as caught:
        parse_pkcs11_uri(uri)
    assert caught.value.params == {"reason": reason}
    assert "1234" not in str(caught.value)
