"""Whatever the quick look at a path accepts, the complete implementation accepts too."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.checklist import StepFailedError
from signing.judging.certificate_paths import _find_any_path
from signing.judging.simple_paths import find_simple_path
from tests.support.extent import examples
from tests.support.seals import NOW

_KINDS = ("p256", "p384", "rsa2048", "rsa1024", "ed25519", "k256")
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@cache
def _key(kind: str, place: str) -> Key:
    """One key for each kind and place in the chain; ``place`` only tells them apart."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "k256": ec.SECP256K1()}
    assert place
    return ec.generate_private_key(curves[kind])


@dataclass(frozen=True)
class Link:
    """One certificate of a chain, ordinary unless said otherwise."""

    kind: str = "p256"
    ca: bool = True
    path_length: int | None = None
    signs_certificates: bool = True
    usage: bool = True
    starts_in: int = -1
    ends_in: int = 1
    digest: str = "sha256"
    extra: str = ""
    key_identifier: bytes = b""
    forged: bool = False


ORDINARY = (Link(), Link(), Link(ca=False, signs_certificates=False))
_EXTRAS: dict[str, tuple[x509.ExtensionType, bool]] = {
    "purpose": (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
    "names": (x509.NameConstraints([x509.DNSName("example.invalid")], None), True),
    "policies": (x509.PolicyConstraints(0, None), True),
    "policy": (
        x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("1.2.3"), None)]),
        False,
    ),
    "no policy": (x509.InhibitAnyPolicy(0), True),
    "unknown": (x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True),
    "unknown but harmless": (
        x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
        False,
    ),
}


def _name(place: int) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"place {place}")])


def _make(links: Sequence[Link]) -> list[x509.Certificate]:
    """The chain, root first."""
    made: list[x509.Certificate] = []
    for place, link in enumerate(links):
        above = links[max(place - 1, 0)]
        key = _key(link.kind, str(place))
        signer = _key(above.kind, "forger" if link.forged else str(max(place - 1, 0)))
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(place))
            .issuer_name(_name(max(place - 1, 0)))
            .public_key(key.public_key())
            .serial_number(place + 1)
            .not_valid_before(NOW + timedelta(days=link.starts_in))
            .not_valid_after(NOW + timedelta(days=max(link.ends_in, link.starts_in)))
        )
        for extension, critical in _extensions(link, key):
            builder = builder.add_extension(extension, critical=critical)
        digests = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha224": hashes.SHA224()}
        digest = None if above.kind == "ed25519" else digests[link.digest]
        made.append(builder.sign(signer, digest))
    return made


def _extensions(link: Link, key: Key) -> list[tuple[x509.ExtensionType, bool]]:
    length = link.path_length if link.ca else None
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=link.ca, path_length=length), True)
    ]
    if link.usage:
        found.append((_usage(issuing=link.signs_certificates), True))
    own = link.key_identifier or x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest
    found.append((x509.SubjectKeyIdentifier(own), False))
    return found + ([_EXTRAS[link.extra]] if link.extra else [])


def _usage(*, issuing: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issuing,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _simple(chain: list[x509.Certificate], *others: x509.Certificate) -> list[bytes] | None:
    root, *between, leaf = (certificate.public_bytes(Encoding.DER) for certificate in chain)
    known = [*between, *(other.public_bytes(Encoding.DER) for other in others)]
    found = find_simple_path(leaf, known, roots=[root], at=NOW)
    return None if found is None else list(found)


def _complete(chain: list[x509.Certificate]) -> list[bytes] | None:
    root, *between, leaf = (
        asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)) for certificate in chain
    )
    try:
        path = _find_any_path(leaf, between, roots=[root], at=NOW)
    except StepFailedError:
        return None
    return [certificate.dump() for certificate in path]


_LINKS = st.builds(
    Link,
    kind=st.sampled_from(_KINDS),
    ca=st.booleans(),
    path_length=st.sampled_from([None, None, 0, 1]),
    signs_certificates=st.booleans(),
    usage=st.sampled_from([True, True, False]),
    starts_in=st.sampled_from([-1, -1, 1]),
    ends_in=st.sampled_from([1, 1, -1]),
    digest=st.sampled_from(["sha256", "sha384", "sha224"]),
    extra=st.sampled_from(["", "", *_EXTRAS]),
    forged=st.sampled_from([False, False, True]),
)
_FIELDS = st.sampled_from(sorted(Link.__dataclass_fields__))


@settings(max_examples=examples(300), deadline=None)
@given(
    length=st.integers(2, 5),
    changes=st.lists(st.tuples(st.integers(0, 4), _FIELDS, _LINKS), max_size=3),
)
def test_it_accepts_nothing_that_is_not_valid(
    length: int, changes: list[tuple[int, str, Link]]
) -> None:
    links = [*[Link()] * (length - 1), ORDINARY[-1]]
    for place, field, wild in changes:
        index = place % length
        links[index] = replace(links[index], **{field: getattr(wild, field)})
    chain = _make(links)
    found = _simple(chain)
    assert found is None or found == _complete(chain)


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa2048", "ed25519"])
def test_it_accepts_what_is_ordinary(kind: str) -> None:
    chain = _make([replace(link, kind=kind) for link in ORDINARY])
    assert _simple(chain) == [item.public_bytes(Encoding.DER) for item in chain]


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (0, {"ca": False}),
        (1, {"ca": False}),
        (0, {"path_length": 0}),
        (1, {"signs_certificates": False}),
        (1, {"usage": False}),
        (0, {"ends_in": -1}),
        (1, {"starts_in": 1}),
        (2, {"ends_in": -1}),
        (1, {"forged": True}),
        (2, {"forged": True}),
        (2, {"digest": "sha224"}),
        (1, {"kind": "rsa1024"}),
        (2, {"kind": "k256"}),
        (1, {"extra": "purpose"}),
        (1, {"extra": "names"}),
        (0, {"extra": "names"}),
        (1, {"extra": "policies"}),
        (1, {"extra": "no policy"}),
        (2, {"extra": "unknown"}),
    ],
    ids=str,
)
def test_it_leaves_the_rest_to_the_complete_one(place: int, change: dict[str, object]) -> None:
    links = list(ORDINARY)
    links[place] = replace(links[place], **change)
    assert _simple(_make(links)) is None


def test_two_issuers_of_one_name_are_not_ordinary() -> None:
    chain = _make(ORDINARY)
    twin = _make((Link(), Link(kind="p384"), ORDINARY[2]))[1]
    assert _simple(chain) is not None
    assert _simple(chain, twin) is None


def test_neither_is_a_certificate_trusted_by_itself_nor_one_without_issuer() -> None:
    root, issuer, leaf = (item.public_bytes(Encoding.DER) for item in _make(ORDINARY))
    assert find_simple_path(leaf, [issuer], roots=[leaf], at=NOW) is None
    assert find_simple_path(leaf, [], roots=[root], at=NOW) is None
    assert find_simple_path(leaf, [issuer], roots=[], at=NOW) is None
    assert find_simple_path(root, [], roots=[root], at=NOW) is None
    assert find_simple_path(b"\x30\x00", [issuer], roots=[root], at=NOW) is None
