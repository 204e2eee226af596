"""Every part of an address is seen by whoever judges it."""

import pytest

from keys.address_parts import address_parts


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        (
            "pkcs11:token=seal;object=a%20b?module-path=/usr/lib/x.so&pin-source=file:/etc/pin",
            {
                "token": "seal",
                "object": "a b",
                "module-path": "/usr/lib/x.so",
                "pin-source": "file:/etc/pin",
                "scheme": "pkcs11",
            },
        ),
        (
            "csc+https://sign.example:8443/csc/v2?credential=k&secret-file=/etc/s",
            {
                "host": "sign.example:8443",
                "path": "csc/v2",
                "credential": "k",
                "secret-file": "/etc/s",
                "scheme": "csc+https",
            },
        ),
        (
            "file:/k/seal.key?passphrase-file=/k/p",
            {"path": "/k/seal.key", "passphrase-file": "/k/p", "scheme": "file"},
        ),
        ("file:/a%0Ab%E2%80%AE.key", {"path": "/a\\u{a}b\\u{202e}.key", "scheme": "file"}),
        (r"file:/a\u{a}b.key", {"path": r"/a\\u{a}b.key", "scheme": "file"}),
        ("csc+https://[bad?x", {"host": "", "path": "", "x": "", "scheme": "csc+https"}),
        ("nonsense", {"path": "", "scheme": "nonsense"}),
    ],
)
def test_it_names_all_and_hides_nothing(uri: str, parts: dict[str, str]) -> None:
    assert dict(address_parts(uri)) == parts
